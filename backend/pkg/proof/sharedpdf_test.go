package proof

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/adler32"
	"strings"
	"testing"
)

// sharedPDF is a line of testdata/pdfs.json.
type sharedPDF struct {
	Name    string `json:"name"`
	PDF     []byte `json:"pdf,omitempty"`
	File    string `json:"file,omitempty"`    // of testdata, in place of pdf
	Receipt []byte `json:"receipt,omitempty"` // absent when there is not exactly one
	Reason  string `json:"reason,omitempty"`
}

const (
	tinyReceipt  = receiptHeader + "extra AAAA\n"
	otherReceipt = receiptHeader + "extra BBBB\n"
)

// zlibStored is a zlib stream of one stored block, the same whatever the compressor does.
func zlibStored(content string) string {
	size := uint16(len(content))
	b := binary.LittleEndian.AppendUint16([]byte{0x78, 0x01, 0x01}, size)
	b = append(binary.LittleEndian.AppendUint16(b, ^size), content...)
	return string(binary.BigEndian.AppendUint32(b, adler32.Checksum([]byte(content))))
}

func TestSharedPDFs(t *testing.T) {
	cases := sharedPDFs(t)
	if len(cases) < 30 {
		t.Errorf("only %d cases", len(cases))
	}
	for i := range cases {
		c := &cases[i]
		want := c.Receipt
		receipt, err := ReceiptFromPDF(c.bytes(t))
		if err != nil {
			c.Reason = err.Error()
		}
		if c.Receipt = receipt; !bytes.Equal(receipt, want) {
			t.Errorf("%s: %q, %v", c.Name, receipt, err)
		}
	}
	checkShared(t, "pdfs.json", cases)
	var stored []sharedPDF
	check(t, json.Unmarshal(read(t, "pdfs.json"), &stored))
	for _, c := range stored {
		receipt, err := ReceiptFromPDF(c.bytes(t))
		if !bytes.Equal(receipt, c.Receipt) || (err == nil) != (c.Reason == "") {
			t.Errorf("%s: %q, %v", c.Name, receipt, err)
		}
	}
}

func (c *sharedPDF) bytes(t testing.TB) []byte {
	t.Helper()
	if c.File == "" {
		return c.PDF
	}
	return read(t, c.File)
}

// sharedPDFs are PDFs with the receipt that should be found. %d in a dictionary stands for the stream's length.
func sharedPDFs(t *testing.T) []sharedPDF {
	t.Helper()
	var cases []sharedPDF
	add := func(want, name, objects string) {
		cases = append(cases, sharedPDF{Name: name, PDF: []byte("%PDF-1.7\n" + objects), Receipt: []byte(want)})
	}
	object := func(dictionary, stream string) string {
		return "7 0 obj\n" + strings.Replace(dictionary, "%d", fmt.Sprint(len(stream)), 1) + "\nstream\n" + stream + "\nendstream\nendobj\n"
	}
	packed, other := zlibStored(tinyReceipt), zlibStored(otherReceipt)
	good := object("<</Type /EmbeddedFile /Length %d /Filter /FlateDecode>>", packed)
	plain := object("<</Type /EmbeddedFile /Length %d>>", tinyReceipt)
	bad := object("<</Type /EmbeddedFile /Length %d /Filter /FlateDecode>>", other)

	add(tinyReceipt, "deflated", good)
	add(tinyReceipt, "as it is", plain)
	cases = append(cases, sharedPDF{Name: "certificate", File: "certificate.pdf", Receipt: read(t, "entry-02.tlog-proof")})
	add("", "none", "1 0 obj\n<</Type /Catalog>>\nendobj\n")
	add("", "only the words", "/Type /EmbeddedFile stream\n/Type /EmbeddedFile")
	add("", "two", good+bad)
	add("", "one twice", good+good)
	add("", "one deflated and as it is", good+plain)
	cases = append(cases, sharedPDF{Name: "not a PDF", PDF: []byte(good)}, sharedPDF{Name: "empty"},
		sharedPDF{Name: "PDF after white space", PDF: []byte("\n%PDF-1.7\n" + good)})

	// Where another reader sees another object, or none.
	add("", "two, obj after a line end in the second", good+strings.Replace(bad, "0 obj", "0\nobj", 1))
	add("", "two, obj after a tab in the first", strings.Replace(good, "0 obj", "0\tobj", 1)+bad)
	for _, between := range []string{"\n", "\r", "\t", "\x00", "% 8 0 obj\n", ""} {
		add(tinyReceipt, fmt.Sprintf("obj after %q", between), strings.Replace(good, "0 obj", "0"+between+"obj", 1))
	}
	add("", "comment between obj and the dictionary", strings.Replace(good, "obj\n", "obj % comment\n", 1))
	add(otherReceipt, "comment in the first dictionary", strings.Replace(good, "<<", "<< % comment\n", 1)+bad)
	add(otherReceipt, "comment between dictionary and stream", strings.Replace(good, ">>\n", ">>\n% comment\n", 1)+bad)
	add("", "type in a comment", object("<</Length %d % /Type /EmbeddedFile\n>>", tinyReceipt))
	add("", "type in a string", object("<</Length %d /A (/Type /EmbeddedFile)>>", tinyReceipt))
	add("", "type only deeper down", object("<</Length %d /Params <</Type /EmbeddedFile>> >>", tinyReceipt))
	add("", "type in a list", object("<</Length %d /Type [/EmbeddedFile]>>", tinyReceipt))
	add("", "a longer type", object("<</Length %d /Type /EmbeddedFiles>>", tinyReceipt))
	add("", "a type ending otherwise", object("<</Length %d /Type /EmbeddedFile#20>>", tinyReceipt))
	add("", "type in another case", object("<</Length %d /type /EmbeddedFile>>", tinyReceipt))
	add(tinyReceipt, "type deeper down as well", object("<</Params <</Type /X /Length 3>> /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "another object's end in a string", object("<</A (endobj stream >> obj <<) /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "an object within a string",
		object("<</A (\\) ( 7 0 obj <</Type /EmbeddedFile /Length 3>> \nstream\nabc\n)) /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "string ending in a backslash", object("<</A (\\\\)/Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "string without end", object("<</A (( )/Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "hex string", object("<</A <2f3E 0> /Type /EmbeddedFile /B<>/Length %d>>", tinyReceipt))
	add("", "hex string without end", "7 0 obj <</Type /EmbeddedFile /Length 5 /A <00")
	add("", "a lone bracket", object("<</A > /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "braces", object("<</A {1} /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "no value", object("<</Type /EmbeddedFile /Length %d /A>>", tinyReceipt))
	add("", "empty name as a key", object("<</ 1 /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "empty name as a value", object("<</A / /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "a property of every object", object("<</__proto__ <</Filter /X>> /constructor null /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "bytes beyond ASCII", object("<</\xff\xc3\xa9 (\xff\x80) /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "no-break space", object("<</Type\xa0/EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "vertical tab", object("<</Type\v/EmbeddedFile /Length %d>>", tinyReceipt))
	add(tinyReceipt, "every white space", object("\x00\t\n\f\r <<\x00\t/Type\n\f/EmbeddedFile\r/Length %d\x00>>\x00\t\f\r", tinyReceipt))
	add("", "type twice", object("<</Type /X /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "type twice the same", object("<</Type /EmbeddedFile /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "length twice", object("<</Type /EmbeddedFile /Length 3 /Length %d>>", tinyReceipt))
	add("", "filter twice", object("<</Type /EmbeddedFile /Filter /X /Length %d /Filter /FlateDecode>>", packed))
	for _, depth := range []int{17, 18} {
		want := tinyReceipt
		if depth > 17 {
			want = ""
		}
		add(want, fmt.Sprintf("%d brackets deep", depth),
			object("<</A "+strings.Repeat("[", depth)+strings.Repeat("]", depth)+" /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	}
	add("", "brackets crossed", object("<</A [<<]>> /Type /EmbeddedFile /Length %d>>", tinyReceipt))
	fill := strings.Repeat("x", maxPDFDictionary-len("\n<</A ()/Type /EmbeddedFile /Length 34>>"))
	add(tinyReceipt, "dictionary as long as allowed", object("<</A ("+fill+")/Type /EmbeddedFile /Length %d>>", tinyReceipt))
	add("", "dictionary a byte too long", object("<</A ("+fill+"x)/Type /EmbeddedFile /Length %d>>", tinyReceipt))

	for _, c := range []struct{ want, length string }{
		{"", "9 0 R"}, {"", "34 0 R"}, {"", "+34"}, {"", "034"}, {"", "34.0"}, {"", "(34)"}, {"", "[34]"}, {"", "-34"}, {"", "null"}, {"", "/34"},
		{tinyReceipt[:len(tinyReceipt)-1], "33"}, {"", "32"}, {"", "0"}, {tinyReceipt + "\n", "35"}, {"", "36"}, {"", "9007199254740993"}, {"", "9223372036854775807"},
		{"", "9223372036854775808"}, {"", "18446744073709551650"}, {"", "34 0"}, {tinyReceipt, "34 /A +1 -2 R"},
		{"", "34 /A 9223372036854775808 0 R"}, {tinyReceipt, "34 /A -9223372036854775808 0 R"}, {"", "34 /A 0 0%R"},
	} {
		add(c.want, "length "+c.length, object("<</Type /EmbeddedFile /Length "+c.length+">>", tinyReceipt))
	}
	add("", "no length", object("<</Type /EmbeddedFile>>", tinyReceipt))

	for _, c := range []struct{ want, filter string }{
		{tinyReceipt, "/Filter[/FlateDecode]"},
		{tinyReceipt, "/Filter\n[\r/FlateDecode\t]"},
		{"", "/Filter [/FlateDecode /FlateDecode]"},
		{"", "/Filter [/ASCII85Decode /FlateDecode]"},
		{"", "/Filter [/Flate Decode]"},
		{"", "/Filter [[/FlateDecode]]"},
		{"", "/Filter []"},
		{"", "/Filter null"},
		{"", "/Filter /FlateDecode#20"},
		{"", "/Filter /Fl"},
		{"", "/Filter /LZWDecode"},
		{"", "/Filter 9 0 R"},
		{"", "/Filter (/FlateDecode)"},
		{"", "/Filter /FlateDecode /DecodeParms <</Predictor 12>>"},
		{"", "/Filter /FlateDecode /DecodeParms null"},
		{"", "/Filter /FlateDecode /DecodeParms []"},
		{"", "/Filter /Flate /DecodeParms Decode"},
		{"", "/DecodeParms /FlateDecode"},
		{tinyReceipt, "/Filter /FlateDecode /Params <</DecodeParms 1 /Filter /X>>"},
		{"", "/Params <</Filter /FlateDecode>>"},
	} {
		add(c.want, c.filter, object("<</Type /EmbeddedFile /Length %d "+c.filter+">>", packed))
	}
	add("", "decoding parameters without a filter", object("<</Type /EmbeddedFile /Length %d /DecodeParms null>>", tinyReceipt))
	add(otherReceipt, "ASCII85 before one that is read", object("<</Type /EmbeddedFile /Length %d /Filter /ASCII85Decode>>", "GB.D>~>")+bad)

	flated := func(stream string) string {
		return object("<</Type /EmbeddedFile /Length %d /Filter /FlateDecode>>", stream)
	}
	end := len(packed)
	add("", "zlib: wrong checksum", flated(packed[:end-1]+"\x00"))
	add("", "zlib: no checksum", flated(packed[:end-4]))
	add("", "zlib: a byte short", flated(packed[:end-1]))
	add("", "zlib: a byte more", flated(packed+"\x00"))
	add("", "zlib: a line end more", flated(packed+"\n"))
	add("", "zlib: 3000 bytes more", flated(packed+strings.Repeat("\x00", 3000)))
	add("", "zlib: twice", flated(packed+packed))
	add("", "zlib: checksum twice", flated(packed+packed[end-4:]))
	add("", "zlib: nothing", flated(""))
	add("", "zlib: a byte", flated("x"))
	add("", "zlib: not packed", flated(tinyReceipt))
	add("", "zlib: without header", flated(packed[2:end-4]))
	add("", "zlib: wrong header check", flated("\x78\x02"+packed[2:]))
	add(tinyReceipt, "zlib: another level", flated("\x78\x9c"+packed[2:]))
	add(tinyReceipt, "zlib: a small window", flated("\x08\x1d"+packed[2:]))
	add("", "zlib: too large a window", flated("\x88\x1c"+packed[2:]))
	add("", "zlib: preset dictionary", flated("\x78\x20\x00\x00\x00\x01"+packed[2:]))
	add("", "zlib: another method", flated("\x79\x1b"+packed[2:]))
	add("", "zlib: reserved block", flated(packed[:2]+"\x07"+packed[3:]))
	add("", "zlib: wrong block length", flated(packed[:5]+"\x00"+packed[6:]))
	add("", "zlib: begins otherwise", flated(zlibStored(" "+tinyReceipt)))
	add("", "zlib: less than a header", flated(zlibStored(receiptHeader[:10])))
	add(receiptHeader, "zlib: a header alone", flated(zlibStored(receiptHeader)))
	huge := append([]byte(receiptHeader), make([]byte, MaxSize-len(receiptHeader))...)
	add("", "zlib: a byte more than 1 MiB", flated(deflated(t, append(huge, 0))))
	add(otherReceipt, "zlib: a bomb before one that is read", flated(deflated(t, make([]byte, 4*MaxSize)))+bad)
	add("", "begins as a receipt of another version", strings.Replace(plain, "@v1", "@v2", 1))
	add("", "header with CRLF", object("<</Type /EmbeddedFile /Length %d>>", strings.Replace(tinyReceipt, "\n", "\r\n", 1)))

	for _, c := range []struct{ want, old, new string }{
		{tinyReceipt, "\nstream\n", "stream\n"},
		{tinyReceipt, "\nstream\n", "\r\nstream\r\n"},
		{"", "\nstream\n", "\nstream\r"},
		{"", "\nstream\n", "\nstream"},
		{"", "\nstream\n", "\nstream \n"},
		{"", "\nstream\n", "\n\n"},
		{"", "\nstream\n", "\nStream\n"},
		{"", "\nstream\n", "\nstream\n\n"},
		{"", "\nstream\n", " endobj\nstream\n"},
		{tinyReceipt, "\nendstream", "endstream"},
		{tinyReceipt, "\nendstream", "\rendstream"},
		{tinyReceipt, "\nendstream", "\r\nendstream"},
		{tinyReceipt, "\nendstream", "\n\rendstream"},
		{"", "\nendstream", "\n\r\nendstream"},
		{"", "\nendstream", "\n endstream"},
		{"", "\nendstream", "\nendstrea"},
		{tinyReceipt, "\nendstream\nendobj\n", "\nendstream"},
		{"", "\nendstream", "\nendobj"},
	} {
		add(c.want, fmt.Sprintf("%q for %q", c.new, c.old), strings.Replace(good, c.old, c.new, 1))
	}

	hiding := object("<</Type /EmbeddedFile /Length %d>>", "another file\n"+bad)
	add(tinyReceipt, "another within an attachment", hiding+good)
	add(otherReceipt, "one within a stream of another kind", strings.Replace(hiding, "/EmbeddedFile", "/XObject", 1))
	add(otherReceipt, "one within an attachment that is none", strings.Replace(hiding, "\nstream\n", "\nstrea\n", 1))
	add(tinyReceipt+bad, "one within a receipt", object("<</Type /EmbeddedFile /Length %d>>", tinyReceipt+bad))
	blank := "obj<</Type/EmbeddedFile/Length 0>>stream\nendstream\n"
	add(tinyReceipt, "the 100th attachment", strings.Repeat(blank, maxPDFAttachments-1)+good)
	add("", "101 attachments, the last the receipt", strings.Repeat(blank, maxPDFAttachments)+good)
	add("", "101 attachments, the first the receipt", good+strings.Repeat(blank, maxPDFAttachments))
	whole := strings.Index(good, "endstream") + len("endstream")
	for missing := 1; missing < whole; missing += 13 {
		add("", fmt.Sprintf("%d bytes missing", missing), good[:whole-missing])
	}
	return cases
}
