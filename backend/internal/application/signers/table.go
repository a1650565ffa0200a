package signers

import (
	"strings"
	"unicode"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Row is a row of a file, as a spreadsheet numbers it from 1.
type Row struct {
	Number int
	Person Person
}

// Errors about files with people.
var (
	errNotText     = domain.Invalid("file", "import.not_text", "This is not a text file: save the table as CSV.")
	errEmpty       = domain.Invalid("file", "import.empty", "There is nobody in this file.")
	errNoEmail     = domain.Invalid("file", "import.no_email_column", "No column of this file holds email addresses.")
	errTooManyRows = domain.Invalid("file", "import.too_many_rows", "A file has at most 10,000 rows.")
	errQuotes      = domain.Invalid("file", "import.quotes", "A quoted field of this file does not end.")
)

// ReadFile reads who stands in a file: CSV with comma, semicolon or tab, with a header in one of five languages or without, or a list of addresses as
// one pastes it. It fails with an error of the code import.empty, import.no_email_column, import.not_text, import.quotes or
// import.too_many_rows; whether the addresses are right is not looked at.
func ReadFile(raw []byte) ([]Row, error) {
	text, err := decode(raw)
	if err != nil {
		return nil, err
	}
	records, err := readRecords(text)
	if err != nil {
		return nil, err
	}
	rows, err := readRows(records)
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, errEmpty
	case len(rows) > MaxPeople:
		return nil, errTooManyRows
	}
	return rows, nil
}

// record is a row with its place.
type record struct {
	number int
	cells  []string
}

// readRecords splits a text into rows. Blank ones are left out but counted, as a spreadsheet shows them.
func readRecords(text string) ([]record, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	separator, text, given := cutDirective(text)
	if !given {
		if people, pasted := pastedList(text); pasted {
			return people, nil
		}
		separator = separatorOf(text)
	}
	t := table{separator: separator, start: true}
	for _, r := range text {
		t.read(r)
	}
	if t.quoted {
		return nil, errQuotes
	}
	if t.cell.Len() > 0 || len(t.cells) > 0 {
		t.endRecord()
	}
	return t.records, nil
}

// cutDirective reads the line "sep=;" with which Excel begins a file, and which is no row.
func cutDirective(text string) (separator rune, rest string, given bool) {
	line, after, _ := strings.Cut(text, "\n")
	if after, found := strings.CutPrefix(strings.ToLower(line), "sep="); !found || len(after) != 1 {
		return 0, text, false
	}
	return rune(line[4]), after, true
}

// table reads CSV (RFC 4180) character by character, forgiving spaces before quotes and text after them.
type table struct {
	separator rune
	records   []record
	number    int
	cells     []string
	cell      strings.Builder
	start     bool // nothing but spaces was in the cell yet
	quoted    bool
	closed    bool // the last character was a quote that may have ended the quoted text, or doubles the next
}

func (t *table) read(r rune) {
	wasClosed := t.closed
	t.closed = false
	switch {
	case t.quoted && r == '"':
		t.quoted, t.closed = false, true
	case t.quoted:
		t.cell.WriteRune(r)
	case r == '"' && wasClosed:
		t.quoted = true
		t.cell.WriteRune(r)
	case r == '"' && t.start:
		t.quoted, t.start = true, false
		t.cell.Reset()
	case r == t.separator:
		t.endCell()
	case r == '\n':
		t.endRecord()
	default:
		t.start = t.start && unicode.IsSpace(r)
		t.cell.WriteRune(r)
	}
}

func (t *table) endCell() {
	t.cells = append(t.cells, strings.TrimFunc(t.cell.String(), isPadding))
	t.cell.Reset()
	t.start = true
}

func (t *table) endRecord() {
	t.endCell()
	t.number++
	if strings.Join(t.cells, "") != "" {
		t.records = append(t.records, record{t.number, t.cells})
	}
	t.cells = nil
}

// separatorOf is what stands most often between cells of the first line that holds something, outside of quotes; a comma where nothing does.
func separatorOf(text string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range strings.TrimLeft(text, " \n") {
		if r == '"' {
			quoted = !quoted
		}
		if r == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range []rune{';', '\t'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// pastedList takes apart a list of addresses as mail programs write it: several in a line, or with names before angle brackets. Rows are numbered
// one an address. A text whose first line holds no address is a table with a header.
func pastedList(text string) (people []record, pasted bool) {
	first, _, _ := strings.Cut(strings.TrimFunc(text, isPadding), "\n")
	if !strings.Contains(first, "@") {
		return nil, false
	}
	several, bracketed, other := false, false, false
	for line := range strings.SplitSeq(text, "\n") {
		parts := splitAddresses(line)
		several = several || len(parts) > 1
		for _, part := range parts {
			bracketed = bracketed || isBracketed(part)
			other = other || !isBracketed(part) && (!strings.Contains(part, "@") || strings.ContainsAny(part, " \"\t"))
			people = append(people, record{len(people) + 1, []string{part}})
		}
	}
	return people, bracketed || several && !other
}

func isBracketed(s string) bool { return strings.HasSuffix(s, ">") && strings.Contains(s, "<") }

// splitAddresses splits a line at its semicolons, and at its commas unless each part between semicolons is one address: then a name may hold a
// comma, as one before angle brackets may anyway: "Last, First <address>".
func splitAddresses(line string) (parts []string) {
	separators := ","
	if strings.ContainsRune(outsideQuotes(line), ';') {
		separators = ";"
		for part := range strings.SplitSeq(outsideQuotes(line), ";") {
			if strings.Count(part, "@") > 1 {
				separators = ",;"
			}
		}
	}
	quoted, before := false, ""
	for part := range strings.FieldsFuncSeq(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return strings.ContainsRune(separators, r) && !quoted
	}) {
		part = strings.TrimFunc(part, isPadding)
		switch {
		case before != "" && isBracketed(part):
			part, before = before+", "+part, ""
		case before != "":
			parts, before = append(parts, before), ""
		}
		switch {
		case part == "":
		case separators != ";" && !strings.Contains(part, "@"):
			before = part
		default:
			parts = append(parts, part)
		}
	}
	if before != "" {
		parts = append(parts, before)
	}
	return parts
}

func outsideQuotes(s string) string {
	quoted := false
	return strings.Map(func(r rune) rune {
		if r == '"' {
			quoted = !quoted
		}
		if quoted {
			return -1
		}
		return r
	}, s)
}
