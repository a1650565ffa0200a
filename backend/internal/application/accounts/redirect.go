package accounts

import (
	"net/url"
	"strings"

	"github.com/ackify/ackify/backend/internal/domain"
)

var errRedirect = domain.Invalid("redirectTo", "redirect.invalid", "This is not a path of this site.")

// ParseRedirect accepts where to go after logging in: a path of this site with query and fragment; "" is "/". Anything that a browser
// could take for another site is refused.
func ParseRedirect(s string) (string, error) {
	if s == "" {
		return "/", nil
	}
	if !strings.HasPrefix(s, "/") || len(s) > 4096 {
		return "", errRedirect
	}
	for _, r := range s {
		// Browsers drop tabs and line breaks, and read a backslash as a slash.
		if r <= ' ' || r == '\\' || r == 0x7f {
			return "", errRedirect
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "", errRedirect
	}
	// As often as it is encoded, it must not begin with two slashes; nor once its dots are resolved.
	for decoded, next := "", u.EscapedPath(); next != decoded; {
		decoded = next
		if strings.HasPrefix(decoded, "//") || strings.ContainsRune(decoded, '\\') || !strings.HasPrefix(decoded, "/") ||
			strings.HasPrefix(keepSlashes(decoded), "//") {
			return "", errRedirect
		}
		// What cannot be decoded any further is as it will be.
		if further, err := url.PathUnescape(decoded); err == nil {
			next = further
		}
	}
	return s, nil
}

// keepSlashes resolves dots as a browser does, which keeps empty segments: /.//evil becomes //evil.
func keepSlashes(p string) string {
	var out []string
	for segment := range strings.SplitSeq(strings.TrimPrefix(p, "/"), "/") {
		switch segment {
		case ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, segment)
		}
	}
	return "/" + strings.Join(out, "/")
}
