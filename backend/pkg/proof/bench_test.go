package proof

import (
	"testing"

	"github.com/gowebpki/jcs"
)

func signatureFields(b testing.TB) (Keys, Fields) {
	v := loadVectors(b)
	p, err := ParsePayload([]byte(v.Entries[2].Payload))
	check(b, err)
	return mustKeys(b, v.Secret), p.Fields
}

func BenchmarkEncode(b *testing.B) {
	_, fields := signatureFields(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(fields); err != nil {
			b.Fatal(err)
		}
	}
}

// The reference that Encode is checked against.
func BenchmarkEncodeJCS(b *testing.B) {
	payload := []byte(loadVectors(b).Entries[2].Payload)
	for b.Loop() {
		if _, err := jcs.Transform(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeAndSign(b *testing.B) {
	k, fields := signatureFields(b)
	b.ReportAllocs()
	for b.Loop() {
		payload, err := Encode(fields)
		if err != nil {
			b.Fatal(err)
		}
		SignPayload(k, payload)
	}
}

func BenchmarkParsePayload(b *testing.B) {
	payload := []byte(loadVectors(b).Entries[2].Payload)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParsePayload(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyReceipt(b *testing.B) {
	keys, receipt := loadKeySet(b), read(b, "entry-02.tlog-proof")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := VerifyReceipt(receipt, keys); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignCheckpoint(b *testing.B) {
	k := mustKeys(b, loadVectors(b).Secret)
	for b.Loop() {
		if _, err := SignCheckpoint(k, Checkpoint{Origin: "sign.example.com/ledger", Size: 13}); err != nil {
			b.Fatal(err)
		}
	}
}
