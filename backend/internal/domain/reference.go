package domain

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reference is what a document is found by: a normalised URL, a path, or an identifier.
type Reference string

const referenceMaxLength = 2048

var identifier = regexp.MustCompile(`^[A-Za-z0-9_-]{3,64}$`)

// trackingParams are query parameters that say where a visitor came from, never what is shown;
// every one that begins with utm_ is one too.
var trackingParams = map[string]bool{
	"fbclid": true, "gclid": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true, "twclid": true,
	"ttclid": true, "yclid": true, "igshid": true, "mc_cid": true, "mc_eid": true, "_hsenc": true, "_hsmi": true,
	"li_fat_id": true, "vero_id": true, "mkt_tok": true,
}

// ParseReference normalises a reference, so that the same thing is always the same document. A URL gets its scheme and
// host in lower case and loses default port, fragment and tracking parameters; the rest of it stays as written.
func ParseReference(s string) (Reference, error) {
	bad := func(detail string) (Reference, error) { return "", Invalid("reference", "reference.invalid", detail) }
	if hasControl(s) {
		return bad("A reference has no line breaks and no control or invisible characters.")
	}
	s = strings.TrimSpace(s)
	if !isVisible(s) {
		return bad("A reference is a URL, a path or an identifier; this one is empty.")
	}
	if utf8.RuneCountInString(s) > referenceMaxLength {
		return bad("A reference has at most 2,048 characters.")
	}
	if scheme, _, found := strings.Cut(s, "://"); !found || !isWebScheme(scheme) {
		return Reference(s), nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return bad("This URL cannot be read.")
	}
	if u.User != nil {
		return bad("A URL with a user name or password in it is not accepted.")
	}
	return Reference(normaliseURL(u)), nil
}

func isWebScheme(s string) bool { return strings.EqualFold(s, "http") || strings.EqualFold(s, "https") }

func normaliseURL(u *url.URL) string {
	u.Scheme = strings.ToLower(u.Scheme)
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && (u.Scheme != "http" || port != "80") && (u.Scheme != "https" || port != "443") {
		host += ":" + port
	}
	u.Host = host
	u.Fragment, u.RawFragment = "", ""
	u.RawPath = canonicalEscapes(u.EscapedPath())
	u.Path, _ = url.PathUnescape(u.RawPath) // EscapedPath is a valid escape of it
	if u.Path == "" {
		u.Path = "/"
	}
	var kept []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		name = strings.ToLower(name)
		if part != "" && !trackingParams[name] && !strings.HasPrefix(name, "utm_") {
			kept = append(kept, canonicalEscapes(part))
		}
	}
	u.RawQuery, u.ForceQuery = strings.Join(kept, "&"), false
	return u.String()
}

var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// canonicalEscapes writes percent-escapes as RFC 3986, 6.2.2, normalises them: unreserved characters as themselves, the others in
// upper case; and it escapes what is not ASCII, as browsers do.
func canonicalEscapes(s string) string {
	s = escape.ReplaceAllStringFunc(s, func(e string) string {
		c, _ := strconv.ParseUint(e[1:], 16, 8)
		if c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) || strings.ContainsRune("-._~", rune(c))) {
			return string(rune(c))
		}
		return strings.ToUpper(e)
	})
	var out strings.Builder
	for i := range len(s) {
		if s[i] < utf8.RuneSelf {
			out.WriteByte(s[i])
		} else {
			fmt.Fprintf(&out, "%%%02X", s[i])
		}
	}
	return out.String()
}

// URL returns the reference if it is an http(s) URL, else "".
func (r Reference) URL() string {
	if strings.HasPrefix(string(r), "http://") || strings.HasPrefix(string(r), "https://") {
		return string(r)
	}
	return ""
}

// IsIdentifier tells whether the reference can be the doc_id itself.
func (r Reference) IsIdentifier() bool { return identifier.MatchString(string(r)) }
