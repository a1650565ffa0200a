package domain

import (
	"slices"
	"strings"
	"testing"
)

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Email{
		"Ada@Example.COM  ": "ada@example.com", "a.b+c@sub.example.com": "a.b+c@sub.example.com", "root@localhost": "root@localhost",
		"o'neil@example.com": "o'neil@example.com",
	} {
		if got, err := ParseEmail(in); err != nil || got != want {
			t.Errorf("%q gives %q, %v", in, got, err)
		}
	}
	for _, bad := range []string{
		"", "ada", "ada@", "@example.com", "ada@@example.com", "Ada <ada@example.com>", "ada@example.com, bob@example.com", "a b@example.com",
		"ada@exam ple.com", "ada@example..com", "ada@-example.com", "adä@example.com", "ada@exämple.com", "\"a b\"@example.com",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("b.", 130) + "com", "ada@[127.0.0.1]", "a(b)@example.com",
	} {
		if got, err := ParseEmail(bad); err == nil {
			t.Errorf("%q gives %q", bad, got)
		}
	}
}

func TestNamesAndPasswords(t *testing.T) {
	t.Parallel()
	if got, err := ParseName("  Zoë Müller 李 "); err != nil || got != "Zoë Müller 李" {
		t.Errorf("name %q, %v", got, err)
	}
	for _, bad := range []string{"", " ", "a\nb", strings.Repeat("x", 201), "\xff"} {
		if _, err := ParseName(bad); err == nil {
			t.Errorf("the name %.20q is accepted", bad)
		}
	}
	if err := CheckPassword("password", "éééééééééééé"); err != nil {
		t.Errorf("twelve characters: %v", err)
	}
	if CheckPassword("password", "elevenchars") == nil || CheckPassword("password", strings.Repeat("x", 1025)) == nil {
		t.Error("a password that is too short or too long is accepted")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	type cursor struct{ N int }
	page := NewPage([]int{1, 2, 3}, 2, func(n int) any { return cursor{n} })
	if len(page.Items) != 2 || page.NextCursor == "" {
		t.Fatalf("page %+v", page)
	}
	var at cursor
	if err := DecodeCursor(page.NextCursor, &at); err != nil || at.N != 2 {
		t.Errorf("cursor %+v, %v", at, err)
	}
	if last := NewPage([]int{1, 2}, 2, func(n int) any { return cursor{n} }); last.NextCursor != "" {
		t.Error("the last page has a successor")
	}
	for _, bad := range []string{"!", "AAAA", page.NextCursor + "x"} {
		if err := DecodeCursor(bad, &at); err == nil {
			t.Errorf("cursor %q is accepted", bad)
		}
	}
}

func TestWhoMayCreateDocumentsIsTheOperatorsChoice(t *testing.T) {
	t.Parallel()
	for creators, want := range map[Creators][]Role{
		CreatorsAdmins: {RoleAdmin}, CreatorsAuthors: {RoleAuthor, RoleAdmin}, CreatorsEveryone: {RoleSigner, RoleAuthor, RoleAdmin},
	} {
		for _, role := range []Role{RoleSigner, RoleAuthor, RoleAdmin, RoleAuditor} {
			if creators.Include(role) != slices.Contains(want, role) {
				t.Errorf("%s includes %s: %t", creators, role, creators.Include(role))
			}
		}
	}
}

func TestNameFor(t *testing.T) {
	t.Parallel()
	for email, want := range map[Email]string{
		"sam.okafor@acme.example": "Sam Okafor", "ada+x@acme.example": "Ada", "...@acme.example": "...@acme.example", "j_r-ewing@x.y": "J R Ewing",
	} {
		if got := NameFor(email); got != want {
			t.Errorf("%s: %q", email, got)
		}
	}
}

func TestNamesThatNobodyMayHaveGiven(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		email Email
		want  bool
	}{
		{"Late2", "late2@example.com", true}, {"Ida", "ida+x@example.com", true}, {"Sam Okafor", "sam.okafor@example.com", false}, {"Ida Berg", "ida@example.com", false},
	} {
		if got := (User{Name: c.name, Email: c.email}).NameFromEmail(); got != c.want {
			t.Errorf("%s <%s>: %v", c.name, c.email, got)
		}
	}
}
