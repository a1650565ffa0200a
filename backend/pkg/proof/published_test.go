package proof

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	check(t, err)
	return b
}

// RFC 8032 section 7.1, TEST 1 to 3.
func TestEd25519AsPublished(t *testing.T) {
	for _, c := range []struct{ seed, public, message, signature string }{
		{
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		},
		{
			"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		},
		{
			"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
		},
	} {
		key := ed25519.NewKeyFromSeed(unhex(t, c.seed))
		if got := hex.EncodeToString(key.Public().(ed25519.PublicKey)); got != c.public {
			t.Errorf("public key %s", got)
		}
		if got := hex.EncodeToString(ed25519.Sign(key, unhex(t, c.message))); got != c.signature {
			t.Errorf("signature %s", got)
		}
	}
}

// RFC 5869 appendix A.1 and A.3 (without salt and info).
func TestHKDFAsPublished(t *testing.T) {
	for _, c := range []struct{ salt, info, okm string }{
		{"000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
		{"", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
	} {
		got, err := hkdf.Key(sha256.New, bytes.Repeat([]byte{0x0b}, 22), unhex(t, c.salt), string(unhex(t, c.info)), 42)
		if err != nil || hex.EncodeToString(got) != c.okm {
			t.Errorf("%x, %v", got, err)
		}
	}
}

// The eight leaves and their roots that Certificate Transparency implementations test with (RFC 6962, RFC 9162).
func TestMerkleTreeAsPublished(t *testing.T) {
	inputs := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var leaves []Hash
	for i, input := range inputs {
		leaves = append(leaves, Hash(tlog.RecordHash(unhex(t, input))))
		got, err := tlog.TreeHash(int64(len(leaves)), newTree(leaves))
		if err != nil || hex.EncodeToString(got[:]) != roots[i] {
			t.Errorf("root of %d leaves is %x, %v", i+1, got[:], err)
		}
	}
}

// The example in the documentation of golang.org/x/mod/sumdb/note, signed by the signer used here.
func TestSignedNoteAsPublished(t *testing.T) {
	const (
		vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
		seed = "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM="
		text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
		want = text + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
	)
	b, err := base64.StdEncoding.DecodeString(seed)
	check(t, err)
	key := ed25519.NewKeyFromSeed(b)
	if got, err := VerifierKey("PeterNeumann", key.Public().(ed25519.PublicKey)); err != nil || got != vkey {
		t.Errorf("verifier key %s, %v", got, err)
	}
	verifier, err := note.NewVerifier(vkey)
	check(t, err)
	if got, err := note.Sign(&note.Note{Text: text}, noteSigner{verifier, key}); err != nil || string(got) != want {
		t.Errorf("note %s, %v", got, err)
	}
}

// RFC 8785 section 3.2.3 (sorting), section 3.2.2.2 (strings), and its whole example through the library that Encode is
// checked against.
func TestCanonicalJSONAsPublished(t *testing.T) {
	got, err := Encode(Fields{
		"€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
		"😀": "Emoji: Grinning Face", "\u0080": "Control", "ö": "Latin Small Letter O With Diaeresis",
	})
	want := `{"\r":"Carriage Return","1":"One","` + "\u0080" + `":"Control","ö":"Latin Small Letter O With Diaeresis",` +
		`"€":"Euro Sign","😀":"Emoji: Grinning Face","` + "\ufb33" + `":"Hebrew Letter Dalet With Dagesh"}`
	if err != nil || string(got) != want {
		t.Errorf("sorted: %s, %v", got, err)
	}
	got, err = Encode(Fields{"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"})
	if err != nil || string(got) != `{"string":"€$\u000f\nA'B\"\\\\\"/"}` {
		t.Errorf("string: %s, %v", got, err)
	}
	got, err = jcs.Transform([]byte(`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],` +
		`"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`))
	if err != nil || string(got) != `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}` {
		t.Errorf("example: %s, %v", got, err)
	}
}

// The DSSE protocol's example: its encoding, and its ECDSA signature over that.
func TestDSSEAsPublished(t *testing.T) {
	pae := dsse.PAE("http://example.com/HelloWorld", []byte("hello world"))
	if string(pae) != "DSSEv1 29 http://example.com/HelloWorld 11 hello world" {
		t.Fatalf("%s", pae)
	}
	x, _ := new(big.Int).SetString("46950820868899156662930047687818585632848591499744589407958293238635476079160", 10)
	y, _ := new(big.Int).SetString("5640078356564379163099075877009565129882514886557779369047442380624545832820", 10)
	signature, err := base64.StdEncoding.DecodeString("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==")
	check(t, err)
	point := append([]byte{4}, append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...)...)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	check(t, err)
	sum := sha256.Sum256(pae)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, sum[:], r, s) {
		t.Error("the published signature does not verify")
	}
}

func TestSecretsAreStrict(t *testing.T) {
	good, err := GenerateSecret()
	check(t, err)
	k := mustKeys(t, good)
	check(t, k.SelfTest())
	other, err := GenerateSecret()
	check(t, err)
	if good == other {
		t.Error("two secrets are the same")
	}
	sixteen := base64.StdEncoding.EncodeToString(make([]byte, 16))
	for name, secret := range map[string]string{
		"empty": "", "short": sixteen, "long": base64.StdEncoding.EncodeToString(make([]byte, 33)), "hex": strings.Repeat("ab", 32),
		"unpadded": strings.TrimRight(good, "="), "line feed": good + "\n", "inner line feed": good[:8] + "\n" + good[8:],
		"url alphabet": strings.Repeat("-_", 21) + "-=", "stray bits": good[:42] + "B=",
	} {
		if _, err := ParseSecret(secret); err == nil {
			t.Errorf("%s: accepted", name)
		} else if secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error repeats the secret", name)
		}
	}
	if (Keys{}).SelfTest() == nil {
		t.Error("a self test without keys passes")
	}
	mixed := Keys{Statement: append(append(ed25519.PrivateKey{}, k.Statement[:32]...), k.Ledger[32:]...), Ledger: k.Ledger}
	if mixed.SelfTest() == nil || (Keys{Statement: k.Ledger, Ledger: k.Ledger}).SelfTest() == nil {
		t.Error("a self test with wrong keys passes")
	}
}

func TestVerifierKeyRefusesOriginsThatCannotNameAKey(t *testing.T) {
	pub := mustKeys(t, loadVectors(t).Secret).LedgerPublic()
	for _, origin := range []string{"", "a b", "a+b", "a\u2028b", "a\xffb"} {
		if _, err := VerifierKey(origin, pub); err == nil {
			t.Errorf("%q: accepted", origin)
		}
	}
}
