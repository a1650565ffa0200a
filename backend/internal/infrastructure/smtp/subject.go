package smtp

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	wordStart, wordEnd = "=?UTF-8?B?", "?="
	// firstWord and otherWords are how many bytes of text fit into an encoded word of a line of 76 characters, after "Subject: " and after a space.
	firstWord, otherWords = 39, 45
)

// encodedSubject is a subject as encoded words (RFC 2047), a line each, the first beside the header's name; false for one of ASCII alone, which
// needs none. The library would leave the first line empty, since it takes a long word for one that never fits.
func encodedSubject(subject string) (string, bool) {
	if !strings.ContainsFunc(subject, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "", false
	}
	var words []string
	for room := firstWord; subject != ""; room = otherWords {
		end := min(room, len(subject))
		for end < len(subject) && !utf8.RuneStart(subject[end]) {
			end--
		}
		words = append(words, wordStart+base64.StdEncoding.EncodeToString([]byte(subject[:end]))+wordEnd)
		subject = subject[end:]
	}
	return strings.Join(words, "\r\n "), true
}
