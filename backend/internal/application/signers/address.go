package signers

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/ackify/ackify/backend/internal/domain"
)

// ParseAddress reads an address as people paste it: with spaces around it, in upper case, in angle brackets, as `Name <address>` or
// `"Last, First" <address>`, after "mailto:", or with a domain in any script, which becomes its ASCII form (RFC 5891). The name is ""
// where there is none. It fails with the errors of domain.ParseEmail, and of name.invalid.
func ParseAddress(s string) (domain.Email, string, error) {
	s = strings.TrimFunc(s, isPadding)
	name := ""
	if strings.HasSuffix(s, ">") {
		open := strings.LastIndexByte(s, '<')
		if open < 0 {
			return "", "", domain.ErrEmailCharacters
		}
		name, s = unquote(strings.TrimFunc(s[:open], isPadding)), s[open+1:len(s)-1]
	}
	email, err := parseMailbox(strings.TrimFunc(s, isPadding))
	if err != nil {
		return "", "", err
	}
	name, err = domain.ParseOptionalName(name)
	return email, name, err
}

// isPadding tells whether a character around an address is only there because it was copied along.
func isPadding(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060'
}

func parseMailbox(s string) (domain.Email, error) {
	if scheme, rest, found := strings.Cut(s, ":"); found && strings.EqualFold(scheme, "mailto") {
		s = rest
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 || strings.ContainsAny(s, "\r\n") {
		return domain.ParseEmail(s)
	}
	local, host := s[:at], s[at+1:]
	if !isASCII(host) {
		ascii, err := idna.Lookup.ToASCII(host)
		if strings.Contains(host, "..") {
			return "", domain.ErrEmailDots
		}
		if err != nil {
			return "", domain.ErrEmailDomain.Because(err)
		}
		host = ascii
	}
	return domain.ParseEmail(local + "@" + host)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// unquote takes the quotes off a name, and undoes what they needed inside (RFC 5322, quoted-string).
func unquote(s string) string {
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '"' && s[0] != '\'' {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`).Replace(s[1 : len(s)-1])
}
