package proof

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"strconv"
)

const (
	// MaxPDFSize is the largest PDF that is searched for a receipt, in bytes.
	MaxPDFSize = 8 << 20

	pdfHeader     = "%PDF-"
	receiptHeader = "c2sp.org/tlog-proof@v1\n"
	// maxPDFDictionary bounds an attachment's dictionary, in bytes, so that hostile files cannot make reading slow.
	maxPDFDictionary = 1024
	// maxPDFAttachments bounds how many are inflated, as each can hold 1 MiB in 1 KiB.
	maxPDFAttachments = 100
)

// IsPDF tells whether b begins as a PDF does.
func IsPDF(b []byte) bool { return bytes.HasPrefix(b, []byte(pdfHeader)) }

// ReceiptFromPDF returns the receipt attached to a PDF of at most 8 MiB. It looks at every object whose dictionary, of
// at most 1 KiB, has /Type /EmbeddedFile, a direct integer /Length, no /Filter or /FlateDecode alone, and no
// /DecodeParms, and takes those whose content begins as a receipt does and has at most 1 MiB. Cross-references,
// encryption and object streams are not read. The error is an *InvalidError unless there is exactly one receipt, among
// at most 100 embedded files.
//
// Nothing is verified: pass the result to VerifyReceipt. What else the PDF says, and shows, stays unproven even then.
func ReceiptFromPDF(pdf []byte) ([]byte, error) {
	if len(pdf) > MaxPDFSize {
		return nil, invalid("PDF has more than %d bytes", MaxPDFSize)
	}
	if !IsPDF(pdf) {
		return nil, invalid("not a PDF")
	}
	var receipt []byte
	attachments := 0
	for rest := pdf; ; {
		_, after, found := bytes.Cut(rest, []byte("obj"))
		if !found {
			break
		}
		content, next, ok := embeddedFile(after)
		rest = next
		if len(next) < len(after) {
			attachments++
		}
		if attachments > maxPDFAttachments {
			return nil, invalid("PDF has more than %d attachments", maxPDFAttachments)
		}
		if !ok {
			continue
		}
		if receipt != nil {
			return nil, invalid("PDF holds more than one receipt")
		}
		receipt = content
	}
	if receipt == nil {
		return nil, invalid("PDF holds no receipt")
	}
	return receipt, nil
}

// embeddedFile reads the object whose body b begins with. ok tells whether it is a file that begins as a receipt does;
// next is where the search goes on: after the stream of an embedded file, otherwise at b.
func embeddedFile(b []byte) (content, next []byte, ok bool) {
	head := b[:min(len(b), maxPDFDictionary)]
	if !bytes.Contains(head, []byte("/EmbeddedFile")) { // most objects are something else
		return nil, b, false
	}
	dictionary, length := readPDFDictionary(head)
	if length == 0 || dictionary["Type"] != "/EmbeddedFile" {
		return nil, b, false
	}
	size, known := parseDecimal(dictionary["Length"])
	stream, follows := bytes.CutPrefix(bytes.TrimLeft(b[length:], pdfSpaces), []byte("stream"))
	if cut, crlf := bytes.CutPrefix(stream, []byte("\r\n")); crlf {
		stream = cut
	} else {
		cut, lf := bytes.CutPrefix(stream, []byte("\n"))
		stream, follows = cut, follows && lf
	}
	if !known || !follows || size > int64(len(stream)) {
		return nil, b, false
	}
	next = stream[size:]
	// Two line ends at most: a long run of them, to which many lengths lead, would be read once for each.
	if !bytes.HasPrefix(bytes.TrimLeft(next[:min(len(next), len("\r\nendstream"))], "\r\n"), []byte("endstream")) {
		return nil, b, false
	}
	filter, filtered := dictionary["Filter"]
	switch _, altered := dictionary["DecodeParms"]; {
	case altered:
	case !filtered:
		content, ok = stream[:size], bytes.HasPrefix(stream[:size], []byte(receiptHeader)) && size <= MaxSize
	case filter == "/FlateDecode", filter == "[ /FlateDecode ]":
		content, ok = inflateReceipt(stream[:size])
	}
	return content, next, ok
}

// inflateReceipt inflates a zlib stream that is a receipt of at most 1 MiB and nothing more. Whatever does not begin as
// one is not inflated beyond its beginning. A preset dictionary is refused, even the empty one.
func inflateReceipt(deflated []byte) ([]byte, bool) {
	const presetDictionary = 0x20 // in the second byte
	if len(deflated) < 2 || deflated[1]&presetDictionary != 0 {
		return nil, false
	}
	source := bytes.NewReader(deflated)
	stream, err := zlib.NewReader(source)
	if err != nil {
		return nil, false
	}
	begin := make([]byte, len(receiptHeader))
	if _, err := io.ReadFull(stream, begin); err != nil || string(begin) != receiptHeader {
		return nil, false
	}
	content, err := io.ReadAll(io.MultiReader(bytes.NewReader(begin), io.LimitReader(stream, MaxSize)))
	return content, err == nil && len(content) <= MaxSize && source.Len() == 0
}

// The characters that PDF (ISO 32000-1, 7.2.2) treats as white space, and those that end a name or a number.
const (
	pdfSpaces     = "\x00\t\n\f\r "
	pdfDelimiters = pdfSpaces + "()<>[]{}/%"
)

// readPDFDictionary reads the dictionary that b begins with, after white space, and tells how many bytes it took; 0 when
// there is none. Values are names with their slash, numbers, or brackets with one space between tokens. Of a
// key that comes twice, which is not allowed, nothing can be said: length is 0.
func readPDFDictionary(b []byte) (values map[string]string, length int) {
	r := pdfReader{rest: b}
	if r.token() != "<<" {
		return nil, 0
	}
	values = map[string]string{}
	for {
		key := r.token()
		if key == ">>" {
			return values, len(b) - len(r.rest)
		}
		if len(key) < 2 || key[0] != '/' {
			return nil, 0
		}
		value, err := r.value(0)
		if _, twice := values[key[1:]]; err != nil || twice {
			return nil, 0
		}
		values[key[1:]] = value
	}
}

// maxPDFDepth bounds how deeply brackets are nested in a dictionary.
const maxPDFDepth = 16

var errPDFSyntax = errors.New("not a PDF dictionary")

// pdfReader cuts tokens off the beginning of rest.
type pdfReader struct{ rest []byte }

// value reads one value. A reference to another object is given as "ref".
func (r *pdfReader) value(depth int) (string, error) {
	token := r.token()
	switch {
	case depth > maxPDFDepth, token == "", token == ">>", token == "]":
		return "", errPDFSyntax
	case token == "<<", token == "[":
		return r.brackets(token, depth)
	}
	if _, err := strconv.Atoi(token); err == nil && r.isReference() {
		r.token()
		r.token()
		return "ref", nil
	}
	return token, nil
}

func (r *pdfReader) brackets(open string, depth int) (string, error) {
	end := map[string]string{"<<": ">>", "[": "]"}[open]
	text := open
	for {
		ahead := *r
		switch next := ahead.token(); next {
		case end:
			*r = ahead
			return text + " " + end, nil
		case "":
			return "", errPDFSyntax
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return "", err
		}
		text += " " + value
	}
}

// isReference tells whether a generation number and R come next.
func (r *pdfReader) isReference() bool {
	ahead := *r
	_, err := strconv.Atoi(ahead.token())
	return err == nil && ahead.token() == "R"
}

// token returns the next token: a bracket, a name with its slash, a number or a word; a string as "()". It is "" at the
// end and where nothing sensible follows.
func (r *pdfReader) token() string {
	r.rest = bytes.TrimLeft(r.rest, pdfSpaces)
	for _, bracket := range []string{"<<", ">>", "[", "]"} {
		if rest, ok := bytes.CutPrefix(r.rest, []byte(bracket)); ok {
			r.rest = rest
			return bracket
		}
	}
	if len(r.rest) == 0 {
		return ""
	}
	switch r.rest[0] {
	case '(':
		return r.text()
	case '<':
		_, rest, closed := bytes.Cut(r.rest, []byte(">"))
		if r.rest = rest; closed {
			return "()"
		}
		return ""
	}
	name := bytes.TrimPrefix(r.rest, []byte("/"))
	slash := len(r.rest) - len(name)
	end := bytes.IndexAny(name, pdfDelimiters)
	if end < 0 {
		end = len(name)
	}
	word := string(r.rest[:slash+end])
	r.rest = r.rest[slash+end:]
	return word
}

// text passes over a string in parentheses, which nest and can be escaped.
func (r *pdfReader) text() string {
	depth := 0
	for i := 0; i < len(r.rest); i++ {
		switch r.rest[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			r.rest = r.rest[i+1:]
			return "()"
		}
	}
	r.rest = nil
	return ""
}
