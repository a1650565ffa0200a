package middleware

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientIP(t *testing.T) {
	t.Parallel()
	find := ClientIP([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")})
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"nobody in between":           {"203.0.113.7:1", nil, "203.0.113.7"},
		"a stranger's header":         {"203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		"one proxy":                   {"127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"two proxies":                 {"127.0.0.1:1", []string{"198.51.100.1, 10.1.2.3"}, "198.51.100.1"},
		"two headers":                 {"127.0.0.1:1", []string{"198.51.100.1", "10.1.2.3"}, "198.51.100.1"},
		"forged before the proxy":     {"127.0.0.1:1", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
		"with a port":                 {"127.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		"six":                         {"[fd00::1]:1", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		"four in six":                 {"[::ffff:127.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"nonsense":                    {"127.0.0.1:1", []string{"unknown"}, "127.0.0.1"},
		"nonsense before the address": {"127.0.0.1:1", []string{"unknown, 198.51.100.1"}, "198.51.100.1"},
		"proxies only":                {"127.0.0.1:1", []string{"10.0.0.2"}, "10.0.0.2"},
		"no header":                   {"127.0.0.1:1", nil, "127.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.forwarded
		if got := find(r); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTheLogHoldsNoInvitationToken(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/invite/secret": "/invite/…", "/base/invite/secret": "/base/invite/…", "/d/policy": "/d/policy",
	} {
		if got := loggedPath(path); got != want {
			t.Errorf("%s is logged as %s", path, got)
		}
	}
}
