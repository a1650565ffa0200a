package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// ledger is a small ledger of the test's own, with every private key at hand: what a forger could have at best.
type ledger struct {
	keys     Keys
	set      KeySet
	payloads [][]byte
	entries  []Entry
}

const testOrigin = "sign.example.org/ledger"

var testStart = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func newLedger(t testing.TB) *ledger {
	l := &ledger{keys: mustKeys(t, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))}
	l.set = keySetOf(t, l.keys, testOrigin, Window{NotBefore: testStart})
	for i := range 6 {
		l.append(t, l.keys, testStart.Add(time.Duration(i)*time.Second), fmt.Sprintf("person%d@example.org", i))
	}
	return l
}

func keySetOf(t testing.TB, k Keys, origin string, w Window) KeySet {
	vkey, err := VerifierKey(origin, k.LedgerPublic())
	check(t, err)
	return KeySet{
		Origin:    origin,
		Ledger:    []LedgerKey{{Vkey: vkey, Window: w}},
		Statement: []StatementKey{{KeyID: KeyID(k.StatementPublic()), PublicKey: k.StatementPublic(), Window: w}},
	}
}

func (l *ledger) append(t testing.TB, k Keys, at time.Time, email string) {
	place := Position{Origin: testOrigin, Seq: int64(len(l.entries)), At: at, Nonce: [16]byte{byte(len(l.entries) + 1)}}
	if place.Seq > 0 {
		place.PrevHash = l.entries[place.Seq-1].Hash()
	}
	payload, e, err := Seal(k, place, TypeSignature, Fields{"doc": Fields{"id": "doc1"}, "signer": Fields{"email": email}})
	check(t, err)
	l.payloads, l.entries = append(l.payloads, payload), append(l.entries, e)
}

func (l *ledger) leaves() []Hash {
	var leaves []Hash
	for _, e := range l.entries {
		leaves = append(leaves, e.Hash())
	}
	return leaves
}

func (l *ledger) receipt(t testing.TB, i int) []byte {
	return receiptOf(t, l.keys, testOrigin, l.leaves(), l.payloads[i], l.entries[i])
}

// wantInvalid wants an *InvalidError whose reason contains what.
func wantInvalid(t testing.TB, receipt []byte, keys KeySet, what string) {
	t.Helper()
	v, err := VerifyReceipt(receipt, keys)
	wrong := (*InvalidError)(nil)
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), what) || v.Payload.Raw != nil {
		t.Errorf("got %v, want an error about %q", err, what)
	}
}

func TestTheTestLedgerIsValid(t *testing.T) {
	l := newLedger(t)
	for i := range l.entries {
		v, err := VerifyReceipt(l.receipt(t, i), l.set)
		if err != nil || !v.IssuerKnown || v.Checkpoint.Size != 6 || v.Entry != l.entries[i] || v.LedgerKey != l.set.Ledger[0] {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestNoByteOfAReceiptCanBeAltered(t *testing.T) {
	keys, receipt := loadKeySet(t), read(t, "entry-02.tlog-proof")
	for i := range receipt {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			altered := bytes.Clone(receipt)
			altered[i] ^= flip
			if _, err := VerifyReceipt(altered, keys); err == nil || errors.Is(err, ErrIssuerUnknown) {
				t.Fatalf("byte %d: accepted", i)
			}
		}
		if _, err := VerifyReceipt(receipt[:i], keys); err == nil {
			t.Fatalf("the first %d bytes: accepted", i)
		}
	}
}

// spellings are entry 2's receipt in other spellings, by what was done to it.
func spellings(t testing.TB) map[string]string {
	good := string(read(t, "entry-02.tlog-proof"))
	lines := strings.SplitAfter(good, "\n")
	envelopeText := strings.TrimSpace(strings.TrimPrefix(lines[1], "extra "))
	envelopeJSON, err := base64.StdEncoding.DecodeString(envelopeText)
	check(t, err)
	reenveloped := func(old, new string) string {
		altered := strings.Replace(string(envelopeJSON), old, new, 1)
		if altered == string(envelopeJSON) {
			t.Fatalf("%s is not in the envelope", old)
		}
		return strings.Replace(good, envelopeText, base64.StdEncoding.EncodeToString([]byte(altered)), 1)
	}
	var loose map[string]any
	check(t, json.Unmarshal(envelopeJSON, &loose))
	indented, err := json.MarshalIndent(loose, "", " ")
	check(t, err)
	signature := string(envelopeJSON[bytes.Index(envelopeJSON, []byte(`{"keyid"`)):bytes.LastIndexByte(envelopeJSON, ']')])
	note := lines[len(lines)-2]
	return map[string]string{
		"CRLF":                         strings.ReplaceAll(good, "\n", "\r\n"),
		"one CRLF":                     strings.Replace(good, "\n", "\r\n", 1),
		"leading line":                 "\n" + good,
		"byte order mark":              "\ufeff" + good,
		"trailing line":                good + "\n",
		"trailing space":               good + " ",
		"no final line feed":           strings.TrimSuffix(good, "\n"),
		"space before line feed":       strings.Replace(good, "index 2\n", "index 2 \n", 1),
		"two spaces":                   strings.Replace(good, "index 2", "index  2", 1),
		"zero before index":            strings.Replace(good, "index 2", "index 02", 1),
		"plus before index":            strings.Replace(good, "index 2", "index +2", 1),
		"huge index":                   strings.Replace(good, "index 2", "index 18446744073709551618", 1),
		"zero before size":             strings.Replace(good, "\n5\n", "\n05\n", 1),
		"unpadded envelope":            strings.Replace(good, envelopeText, strings.TrimRight(envelopeText, "="), 1),
		"envelope in URL base64":       strings.Replace(good, envelopeText, base64.URLEncoding.EncodeToString(append([]byte{0xff}, envelopeJSON...)), 1),
		"indented envelope":            strings.Replace(good, envelopeText, base64.StdEncoding.EncodeToString(indented), 1),
		"unpadded hash":                strings.Replace(good, "=\n", "\n", 1),
		"hash with stray bits":         strings.Replace(good, "ucw=\n", "ucx=\n", 1),
		"extra hash":                   strings.Replace(good, "index 2\n", "index 2\n"+lines[3], 1),
		"missing hash":                 strings.Replace(good, lines[3], "", 1),
		"re-ordered hashes":            strings.Replace(good, lines[3]+lines[4], lines[4]+lines[3], 1),
		"doubled":                      good + good,
		"doubled signature":            good + note,
		"second signature":             good + strings.Replace(note, " dbLD", " dbLE", 1),
		"extension line":               strings.Replace(good, "\n\n— ", "\nextension\n\n— ", 1),
		"missing extra":                strings.Replace(good, lines[1], "", 1),
		"doubled extra":                strings.Replace(good, lines[1], lines[1]+lines[1], 1),
		"lines swapped":                lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], ""),
		"another version":              strings.Replace(good, "@v1", "@v2", 1),
		"envelope: two signatures":     reenveloped(signature, signature+","+signature),
		"envelope: no signature":       reenveloped(signature, ""),
		"envelope: another type":       reenveloped("application/vnd.ackify.entry.v1+json", "application/vnd.in-toto+json"),
		"envelope: duplicate key":      reenveloped(`"payloadType"`, `"payloadType":"x","payloadType"`),
		"envelope: unknown key":        reenveloped(`"signatures"`, `"quite":"new","signatures"`),
		"envelope: space":              reenveloped(`,"signatures"`, `, "signatures"`),
		"envelope: escape":             reenveloped(`"sig":"`, `"sig":"\u0042`),
		"envelope: upper-case keyid":   reenveloped(`"keyid":"b290bc`, `"keyid":"B290BC`),
		"envelope: another keyid":      reenveloped(`"keyid":"b290bc`, `"keyid":"a290bc`),
		"envelope: trailing data":      reenveloped(`}]}`, `}]}x`),
		"envelope: overpadded payload": reenveloped(`","payloadType"`, `=","payloadType"`),
		"envelope: unpadded sig":       reenveloped(`=="}]}`, `"}]}`),
		"too long":                     good + strings.Repeat("x", MaxSize),
		"nothing":                      "",
		"checkpoint only":              strings.Join(lines[6:], ""),
	}
}

// The same receipt in another spelling is not the same receipt.
func TestOneSpellingOfAReceipt(t *testing.T) {
	keys, good := loadKeySet(t), string(read(t, "entry-02.tlog-proof"))
	for name, altered := range spellings(t) {
		t.Run(name, func(t *testing.T) {
			if altered == good {
				t.Fatal("nothing altered")
			}
			wantInvalid(t, []byte(altered), keys, "")
		})
	}
}

type forgery struct {
	name    string
	receipt []byte
	want    string // part of the reason
}

// forgeries are receipts that l's holder, or somebody without its keys, has made up.
func forgeries(t testing.TB, l *ledger) []forgery {
	stranger := mustKeys(t, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32)))
	good := l.entries[2]
	build := func(k Keys, payload []byte, e Entry) []byte {
		leaves := l.leaves()
		if e.Seq < int64(len(leaves)) {
			leaves[e.Seq] = e.Hash()
		}
		return receiptOf(t, k, testOrigin, leaves, payload, e)
	}
	// resign seals different bytes in the place of entry 2, with key k and a checkpoint by checkpointKey.
	resign := func(k, checkpointKey Keys, alter func(string) string) []byte {
		payload := []byte(alter(string(l.payloads[2])))
		e := good
		e.PayloadHash, e.KeyID, e.Signature = sum(payload), KeyID(k.StatementPublic()), SignPayload(k, payload)
		return build(checkpointKey, payload, e)
	}
	replace := func(old, new string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("%s is not in the payload", old)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	same := func(s string) string { return s }
	ids := func(k Keys) string { return fmt.Sprintf("%x", KeyID(k.StatementPublic())) }
	altered := good
	altered.Signature[0] ^= 1
	usurped := good
	usurped.Signature = SignPayload(stranger, l.payloads[2])
	moved := l.receipt(t, 2)
	extra := func(receipt []byte) []byte { return bytes.SplitAfter(receipt, []byte("\n"))[1] }
	otherRoot, err := SignCheckpoint(l.keys, Checkpoint{Origin: testOrigin, Size: 6, Root: Hash{1}})
	check(t, err)
	otherOrigin, err := SignCheckpoint(l.keys, Checkpoint{Origin: "elsewhere.example/ledger", Size: 6})
	check(t, err)
	head, _, _ := bytes.Cut(moved, []byte("\n\n"))
	if _, err := VerifyReceipt(resign(l.keys, l.keys, same), l.set); err != nil {
		t.Fatalf("the unforged receipt: %v", err)
	}
	return []forgery{
		{"another leaf", bytes.Replace(moved, extra(moved), extra(l.receipt(t, 3)), 1), "index 2 is not the payload's seq 3"},
		{"another leaf for the same place, signed", bytes.Replace(moved, extra(moved), extra(resign(l.keys, l.keys, replace("person2", "person9"))), 1), "not in the checkpoint's tree"},
		{"another index", bytes.Replace(moved, []byte("index 2"), []byte("index 3"), 1), "index 3 is not the payload's seq 2"},
		{"index beyond the tree", bytes.Replace(resign(l.keys, l.keys, replace(`"seq":"2"`, `"seq":"200"`)), []byte("index 2\n"), []byte("index 200\n"), 1), "index 200 is not in a tree of 6"},
		{"another root", append(append(bytes.Clone(head), "\n\n"...), otherRoot...), "not in the checkpoint's tree"},
		{"a checkpoint of another origin", append(append(bytes.Clone(head), "\n\n"...), otherOrigin...), "the checkpoint of elsewhere"},
		{"a payload of another origin", resign(l.keys, l.keys, replace("sign.example.org", "sign.example.com")), "payload is of sign.example.com"},
		{"an altered signature", build(l.keys, l.payloads[2], altered), "signature does not fit"},
		{"re-signed by an unknown key", resign(stranger, l.keys, replace(ids(l.keys), ids(stranger))), "is not a trusted key"},
		{"re-signed by an unknown key under the known id", build(l.keys, l.payloads[2], usurped), "signature does not fit"},
		{"checkpoint by an unknown key", resign(l.keys, stranger, same), "not signed by a trusted ledger key"},
		{"checkpoint by the statement key", resign(l.keys, Keys{Statement: l.keys.Statement, Ledger: l.keys.Statement}, same), "not signed by a trusted ledger key"},
		{"payload by the ledger key", resign(Keys{Statement: l.keys.Ledger, Ledger: l.keys.Ledger}, l.keys, replace(ids(l.keys), fmt.Sprintf("%x", KeyID(l.keys.LedgerPublic())))), "is not a trusted key"},
		{"changed content, old signature", build(l.keys, bytes.Replace(l.payloads[2], []byte("person2"), []byte("person9"), 1), func() Entry {
			e := good
			e.PayloadHash = sum(bytes.Replace(l.payloads[2], []byte("person2"), []byte("person9"), 1))
			return e
		}()), "signature does not fit"},
		{"duplicate key, signed", resign(l.keys, l.keys, replace(`"v":"1"`, `"v":"1","v":"1"`)), "duplicate key v"},
		{"not canonical, signed", resign(l.keys, l.keys, replace(`"v":"1"`, `"v": "1"`)), "canonical form"},
		{"keys out of order, signed", resign(l.keys, l.keys, replace(`"type":"signature","v":"1"`, `"v":"1","type":"signature"`)), "out of order"},
		{"unknown version, signed", resign(l.keys, l.keys, replace(`"v":"1"`, `"v":"2"`)), "unknown version"},
		{"number, signed", resign(l.keys, l.keys, replace(`"v":"1"`, `"v":1`)), "not a string"},
		{"before its window, signed", resign(l.keys, l.keys, replace("09:00:02.000000Z", "08:59:59.999999Z")), "was not valid at"},
	}
}

// Whoever lacks the private keys, or has them and misuses them, is found out.
func TestForgeries(t *testing.T) {
	l := newLedger(t)
	for _, c := range forgeries(t, l) {
		t.Run(c.name, func(t *testing.T) { wantInvalid(t, c.receipt, l.set, c.want) })
	}
}

func sum(payload []byte) Hash { return Payload{Raw: payload}.Entry([64]byte{}).PayloadHash }

// Windows include both ends, to the microsecond.
func TestKeyWindows(t *testing.T) {
	l := newLedger(t)
	at := testStart.Add(2 * time.Second) // entry 2
	for _, c := range []struct {
		name       string
		begin, end time.Time
		valid      bool
	}{
		{"exactly then", at, at, true},
		{"open", at.Add(-time.Hour), time.Time{}, true},
		{"ends before", testStart, at.Add(-time.Microsecond), false},
		{"begins after", at.Add(time.Microsecond), time.Time{}, false},
	} {
		set := keySetOf(t, l.keys, testOrigin, Window{NotBefore: c.begin, NotAfter: c.end})
		if _, err := VerifyReceipt(l.receipt(t, 2), set); (err == nil) != c.valid {
			t.Errorf("%s: %v", c.name, err)
		}
		// A ledger key's window plays no part: checkpoints carry no time.
		set.Statement[0].Window = Window{NotBefore: testStart}
		if _, err := VerifyReceipt(l.receipt(t, 2), set); err != nil {
			t.Errorf("%s: ledger key: %v", c.name, err)
		}
	}
}

func TestWithoutKeysTheIssuerIsUnknown(t *testing.T) {
	l := newLedger(t)
	receipt := l.receipt(t, 2)
	v, err := VerifyReceipt(receipt, KeySet{})
	if !errors.Is(err, ErrIssuerUnknown) || v.IssuerKnown || v.Payload.Seq != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err = CheckConsistency(receipt); err != nil || v.IssuerKnown || v.Payload.Seq != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	wantInvalid(t, bytes.Replace(receipt, []byte("index 2"), []byte("index 3"), 1), KeySet{}, "index 3")
	wantInvalid(t, receipt, loadKeySet(t), "the trusted keys are of sign.example.com/ledger")
}

func TestALargePayloadHasAReceipt(t *testing.T) {
	l := newLedger(t)
	place := Position{Origin: testOrigin, Seq: 6, PrevHash: l.entries[5].Hash(), At: testStart.Add(time.Minute)}
	payload, e, err := Seal(l.keys, place, TypeImported, Fields{"record": Fields{"row": strings.Repeat("é", 200_000)}})
	check(t, err)
	l.payloads, l.entries = append(l.payloads, payload), append(l.entries, e)
	if _, err := VerifyReceipt(l.receipt(t, 6), l.set); err != nil {
		t.Error(err)
	}
	if _, err := BuildReceipt(make([]byte, MaxSize), Hash{}, [64]byte{}, 0, nil, nil); err == nil {
		t.Error("a receipt above the limit was built")
	}
}

// alteration replaces the first old by new.
type alteration struct{ name, old, new string }

// badKeySets alter good, the text of keys.json, into files that are no key set.
func badKeySets(good string) []alteration {
	vkey := "sign.example.com/ledger+75b2c3a9+ARX7zLUbX5jJdkXH/BYfLBotJfP3gadCJvT07E/QI03g"
	return []alteration{
		{"nothing", good, ""},
		{"not JSON", good, "keys"},
		{"a list", good, "[" + good + "]"},
		{"trailing data", good, good + "{}"},
		{"unfinished", good, strings.TrimSpace(good)[:len(good)-3]},
		{"not UTF-8", "sign.example.com/ledger+75", "sign\xff.example.com/ledger+75"},
		{"duplicate key", `"origin":`, `"origin":"x","origin":`},
		{"duplicate nested key", `"notBefore":`, `"notBefore":"2026-11-21T00:00:00.000000Z","notBefore":`},
		{"unknown key", `"origin":`, `"issuer":"x","origin":`},
		{"unknown nested key", `"notBefore":`, `"use":"x","notBefore":`},
		{"key in other letters", `"origin"`, `"Origin"`},
		{"no origin", `"origin": "sign.example.com/ledger",`, ``},
		{"origin not a string", `"origin": "sign.example.com/ledger"`, `"origin": 1`},
		{"another origin", `"origin": "sign.example.com/ledger"`, `"origin": "other.example.com/ledger"`},
		{"no ledger key", `"ledger": [`, `"ledger": [], "x": [`},
		{"ledger not a list", `"ledger": [`, `"ledger": {}, "x": [`},
		{"key not an object", `"ledger": [`, `"ledger": ["x",`},
		{"vkey with another hash", "+75b2c3a9+", "+75b2c3a8+"},
		{"vkey in upper case", "+75b2c3a9+", "+75B2C3A9+"},
		{"vkey cut short", vkey, vkey[:len(vkey)-4]},
		{"vkey of another kind", "+ARX7", "+BBX7"},
		{"vkey with a line feed", vkey, vkey + `\n`},
		{"ledger key twice", "sign.example.com/ledger+878c2f3c+AZq13TKzE1+iY0XByqWZtBGggpmJZBLFsomdcVDhOQ1o", vkey},
		{"key id of another key", "b290bc", "a290bc"},
		{"key id in upper case", "b290bc", "B290BC"},
		{"public key cut short", "9NwvgPTpztTXFtwHmTJpYLRC3Cu98xmkzBaPf0cuV60=", "9NwvgPTpztTXFtwHmTJpYLRC3Cu98xmkzBaPf0cu"},
		{"public key with stray bits", "uV60=", "uV61="},
		{"time without microseconds", "00:00:00.000000Z", "00:00:00Z"},
		{"no notBefore", `"notBefore": "2026-11-21T00:00:00.000000Z",`, ``},
		{"empty notAfter", `"notAfter": "2026-11-21T09:00:05.000005Z"`, `"notAfter": ""`},
		{"null notAfter", `"notAfter": "2026-11-21T09:00:05.000005Z"`, `"notAfter": null`},
		{"ends before it begins", `"notAfter": "2026-11-21T09:00:05.000005Z"`, `"notAfter": "2026-11-20T23:59:59.999999Z"`},
		{"too long", good, good + strings.Repeat(" ", MaxSize)},
		{"too deep", `"ledger": [`, `"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"ledger": [`},
	}
}

func TestParseKeySetRefuses(t *testing.T) {
	good := string(read(t, "keys.json"))
	for _, c := range badKeySets(good) {
		t.Run(c.name, func(t *testing.T) {
			altered := strings.Replace(good, c.old, c.new, 1)
			if altered == good {
				t.Fatal("nothing altered")
			}
			_, err := ParseKeySet([]byte(altered))
			if wrong := (*InvalidError)(nil); !errors.As(err, &wrong) {
				t.Errorf("%v", err)
			}
		})
	}
	twice := strings.Replace(good, `"statement": [`, `"statement": [`+good[strings.LastIndex(good, "{"):strings.LastIndex(good, "}\n  ]")]+"},", 1)
	if _, err := ParseKeySet([]byte(twice)); err == nil || !strings.Contains(err.Error(), "listed twice") {
		t.Errorf("a statement key twice: %v", err)
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	good := loadVectors(t).Checkpoints["5"]
	for name, altered := range map[string]string{
		"nothing": "", "CRLF": strings.ReplaceAll(good, "\n", "\r\n"), "no origin": good[strings.IndexByte(good, '\n'):],
		"negative size": strings.Replace(good, "\n5\n", "\n-5\n", 1), "short root": strings.Replace(good, "kjVp+i0I", "", 1),
		"hyphen for the dash": strings.Replace(good, "— ", "- ", 1), "no final line feed": strings.TrimSuffix(good, "\n"),
		"signed by another name": strings.Replace(good, "— sign", "— resign", 1), "not UTF-8": good[:4] + "\xff" + good[5:],
		"short signature": strings.Replace(good, " dbLDqTUC", " dbLD", 1), "control character": strings.ReplaceAll(good, "sign.", "sign\x01."),
	} {
		if _, err := ParseCheckpoint([]byte(altered)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	k := mustKeys(t, loadVectors(t).Secret)
	for _, c := range []Checkpoint{{Origin: "a b", Size: 1}, {Origin: "a", Size: -1}, {Size: 1}} {
		if _, err := SignCheckpoint(k, c); err == nil {
			t.Errorf("%+v: signed", c)
		}
	}
}
