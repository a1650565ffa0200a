package domain

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestHowFarSomebodyIs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	past, future := now.Add(-time.Hour), now.Add(time.Hour)
	for name, c := range map[string]struct {
		signer   ExpectedSigner
		document Document
		want     SignerState
	}{
		"no deadline":                   {ExpectedSigner{}, Document{MaterialRevision: 1}, SignerPending},
		"before the document's":         {ExpectedSigner{}, Document{MaterialRevision: 1, DueAt: future}, SignerPending},
		"after the document's":          {ExpectedSigner{}, Document{MaterialRevision: 1, DueAt: past}, SignerOverdue},
		"their own is later":            {ExpectedSigner{DueAt: future}, Document{MaterialRevision: 1, DueAt: past}, SignerPending},
		"their own has passed":          {ExpectedSigner{DueAt: past}, Document{MaterialRevision: 1, DueAt: future}, SignerOverdue},
		"signed":                        {ExpectedSigner{SignedRevision: 1, DueAt: past}, Document{MaterialRevision: 1}, SignerSigned},
		"signed before a material one":  {ExpectedSigner{SignedRevision: 1}, Document{Revision: 2, MaterialRevision: 2}, SignerPending},
		"signed before an editorial":    {ExpectedSigner{SignedRevision: 1}, Document{Revision: 2, MaterialRevision: 1}, SignerSigned},
		"withdrawn, although signed":    {ExpectedSigner{SignedRevision: 1, WithdrawnAt: past}, Document{MaterialRevision: 1}, SignerWithdrawn},
		"at the moment of the deadline": {ExpectedSigner{DueAt: now}, Document{MaterialRevision: 1}, SignerPending},
	} {
		if got := c.signer.State(c.document, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for due, want := range map[time.Time]string{
		{}: "", now.Add(time.Second): "", now: "deadline.past", now.Add(-time.Second): "deadline.past", now.AddDate(101, 0, 0): "deadline.too_far",
	} {
		code := ""
		if err := CheckDeadline(due, now); err != nil {
			code = AsError(err).Code
		}
		if code != want {
			t.Errorf("%s: %q, want %q", due, code, want)
		}
	}
	for name, c := range map[string]struct {
		was, becomes time.Time
		reason       string
		refused      bool
	}{
		"the first one":   {time.Time{}, now, "", false},
		"the same one":    {now, now, "", false},
		"another, why":    {now, now.Add(time.Hour), " holidays ", false},
		"another, silent": {now, now.Add(time.Hour), " \u200d ", true},
		"none, silent":    {now, time.Time{}, "", true},
		"two lines":       {time.Time{}, now, "a\nb", true},
		"too long":        {time.Time{}, now, strings.Repeat("x", 501), true},
	} {
		reason, err := DeadlineReason(c.was, c.becomes, c.reason)
		if errors.Is(err, ErrDeadlineReason) != c.refused || err == nil && reason != strings.TrimSpace(c.reason) {
			t.Errorf("%s: %q %v", name, reason, err)
		}
	}
}

func TestTheLedgerStatesTheDeadlineThatCounts(t *testing.T) {
	t.Parallel()
	own, of := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	r := Roster{
		By: "ada", Documents: []Document{{ID: "a", DueAt: of}, {ID: "b"}},
		Asked:     []ExpectedSigner{{DocID: "a", Email: "x@example.com"}, {DocID: "a", Email: "y@example.com", DueAt: own}, {DocID: "b", Email: "z@example.com"}},
		Told:      []ExpectedSigner{{DocID: "b", Email: "w@example.com"}},
		Withdrawn: []ExpectedSigner{{DocID: "a", Email: "v@example.com", DueAt: own}},
		Deadline:  &NewDeadline{DocID: "b", DueAt: own},
	}
	asked, withdrawn := r.Expectations()
	for i, want := range []time.Time{of, own, own, own} {
		if !asked[i].DueAt.Equal(want) || asked[i].By != "ada" {
			t.Errorf("%+v, want %s", asked[i], want)
		}
	}
	if len(asked) != 4 || len(withdrawn) != 1 || !withdrawn[0].DueAt.IsZero() || withdrawn[0].Email != "v@example.com" {
		t.Errorf("%+v %+v", asked, withdrawn)
	}
}

func TestNamesAndNotes(t *testing.T) {
	t.Parallel()
	for in, fine := range map[string]bool{"": true, "  ": true, "Sales, north": true, "a\nb": false, strings.Repeat("x", 201): false} {
		if _, err := ParseOptionalName(in); (err == nil) != fine {
			t.Errorf("name %q: %v", in, err)
		}
	}
	for in, fine := range map[string]bool{"": true, "two\r\nlines\tand a tab": true, "a\x00b": false, strings.Repeat("x", 1001): false} {
		if _, err := ParseNotes(in); (err == nil) != fine {
			t.Errorf("notes %q: %v", in, err)
		}
	}
	for in, fine := range map[string]bool{"": false, "Sales, north": true, "\u200d": false, "a\nb": false, strings.Repeat("x", 101): false} {
		if _, err := ParseGroupName(in); (err == nil) != fine {
			t.Errorf("group %q: %v", in, err)
		}
	}
}
