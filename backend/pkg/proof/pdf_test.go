package proof

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func deflated(t testing.TB, content []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	check(t, w.Close())
	return b.String()
}

// attachment is an embedded file as PDF writers spell it; dictionary holds what is beside its type and length.
func attachment(dictionary, stream string) string {
	return fmt.Sprintf("7 0 obj\n<< /Type /EmbeddedFile /Length %d %s >>\nstream\n%s\nendstream\nendobj\n", len(stream), dictionary, stream)
}

const flate = "/Filter /FlateDecode"

func TestReceiptFromPDFFindsTheOneReceipt(t *testing.T) {
	t.Parallel()
	receipt := read(t, "entry-02.tlog-proof")
	small := deflated(t, receipt)
	other := attachment("", "another file")
	for name, objects := range map[string]string{
		"deflated":           attachment(flate, small),
		"as it is":           attachment("", string(receipt)),
		"beside other files": other + attachment(flate, small) + other,
		"filter in a list":   attachment("/Filter [ /FlateDecode ]", small),
		"more in the dictionary": attachment(flate+" /Params << /CheckSum <00ff> /Size 3 /ModDate (D:2026\\) (x) >>) >> /Subtype /text#2Fplain",
			small),
		"without white space": fmt.Sprintf("7 0 obj<</Type/EmbeddedFile/Length %d/Filter/FlateDecode>>stream\r\n%sendstream endobj", len(small), small),
		"the word in a name":  "1 0 obj << /Names << /EmbeddedFiles 2 0 R >> /Type /EmbeddedFiles >> endobj " + attachment(flate, small),
	} {
		got, err := ReceiptFromPDF([]byte("%PDF-1.7\n" + objects + "%%EOF\n"))
		if err != nil || !bytes.Equal(got, receipt) {
			t.Errorf("%s: %q, %v", name, got, err)
			continue
		}
		if _, err := VerifyReceipt(got, loadKeySet(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReceiptFromCertificateIsTheOneIssued(t *testing.T) {
	t.Parallel()
	got, err := ReceiptFromPDF(read(t, "certificate.pdf"))
	if err != nil || !bytes.Equal(got, read(t, "entry-02.tlog-proof")) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestReceiptFromPDFRefuses(t *testing.T) {
	t.Parallel()
	receipt := read(t, "entry-02.tlog-proof")
	small := deflated(t, receipt)
	damaged := []byte(small)
	damaged[len(damaged)-1] ^= 1 // its checksum
	bomb := deflated(t, append([]byte(receiptHeader), make([]byte, MaxSize)...))
	none, two := "PDF holds no receipt", "PDF holds more than one receipt"
	for name, c := range map[string]struct{ file, want string }{
		"another file":             {string(receipt), "not a PDF"},
		"empty":                    {"", "not a PDF"},
		"too large":                {"%PDF-" + strings.Repeat(" ", MaxPDFSize), "PDF has more than 8388608 bytes"},
		"no attachment":            {"%PDF-1.7\n", none},
		"another attachment":       {"%PDF-1.7\n" + attachment(flate, deflated(t, []byte("minutes"))), none},
		"two receipts":             {"%PDF-1.7\n" + attachment(flate, small) + attachment("", string(receipt)), two},
		"not an embedded file":     {"%PDF-1.7\n" + strings.Replace(attachment(flate, small), "EmbeddedFile", "XObject", 1), none},
		"another filter":           {"%PDF-1.7\n" + attachment("/Filter /LZWDecode", small), none},
		"two filters":              {"%PDF-1.7\n" + attachment("/Filter [/FlateDecode /FlateDecode]", small), none},
		"predictor":                {"%PDF-1.7\n" + attachment(flate+" /DecodeParms << /Predictor 12 >>", small), none},
		"length elsewhere":         {"%PDF-1.7\n" + strings.Replace(attachment(flate, small), fmt.Sprintf("/Length %d", len(small)), "/Length 9 0 R", 1), none},
		"length twice":             {"%PDF-1.7\n" + attachment(flate+" /Length 1", small), none},
		"length beyond the end":    {"%PDF-1.7\n" + strings.Replace(attachment(flate, small), "/Length ", "/Length 9", 1), none},
		"length too short":         {"%PDF-1.7\n" + strings.Replace(attachment(flate, small), fmt.Sprintf("/Length %d", len(small)), "/Length 5", 1), none},
		"damaged":                  {"%PDF-1.7\n" + attachment(flate, string(damaged)), none},
		"more after the stream":    {"%PDF-1.7\n" + attachment(flate, small+"x"), none},
		"more than 1 MiB inflated": {"%PDF-1.7\n" + attachment(flate, bomb), none},
		"more than 1 MiB as it is": {"%PDF-1.7\n" + attachment("", receiptHeader+strings.Repeat("x", MaxSize)), none},
		"brackets without end":     {"%PDF-1.7\n" + strings.Repeat("1 0 obj << /A [ << ", 1000), none},
	} {
		_, err := ReceiptFromPDF([]byte(c.file))
		var disproven *InvalidError
		if !errors.As(err, &disproven) || disproven.Reason != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Time to read must not grow with the square of the size: thousands of beginnings, none of which ends.
func TestReceiptFromPDFIsQuickOnHostileFiles(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"obj<<", "obj<</A(", "obj<</Type/EmbeddedFile/Length 0>>stream\n", "obj<</EmbeddedFile[[[[[[[["} {
		file := "%PDF-" + strings.Repeat(piece, MaxSize/len(piece))
		if _, err := ReceiptFromPDF([]byte(file)); err == nil {
			t.Errorf("%q: found a receipt", piece)
		}
	}
	// Many lengths that lead to one long run of line ends.
	piece := "obj<</Type/EmbeddedFile/Length 4500000>>stream\n"
	file := "%PDF-" + strings.Repeat(piece, MaxPDFSize/2/len(piece)) + strings.Repeat("\n", MaxPDFSize/2-5)
	if _, err := ReceiptFromPDF([]byte(file)); err == nil {
		t.Error("line ends: found a receipt")
	}
	bomb := attachment(flate, deflated(t, append([]byte(receiptHeader), make([]byte, MaxSize)...)))
	file = "%PDF-" + strings.Repeat(bomb, MaxPDFSize/len(bomb))
	var disproven *InvalidError
	if _, err := ReceiptFromPDF([]byte(file)); !errors.As(err, &disproven) || disproven.Reason != "PDF has more than 100 attachments" {
		t.Errorf("bombs: %v", err)
	}
}
