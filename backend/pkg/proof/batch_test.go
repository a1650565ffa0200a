package proof

import (
	"crypto/ed25519"
	"fmt"
	"testing"
)

// vectorBatch adds every entry and checkpoint of the vectors, after mend has had its way with each signature.
func vectorBatch(t testing.TB, mend func(what string, signature *[64]byte)) *Batch {
	t.Helper()
	keys := loadKeySet(t)
	b, err := NewBatch(keys)
	check(t, err)
	for i := range 13 {
		name := fmt.Sprintf("entry-%02d.tlog-proof", i)
		r, err := parseReceipt(read(t, name))
		check(t, err)
		p, err := ParsePayload(r.envelope.payload)
		check(t, err)
		key, err := keys.KeyOf(p)
		check(t, err)
		signature := r.envelope.signature
		mend(name, &signature)
		b.AddEntry(key, p.Raw, signature)
		c, err := b.AddCheckpoint(r.checkpoint)
		check(t, err)
		if c.Size <= p.Seq {
			t.Errorf("%s: checkpoint of %d entries", name, c.Size)
		}
	}
	return b
}

func TestBatchAcceptsTheVectors(t *testing.T) {
	t.Parallel()
	b := vectorBatch(t, func(string, *[64]byte) {})
	if !b.Verify() {
		t.Error("the vectors are refused")
	}
	if !b.Verify() {
		t.Error("an empty batch is refused")
	}
}

func TestBatchRefusesOneWrongSignatureAmongMany(t *testing.T) {
	t.Parallel()
	for _, bit := range []int{0, 255, 256, 500} {
		b := vectorBatch(t, func(name string, signature *[64]byte) {
			if name == "entry-07.tlog-proof" {
				signature[bit/8] ^= 1 << (bit % 8)
			}
		})
		if b.Verify() {
			t.Errorf("accepted with bit %d turned", bit)
		}
	}
}

func TestBatchRefusesCheckpointsOfOthers(t *testing.T) {
	t.Parallel()
	keys := loadKeySet(t)
	b, err := NewBatch(keys)
	check(t, err)
	for name, at := range map[string]struct{ secret, origin string }{
		"another key":    {"//////////////////////////////////////////8=", keys.Origin},
		"another origin": {loadVectors(t).Secret, "elsewhere.example.com/ledger"},
	} {
		note, err := SignCheckpoint(mustKeys(t, at.secret), Checkpoint{Origin: at.origin, Size: 1})
		check(t, err)
		if _, err := b.AddCheckpoint(note); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, key := range keys.Ledger {
		if len(key.PublicKey()) != ed25519.PublicKeySize || key.Name() != keys.Origin {
			t.Errorf("%s is taken apart wrongly", key.Vkey)
		}
	}
}
