package documents

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/ackify/ackify/backend/internal/domain"
)

// parseReference is domain.ParseReference after what needs Unicode's tables: a text in NFC (UAX 15), so that the same letters are the
// same reference, and a host name in its ASCII form (UTS 46), in which browsers copy it.
func parseReference(s string) (domain.Reference, error) {
	ref, err := domain.ParseReference(s)
	if err != nil {
		return "", err
	}
	if ref.URL() == "" {
		return domain.Reference(norm.NFC.String(string(ref))), nil
	}
	u, err := url.Parse(ref.URL())
	if err != nil {
		return "", err
	}
	if !strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r >= utf8.RuneSelf }) {
		return ref, nil
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return "", domain.Invalid("reference", "reference.invalid", "This URL has no proper host name.")
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	u.Host = host
	return domain.Reference(u.String()), nil
}
