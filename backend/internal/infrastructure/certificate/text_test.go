package certificate

import (
	"slices"
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	c, err := newCoverage()
	check(t, err)
	for _, s := range []string{
		"", "Zoë Müller", "Żółć Gęślą Jaźń", "Ελένη Παπαδοπούλου", "Щербакова Ёлка Їжак", "Nguyễn Thị Ngọc Hường", "Ștefan Țăranu",
		"Černý Ďáblík", "Þórður Ægisson", "İpek Işık", "€ 5 – “quoted” …", `\()<>%`,
	} {
		if got, whole := c.printable(s); got != s || !whole {
			t.Errorf("%q is printed as %q", s, got)
		}
	}
	for s, want := range map[string]string{
		"李雷":                "□□",
		"Ann 😀 Lee":         "Ann □ Lee",
		"مريم":              "□□□□",
		"דוד":               "□□□",
		"สมชาย":             "□□□□□",
		"अ":                 "□",
		"abc\u202edef":      "abc□def",
		"zero\u200bwidth":   "zero□width",
		"а\u0301 x\u0307":   "а□ ẋ",
		"tab\tnull\x00":     "tab□null□",
		"\xff":              "□",
		"\U0010ffff\ue000،": "□□□",
	} {
		if got, whole := c.printable(s); got != want || whole {
			t.Errorf("%q is printed as %q, %v, want %q", s, got, whole, want)
		}
	}
	if got, whole := c.printable("Zoe\u0308\u202fM\u2003."); got != "Zoë\u00a0M\u00a0." || !whole {
		t.Errorf("composed: %q, %v", got, whole)
	}
}

func TestNamesInEveryCoveredScriptArePrinted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Żółć Gęślą", "Ελένη Παπαδοπούλου", "Щербакова Ёлка", "Nguyễn Thị Ngọc Hường", "Ștefan Țăranu", "Černý Ďáblík"} {
		s := usual()
		s.person = name
		text := textOf(t, render(t, s))[0]
		if !strings.Contains(text, "\n"+name+"\n") || strings.Contains(text, string(placeholder)) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestWhatCannotBePrintedIsSaid(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"李雷", "مريم", "Ann 😀", "สมชาย", "\U0001F1EB\U0001F1F7"} {
		s := usual()
		s.person, s.title = name, name
		text := textOf(t, render(t, s))[0]
		if !strings.Contains(text, "Some characters cannot be shown here") || strings.Contains(text, name) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// No text whatever makes rendering fail.
func TestEveryCharacterCanBeRendered(t *testing.T) {
	t.Parallel()
	s := usual()
	var every strings.Builder
	for r := rune(0x20); r <= 0x10ffff; r += 1 + r/300 {
		every.WriteRune(r)
	}
	s.person, s.title = every.String(), every.String()
	wantInsideMargins(t, "every character", render(t, s))
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		width float64
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two three", 8, []string{"one two", "three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"onetwothree", 4, []string{"onet", "woth", "ree"}},
		{"a/bcd/efghi", 6, []string{"a/bcd/", "efghi"}},
		{"wide", 0.5, []string{"w", "i", "d", "e"}},
		{"end   ", 3, []string{"end"}},
	} {
		if got := wrap(c.text, c.width, func(rune) float64 { return 1 }); !slices.Equal(got, c.want) {
			t.Errorf("%q in %v: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
