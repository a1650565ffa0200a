package accounts

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestPathsOfThisSiteAreKept(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "/", "/": "/", "/d/policy": "/d/policy", "/d/policy?revision=2&next=//evil.example.com#page=3": "/d/policy?revision=2&next=//evil.example.com#page=3",
		"/d/a%20b": "/d/a%20b", "/d/é": "/d/é", "/?doc=https://example.com/a.pdf": "/?doc=https://example.com/a.pdf", "/d/a//b": "/d/a//b",
		"/?q=100%": "/?q=100%", "/#//evil": "/#//evil", "/d/x@y": "/d/x@y", "/d/a:b": "/d/a:b", "/admin/../d": "/admin/../d", "/...": "/...",
		"/?q=%5c%2f": "/?q=%5c%2f", "/d/" + strings.Repeat("a", 4093): "/d/" + strings.Repeat("a", 4093),
	} {
		if got, err := ParseRedirect(in); err != nil || got != want {
			t.Errorf("%.80q becomes %.80q, %v", in, got, err)
		}
	}
}

var elsewhere = []string{
	"//evil", "//evil.example.com/d", "///evil", "////evil", `/\evil`, `\\evil`, `\/evil`, `/\/evil`, `//\evil`, "https:evil", "https://evil", "http:evil",
	"https:/evil", "https:///evil", "HTTPS://evil", "javascript:alert(1)", "data:text/html,x", "mailto:a@b", "evil", "evil.example.com", "?x", "#x", ".", "./x", "../x",
	"/%2f/evil", "/%2F/evil", "/%2fevil", "%2f%2fevil", "%2fevil", "/%5cevil", "/%5Cevil", "/%5c%5cevil", "%5c%5cevil", "/%252fevil", "/%252f/evil", "/%255cevil", "/%25255cevil",
	"/.//evil", "/./\\evil", "/..//evil", "/x/..//evil", "/x/../..//evil", "/%2e//evil", "/%2e%2e//evil", "/x/%2e%2e//evil", "/.%2e//evil", "/%252e//evil", "/././/evil", "/.%2f/evil", "/x%2f..%2f%2fevil",
	"/\tevil", "/\t/evil", "\t//evil", "/\n/evil", "/\r/evil", "/\r\nSet-Cookie: a=b", "/d\r\nLocation: //evil", "\x00//evil", "/\x00/evil", "/d\x7f", " //evil", " /d", "/ /evil", "/d ", "\u00a0//evil", "\ufeff//evil",
	"/%zz", "/%", "/d%0", "//user@evil", "//evil:80", "//[::1]", "/" + strings.Repeat("a", 4096), "https:\\\\evil", "//evil%2eexample.com", "/\\/\\evil",
}

func TestPlacesElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	for _, in := range elsewhere {
		if got, err := ParseRedirect(in); !errors.Is(err, errRedirect) {
			t.Errorf("%.80q becomes %.80q, %v", in, got, err)
		}
	}
}

// Whatever is accepted must lead to this site, by the rules of browsers (WHATWG URL): tabs and line breaks dropped, a backslash read as a slash.
func FuzzRedirectsStayHere(f *testing.F) {
	for _, in := range elsewhere {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := ParseRedirect(in)
		if err != nil {
			return
		}
		seen := strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(strings.Trim(got, "\x00\x01 "))
		path, _, _ := strings.Cut(strings.ReplaceAll(seen, `\`, "/"), "#")
		path, _, _ = strings.Cut(path, "?")
		base, _ := url.Parse("https://sign.example.com/base/")
		to, err := base.Parse(path)
		if err != nil || to.Host != "sign.example.com" || to.Scheme != "https" || strings.HasPrefix(path, "//") || !strings.HasPrefix(path, "/") {
			t.Errorf("%q leads to %v, %v", in, to, err)
		}
	})
}
