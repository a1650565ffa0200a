package signers

import (
	"cmp"
	"slices"
)

// Column is a column of a file that is in use.
type Column struct {
	Number int    // from 1
	Title  string // as the header says; "" without one
	Holds  string // email, name, firstName, lastName, notes
}

// columnsOf tells which columns of a file are taken for what; none of a pasted list. The file is one that ReadFile reads.
func columnsOf(raw []byte) []Column {
	text, err := decode(raw)
	if err != nil {
		return nil
	}
	if _, rest, given := cutDirective(text); !given {
		if _, pasted := pastedList(rest); pasted {
			return nil
		}
	}
	records, err := readRecords(text)
	if err != nil || len(records) == 0 {
		return nil
	}
	l, header := layOut(records)
	var columns []Column
	for holds, i := range map[string]int{"email": l.email, "name": l.name, "firstName": l.first, "lastName": l.last, "notes": l.notes} {
		if i < 0 {
			continue
		}
		column := Column{Number: i + 1, Holds: holds}
		if header {
			column.Title = cellAt(records[0].cells, i)
		}
		columns = append(columns, column)
	}
	slices.SortFunc(columns, func(a, b Column) int { return cmp.Compare(a.Number, b.Number) })
	return columns
}
