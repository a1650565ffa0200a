package certificate

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// fonts are what is embedded, as far as it is used: Liberation, under the SIL Open Font License 1.1 (LICENSE-Liberation.txt).
// Their bytes must not be written to.
var fonts = []struct {
	family, style string
	ttf           []byte
}{
	{"sans", "", liberationsansregular.TTF},
	{"sans", "B", liberationsansbold.TTF},
	{"mono", "", liberationmonoregular.TTF},
}

// placeholder stands for a character that cannot be printed.
const placeholder = '□'

// scripts are those that need no shaping: each character is one glyph, set from left to right.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common}

// coverage knows which characters can be printed.
type coverage struct{ fonts []*sfnt.Font }

func newCoverage() (c coverage, err error) {
	for _, f := range fonts {
		parsed, err := sfnt.Parse(f.ttf)
		if err != nil {
			return c, fmt.Errorf("font %s%s: %w", f.family, f.style, err)
		}
		c.fonts = append(c.fonts, parsed)
	}
	return c, nil
}

// printable composes s (NFC) and puts a placeholder in the place of every character that cannot be printed as it should
// look: of a script that needs shaping or runs from right to left, beyond the fonts, invisible, or a mark that does not
// compose with the letter before it. whole is false when there was one.
func (c coverage) printable(s string) (_ string, whole bool) {
	whole = true
	var buffer sfnt.Buffer
	text := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) && r != ' ' {
			return '\u00a0'
		}
		if c.covers(&buffer, r) {
			return r
		}
		whole = false
		return placeholder
	}, norm.NFC.String(s))
	return text, whole
}

func (c coverage) covers(buffer *sfnt.Buffer, r rune) bool {
	if r > 0xffff || !unicode.IsPrint(r) || !unicode.In(r, scripts...) {
		return false
	}
	for _, font := range c.fonts {
		if glyph, err := font.GlyphIndex(buffer, r); err != nil || glyph == 0 {
			return false
		}
	}
	return true
}

// wrap breaks s into lines no wider than width. It breaks at spaces; what is wider than a line by itself is broken
// after a character that parts an address, or anywhere. There is always a line.
func wrap(s string, width float64, widthOf func(rune) float64) []string {
	var lines []string
	for rest := []rune(s); ; {
		end, next := fits(rest, width, widthOf)
		lines = append(lines, strings.TrimRight(string(rest[:end]), " "))
		if next >= len(rest) {
			return lines
		}
		rest = rest[next:]
	}
}

// fits tells how many characters of s go on one line, at least one, and where the next line begins.
func fits(s []rune, width float64, widthOf func(rune) float64) (end, next int) {
	space, joint := 0, 0 // the last places to break at
	for i, r := range s {
		width -= widthOf(r)
		if width < 0 && r != ' ' && i > 0 {
			switch {
			case space > 0:
				return space, space + 1
			case joint > i/2:
				return joint, joint
			}
			return i, i
		}
		if r == ' ' && i > 0 {
			space = i
		} else if strings.ContainsRune("/?&=-._:;,", r) {
			joint = i + 1
		}
	}
	return len(s), len(s)
}
