package signers

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decode reads a text file: UTF-8 with or without a byte order mark, UTF-16 with one, or else Windows-1252, as older spreadsheets write it.
// What holds characters that no text has is none (errNotText).
func decode(raw []byte) (string, error) {
	var text string
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		text = string(raw[3:])
		if !utf8.ValidString(text) {
			return "", errNotText
		}
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		text = decodeUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		text = decodeUTF16(raw[2:], binary.BigEndian)
	case utf8.Valid(raw):
		text = string(raw)
	default:
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(raw)
		if err != nil {
			return "", errNotText.Because(err)
		}
		text = string(decoded)
	}
	if strings.ContainsFunc(text, isBinary) {
		return "", errNotText
	}
	return text, nil
}

func decodeUTF16(raw []byte, order binary.ByteOrder) string {
	if len(raw)%2 != 0 {
		return "\x00"
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}

// isBinary tells whether a character has no place in a text file.
func isBinary(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r >= 0x7f && r < 0xa0
}
