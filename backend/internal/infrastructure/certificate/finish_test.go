package certificate

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Some programs mend a wrong cross-reference table silently; others then show nothing.
func TestCrossReferencesPointAtTheirObjects(t *testing.T) {
	t.Parallel()
	pdf := string(render(t, usual()))
	if !strings.HasPrefix(pdf, "%PDF-1.7\n") || !strings.Contains(pdf, "/F (k7m2n4p8-r2-0.tlog-proof) /UF ") {
		t.Error("version or the attachment's name is missing")
	}
	start := pdf[strings.LastIndex(pdf, "startxref\n")+len("startxref\n"):]
	offset, err := strconv.Atoi(strings.TrimSuffix(start, "\n%%EOF\n"))
	check(t, err)
	lines := strings.Split(pdf[offset:], "\n")
	if lines[0] != "xref" {
		t.Fatalf("the table begins with %q", lines[0])
	}
	objects := 0
	for i, line := range lines[3:] {
		digits, used := strings.CutSuffix(line, " 00000 n ")
		if !used {
			break
		}
		at, err := strconv.Atoi(digits)
		check(t, err)
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !strings.HasPrefix(pdf[at:], want) {
			t.Errorf("object %d is said to be at %d, where %q stands", i+1, at, pdf[at:at+10])
		}
		objects++
	}
	if objects < 20 {
		t.Errorf("only %d objects", objects)
	}
}

func TestFinishRefusesAnotherFile(t *testing.T) {
	t.Parallel()
	objects := "%PDF-1.3\n<< /Type /Filespec /F ()\n/Type /Catalog\n"
	for _, end := range []string{
		"", "startxref\n", "startxref\nx\n%%EOF", "startxref\n5\n", "xref\n0 1\nstartxref\n49\n", "xref\n0 x\nstartxref\n49\n",
		"xref\n0 1\nx000000000 00000 n \nstartxref\n49\n", "startxref\n99999\n",
	} {
		if _, err := finish(bytes.Clone([]byte(objects+end)), "name"); !errors.Is(err, errUnexpectedPDF) {
			t.Errorf("%q: %v", end, err)
		}
	}
	if _, err := finish([]byte("%PDF-1.3\n"), "name"); !errors.Is(err, errUnexpectedPDF) {
		t.Error(err)
	}
}
