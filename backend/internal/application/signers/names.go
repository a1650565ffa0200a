package signers

import (
	"strings"
	"unicode"
)

// twoNames finds the columns of first and last names of a file without a header: the only two beside the addresses, when what stands in them looks
// like names and half of the addresses are made of both. Which is which the addresses say too; where they do not, the first name is the one before.
func twoNames(records []record, email int) (first, last int, found bool) {
	others := make([]int, 0, 2)
	for i := range 3 {
		if i != email {
			others = append(others, i)
		}
	}
	made, turned := 0, 0
	for _, r := range records {
		if len(r.cells) > 3 || len(r.cells) <= email {
			return 0, 0, false
		}
		one, other := cellAt(r.cells, others[0]), cellAt(r.cells, others[1])
		if !looksLikeName(one) || !looksLikeName(other) {
			return 0, 0, false
		}
		local, _, _ := strings.Cut(strings.ToLower(r.cells[email]), "@")
		switch local = letters(local); {
		case isMadeOf(local, one, other):
			made++
		case isMadeOf(local, other, one):
			made++
			turned++
		}
	}
	if made == 0 || made*2 < len(records) {
		return 0, 0, false
	}
	if turned*2 > made {
		return others[1], others[0], true
	}
	return others[0], others[1], true
}

// looksLikeName tells whether a cell may hold a first or a last name; an empty one may.
func looksLikeName(cell string) bool {
	return len([]rune(cell)) <= 40 && len(strings.Fields(cell)) <= 4 && !strings.ContainsFunc(cell, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" -'’.", r)
	})
}

// isMadeOf tells whether an address's local part is of a first name, or its initial, and a last name, in this order; or of the last name and
// the initial.
func isMadeOf(local, first, last string) bool {
	for _, f := range spellings(first) {
		for _, l := range spellings(last) {
			at := strings.Index(local, l)
			if at < 0 {
				continue
			}
			before, after := local[:at], local[at+len(l):]
			if strings.Contains(before, f) || before == f[:1] || before == "" && after == f[:1] {
				return true
			}
		}
	}
	return false
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe", "å", "aa", "æ", "ae")

// spellings are the ways in which addresses write a name: whole, or the first of several, without accents, with umlauts as one or two letters.
func spellings(name string) (ways []string) {
	name = strings.ToLower(name)
	for _, text := range append(strings.Fields(name)[:min(1, len(strings.Fields(name)))], name) {
		for _, way := range []string{letters(folding.Replace(text)), letters(umlauts.Replace(text))} {
			if len(way) > 1 {
				ways = append(ways, way)
			}
		}
	}
	return ways
}

// letters are those of a text from a to z.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, text)
}
