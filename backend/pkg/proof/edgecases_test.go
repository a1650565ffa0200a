package proof

import (
	"compress/gzip"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func readPublished(t *testing.T, name string, into any) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "published", name))
	check(t, err)
	defer func() { check(t, f.Close()) }()
	z, err := gzip.NewReader(f)
	check(t, err)
	check(t, json.NewDecoder(z).Decode(into))
}

// batchAccepts tells what a batch says of one signature of any message.
func batchAccepts(t *testing.T, public, message, signature []byte) bool {
	t.Helper()
	b, err := NewBatch(KeySet{})
	check(t, err)
	b.add(public, message, signature)
	return b.Verify()
}

func TestWycheproof(t *testing.T) {
	t.Parallel()
	var file struct {
		TestGroups []struct {
			Key   struct{ PK string }
			Tests []struct {
				TCID             int
				Comment          string
				Msg, Sig, Result string
			}
		}
	}
	readPublished(t, "wycheproof-eddsa.json.gz", &file)
	tests := 0
	for _, group := range file.TestGroups {
		public := unhex(t, group.Key.PK)
		for _, c := range group.Tests {
			tests++
			message, signature := unhex(t, c.Msg), unhex(t, c.Sig)
			want := c.Result == "valid"
			if got := verifySignature(public, message, signature); got != want {
				t.Errorf("%d %s: %v", c.TCID, c.Comment, got)
			}
			if got := batchAccepts(t, public, message, signature); got != want {
				t.Errorf("%d %s, in a batch: %v", c.TCID, c.Comment, got)
			}
		}
	}
	if tests != 145 {
		t.Errorf("%d tests", tests)
	}
}

func TestCCTV(t *testing.T) {
	t.Parallel()
	var cases []struct {
		A, R, S, M string
		Flags      []string
	}
	readPublished(t, "cctv-ed25519.json.gz", &cases)
	accepted := 0
	for _, c := range cases {
		public, message, signature := unhex(t, c.A), []byte(c.M), append(unhex(t, c.R), unhex(t, c.S)...)
		want := !slices.Contains(c.Flags, "NonCanonicalR") && !slices.Contains(c.Flags, "LowOrderResidue")
		got := verifySignature(public, message, signature)
		if got != want {
			t.Errorf("%v: %v", c.Flags, got)
		}
		if got {
			accepted++
		}
		// A batch may say no to what is verified alone then; it says yes to nothing but what the cofactor hides.
		if batchAccepts(t, public, message, signature) && !want && !slices.Contains(c.Flags, "LowOrderResidue") {
			t.Errorf("%v: accepted in a batch", c.Flags)
		}
	}
	if len(cases) < 700 || accepted == 0 || accepted == len(cases) {
		t.Errorf("%d of %d cases accepted", accepted, len(cases))
	}
}

func TestVerifyPayloadRefusesAKeyOfAnotherLength(t *testing.T) {
	t.Parallel()
	if VerifyPayload(ed25519.PublicKey{1, 2, 3}, nil, [64]byte{}) {
		t.Error("accepted")
	}
}
