package content

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// isText tells whether bytes read as text: UTF-8, UTF-16 with a byte order mark, or 8 bits a character. cut says that there are more of them.
func isText(b []byte, cut bool) bool {
	text := string(b)
	if isUTF16(b) {
		if len(b)%2 == 1 {
			return false
		}
		text = strings.TrimSuffix(decodeText(b), map[bool]string{true: "\ufffd"}[cut]) // half a surrogate pair
		if strings.ContainsRune(text, utf8.RuneError) {
			return false
		}
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' })
}

func isUTF16(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
}

// decodeText reads UTF-8, UTF-16 with a byte order mark, and whatever is neither as windows-1252.
func decodeText(b []byte) string {
	switch {
	case isUTF16(b):
		return decoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), b)
	case utf8.Valid(b):
		return printable(string(bytes.TrimPrefix(b, byteOrderMark)))
	}
	return decoded(charmap.Windows1252, b)
}

// decodeHTML reads the encoding that a page or who served it states; contentType may be "". What states nothing is read as text.
func decodeHTML(b []byte, contentType string) string {
	stated, name, certain := charset.DetermineEncoding(b, contentType)
	if isUTF16(b) || !certain && name == "windows-1252" && utf8.Valid(b) { // it looks at 1,024 bytes
		return decodeText(b)
	}
	return strings.TrimPrefix(decoded(stated, b), "\ufeff")
}

// wholeRunes drops a last character of UTF-8 that is cut off.
func wholeRunes(b []byte) []byte {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i]
			}
			break
		}
	}
	return b
}

func decoded(e encoding.Encoding, b []byte) string {
	text, err := e.NewDecoder().Bytes(b)
	if err != nil {
		text = b // an encoding that cannot be read: its ASCII can
	}
	return printable(string(text))
}

// printable is valid UTF-8 without NUL.
func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
