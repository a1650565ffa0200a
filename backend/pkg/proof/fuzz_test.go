package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// Whatever ParsePayload's decoder takes is its own JCS form by the reference library; and whatever is, and has only
// strings for leaves, is taken.
func FuzzParsePayload(f *testing.F) {
	for _, e := range loadVectors(f).Entries {
		f.Add([]byte(e.Payload))
	}
	f.Add([]byte(`{"":"","\n":["\u001f","\\"],"a":{"é":{}},"b":[],"€":"😀"}`))
	f.Add([]byte(`{"a":"1","a":"2"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePayload(b)
		if err == nil && !bytes.Equal(p.Raw, b) {
			t.Fatal("raw bytes differ")
		}
		_, err = decodeCanonical(b)
		if want := canonicalByLibrary(b); (err == nil) != want {
			t.Fatalf("%q: %v, the library says %v", b, err, want)
		}
	})
}

func canonicalByLibrary(b []byte) bool {
	object, err := decodeObject(b)
	if err != nil || !utf8.Valid(b) || !onlyStrings(object, 1) {
		return false
	}
	canonical, err := jcs.Transform(b)
	return err == nil && bytes.Equal(canonical, b)
}

func onlyStrings(object map[string]any, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for _, value := range object {
		switch v := value.(type) {
		case string:
		case map[string]any:
			if !onlyStrings(v, depth+1) {
				return false
			}
		case []any:
			for _, item := range v {
				if _, ok := item.(string); !ok {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

// What verifies is one of the receipts that were issued.
func FuzzVerifyReceipt(f *testing.F) {
	keys := loadKeySet(f)
	issued := map[string]bool{}
	for _, e := range loadVectors(f).Entries {
		issued[e.Receipt] = true
		f.Add([]byte(e.Receipt))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := VerifyReceipt(b, keys)
		if (err == nil) != issued[string(b)] {
			t.Fatalf("%q: %v", b, err)
		}
		if v, consistent := CheckConsistency(b); consistent == nil {
			v.Describe(&bytes.Buffer{})
		} else if err == nil {
			t.Fatal("verified, but not consistent")
		}
		if err == nil {
			v.Describe(&bytes.Buffer{})
		}
	})
}

// What is found in a PDF is of a receipt's size and beginning, and verifies only when it is one that was issued.
// testdata/certificate.pdf is the certificate of entry 2; of a PDF as Ackify writes it the attachment comes first, and
// without the fonts after it fuzzing is a hundred times as fast.
func FuzzReceiptFromPDF(f *testing.F) {
	keys := loadKeySet(f)
	issued := map[string]bool{}
	for _, e := range loadVectors(f).Entries {
		issued[e.Receipt] = true
	}
	receipt := read(f, "entry-02.tlog-proof")
	f.Add(read(f, "certificate.pdf")[:4096])
	f.Add([]byte("%PDF-1.7\n" + attachment("", string(receipt))))
	f.Add([]byte("%PDF-1.7\n" + attachment(flate+" /Params << /CheckSum <00> /Size 3 >> /Desc (a\\)(b))", deflated(f, receipt))))
	f.Add([]byte("%PDF-1.7\n7 0 obj<</Type/EmbeddedFile/Length 9 0 R/A[1 0 R[(x)]]>>stream\r\nendstream"))
	f.Fuzz(func(t *testing.T, b []byte) {
		found, err := ReceiptFromPDF(b)
		if err != nil {
			if wrong := (*InvalidError)(nil); !errors.As(err, &wrong) || found != nil {
				t.Fatalf("%q, %v", found, err)
			}
			return
		}
		if !bytes.HasPrefix(found, []byte(receiptHeader)) || len(found) > MaxSize {
			t.Fatalf("%q", found)
		}
		if _, err := VerifyReceipt(found, keys); (err == nil) != issued[string(found)] {
			t.Fatalf("%q: %v", found, err)
		}
	})
}

// A key set that parses is written as one that parses to the same.
func FuzzParseKeySet(f *testing.F) {
	f.Add(read(f, "keys.json"))
	f.Add([]byte(`{"ledger":[{}],"origin":"x","statement":[{"notAfter":null}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKeySet(b)
		if err != nil {
			return
		}
		first, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseKeySet(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := json.Marshal(again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s, %s, %v", first, second, err)
		}
	})
}

// A checkpoint that parses is what its fields and its signature write; one that opens was issued.
func FuzzCheckpoint(f *testing.F) {
	keys := loadKeySet(f)
	issued := map[string]bool{}
	for _, text := range loadVectors(f).Checkpoints {
		issued[text] = true
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCheckpoint(b)
		if err == nil && !bytes.HasPrefix(b, []byte(c.body()+"\n— "+c.Origin+" ")) {
			t.Fatalf("%q parses as %+v", b, c)
		}
		if _, _, err := OpenCheckpoint(b, keys); (err == nil) != issued[string(b)] {
			t.Fatalf("%q: %v", b, err)
		}
	})
}

// Whatever is taken for an envelope is what marshal writes, and so is its reason one line when it is not.
func FuzzEnvelope(f *testing.F) {
	for i := range 13 {
		r, err := parseReceipt(read(f, fmt.Sprintf("entry-%02d.tlog-proof", i)))
		check(f, err)
		f.Add(r.envelope.marshal())
	}
	f.Add([]byte(envelopeStart + envelopeKeyID + envelopeSignature + envelopeEnd))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseEnvelope(b)
		if err == nil && !bytes.Equal(e.marshal(), b) {
			t.Fatalf("%q is another spelling", b)
		}
		var invalid *InvalidError
		if err != nil && (!errors.As(err, &invalid) || bytes.ContainsRune([]byte(invalid.Reason), '\n')) {
			t.Fatalf("reason %q", err)
		}
	})
}
