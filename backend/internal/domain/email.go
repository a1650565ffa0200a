package domain

import (
	"net/mail"
	"strings"
)

// Email is an address, trimmed and in lower case.
type Email string

// ParseEmail accepts an ASCII addr-spec of RFC 5321 of up to 254 characters, without display name or comments.
func ParseEmail(s string) (Email, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	bad := Invalid("email", "email.invalid", "This is not an email address.")
	if len(s) == 0 || len(s) > 254 {
		return "", bad
	}
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return "", bad
		}
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || strings.ContainsAny(s, `<>"(),;:`) {
		return "", bad
	}
	local, host, _ := strings.Cut(s, "@")
	if len(local) > 64 || !validHost(host) {
		return "", bad
	}
	return Email(s), nil
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
