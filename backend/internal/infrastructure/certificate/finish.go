package certificate

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

var errUnexpectedPDF = errors.New("the PDF library has written another file than expected")

// finish adds what fpdf cannot write: that readers show the document's title instead of the file's name, the
// attachment's name (of ASCII letters, digits, dots and dashes) for programs that know only the old entry for it, which
// fpdf leaves empty, and the version of PDF that all this needs.
func finish(pdf []byte, attachment string) ([]byte, error) {
	copy(pdf, "%PDF-1.7")
	for _, edit := range []struct{ after, text string }{
		{"<< /Type /Filespec /F (", attachment},
		{"/Type /Catalog\n", "/ViewerPreferences << /DisplayDocTitle true >>\n"},
	} {
		at := bytes.LastIndex(pdf, []byte(edit.after))
		if at < 0 {
			return nil, fmt.Errorf("%w: it lacks %q", errUnexpectedPDF, edit.after)
		}
		var err error
		if pdf, err = insert(pdf, at+len(edit.after), edit.text); err != nil {
			return nil, err
		}
	}
	return pdf, nil
}

// insert puts text into an object and moves everything that the cross-reference table, the last thing in the file, says
// of what comes after it.
func insert(pdf []byte, at int, text string) ([]byte, error) {
	const entry = len("0000000000 00000 n \n")
	start := []byte("startxref\n")
	end := bytes.LastIndex(pdf, start)
	digits, _, _ := bytes.Cut(pdf[max(end, 0)+len(start):], []byte("\n"))
	table, err := strconv.Atoi(string(digits))
	if err != nil || end < 0 || table <= at || table > end || !bytes.HasPrefix(pdf[table:], []byte("xref\n0 ")) {
		return nil, fmt.Errorf("%w: no cross-references at its end", errUnexpectedPDF)
	}
	count, rows, _ := bytes.Cut(pdf[table+len("xref\n0 "):end], []byte("\n"))
	objects, err := strconv.Atoi(string(count))
	if err != nil || objects < 0 || len(rows) < objects*entry {
		return nil, fmt.Errorf("%w: cross-references are cut off", errUnexpectedPDF)
	}
	for row := range slices.Chunk(rows[:objects*entry], entry) {
		offset, err := strconv.Atoi(string(row[:10]))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUnexpectedPDF, err)
		}
		if offset > at {
			copy(row, fmt.Sprintf("%010d", offset+len(text)))
		}
	}
	tail := fmt.Sprintf("%s%d\n%%%%EOF\n", start, table+len(text))
	return slices.Concat(pdf[:at], []byte(text), pdf[at:end], []byte(tail)), nil
}
