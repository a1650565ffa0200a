package domain

import (
	"errors"
	"strings"
	"testing"
)

func TestParseReference(t *testing.T) {
	t.Parallel()
	long := "https://example.com/" + strings.Repeat("a", 2028)
	for in, want := range map[string]Reference{
		"policy_2025":            "policy_2025",
		"  docs/policy v2.pdf  ": "docs/policy v2.pdf",
		"HTTPS://Docs.Example.COM:443/Policy.PDF#top": "https://docs.example.com/Policy.PDF",
		"http://example.com:80":                       "http://example.com/",
		"http://example.com:443/":                     "http://example.com:443/",
		"https://example.com./a":                      "https://example.com/a",
		"https://example.com/?":                       "https://example.com/",
		"https://example.com/?b=2&utm_source=x&a=1":   "https://example.com/?b=2&a=1",
		"https://example.com/?UTM_Medium=x&gclid=1":   "https://example.com/",
		"https://example.com/?mc_cid=1&q=%C3%A9&flag": "https://example.com/?q=%C3%A9&flag",
		"https://example.com/a%2Fb/../c":              "https://example.com/a%2Fb/../c",
		"https://[2001:DB8::1]:443/x":                 "https://[2001:db8::1]/x",
		"ftp://example.com/File":                      "ftp://example.com/File",
		"javascript:alert(1)":                         "javascript:alert(1)",
		long:                                          Reference(long),
	} {
		got, err := ParseReference(in)
		if err != nil || got != want {
			t.Errorf("%.80q gives %.80q, %v; want %.80q", in, got, err, want)
		}
		if again, err := ParseReference(string(got)); err != nil || again != got {
			t.Errorf("%.80q normalised twice gives %.80q, %v", in, again, err)
		}
	}
	for _, bad := range []string{
		"", "   ", "a\nb", "a\n", "\x00", "a\u2028b", "a\x7fb", strings.Repeat("x", 2049), "http://", "https:///path", "https://user@example.com/",
		"https://user:password@example.com/", "https://exa mple.com/", "http://[::1", "\xff",
	} {
		got, err := ParseReference(bad)
		var problem *Error
		if !errors.As(err, &problem) || problem.Kind != KindInvalid || problem.Field != "reference" {
			t.Errorf("%.40q gives %q, %v", bad, got, err)
		}
	}
}

func TestOnlyWebAddressesBecomeLinks(t *testing.T) {
	t.Parallel()
	for ref, want := range map[Reference]string{
		"https://example.com/": "https://example.com/", "javascript:alert(1)": "", "ftp://example.com/": "", "policy": "", "data:text/html,x": "",
	} {
		if got := ref.URL(); got != want {
			t.Errorf("%q links to %q", ref, got)
		}
	}
}

func TestNewDocument(t *testing.T) {
	t.Parallel()
	author := User{ID: "u", Role: RoleAuthor}
	d, err := NewDocument("policy_2025", " Policy ", author)
	if err != nil || d.ID != "policy_2025" || d.Title != "Policy" || d.URL != "" || d.Revision != 1 {
		t.Errorf("identifier: %+v, %v", d, err)
	}
	d, err = NewDocument("https://example.com/a", "", author)
	if err != nil || len(d.ID) != 8 || d.Title != "https://example.com/a" || d.URL != "https://example.com/a" {
		t.Errorf("URL: %+v, %v", d, err)
	}
	if _, err := NewDocument("x", "a\nb", author); err == nil {
		t.Error("a title with a line break is accepted")
	}
	if d, err = NewDocument(Reference(strings.Repeat("é", 2000)), "", author); err != nil || len([]rune(d.Title)) != 500 {
		t.Errorf("title of a long reference: %d characters, %v", len([]rune(d.Title)), err)
	}
}
