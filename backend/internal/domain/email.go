package domain

import (
	"net/mail"
	"strings"
	"unicode"
)

// Email is an address, trimmed and in lower case.
type Email string

// What is wrong with an address; email.invalid is for what none of the others says.
var (
	ErrEmail           = Invalid("email", "email.invalid", "This is not an email address.")
	ErrEmailTooLong    = Invalid("email", "email.too_long", "An email address has at most 254 characters, 64 of them before the @.")
	ErrEmailNoAt       = Invalid("email", "email.no_at", "An email address has an @.")
	ErrEmailLineBreak  = Invalid("email", "email.line_break", "There is a line break in this email address.")
	ErrEmailDots       = Invalid("email", "email.dots", "A dot in an email address stands between two other characters.")
	ErrEmailAccents    = Invalid("email", "email.accents", "Before the @ only letters without accents are accepted.")
	ErrEmailCharacters = Invalid("email", "email.characters", "There are characters in this email address that it cannot have.")
	ErrEmailDomain     = Invalid("email", "email.domain", "What follows the @ is not the name of a mail domain.")
)

// ParseEmail accepts an ASCII addr-spec of RFC 5321 of up to 254 characters, without display name or comments. It fails with one of the errors above.
func ParseEmail(s string) (Email, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	switch {
	case s == "":
		return "", ErrEmail
	case strings.ContainsAny(s, "\r\n"):
		return "", ErrEmailLineBreak
	case at < 0:
		return "", ErrEmailNoAt
	case len(s) > 254 || at > 64:
		return "", ErrEmailTooLong
	}
	local, host := s[:at], s[at+1:]
	if err := checkLocal(local); err != nil {
		return "", err
	}
	parsed, err := mail.ParseAddress(s)
	switch {
	case strings.Contains(host, ".."):
		return "", ErrEmailDots
	case !validHost(host):
		return "", ErrEmailDomain
	case err != nil || parsed.Address != s:
		return "", ErrEmail
	}
	return Email(s), nil
}

// checkLocal checks what stands before the @.
func checkLocal(local string) error {
	for _, r := range local {
		switch {
		case r > unicode.MaxASCII && unicode.In(r, unicode.Letter, unicode.Mark):
			return ErrEmailAccents
		case r <= ' ' || r > '~' || strings.ContainsRune(`<>"(),;:@[]\`, r):
			return ErrEmailCharacters
		}
	}
	switch {
	case local == "":
		return ErrEmail
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return ErrEmailDots
	}
	return nil
}

// Erased tells whether the address is what stands in for an erased person's.
func (e Email) Erased() bool { return strings.HasPrefix(string(e), "erased:") }

// validHost tells whether s is a dotted host name of letters, digits and inner hyphens; a single label
// ("localhost") is one too, as closed networks use them.
func validHost(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return true
}
