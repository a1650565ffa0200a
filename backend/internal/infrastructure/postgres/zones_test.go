package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// inZone is a place with its own days, and a moment there.
func inZone(t *testing.T, name, moment string) (*time.Location, time.Time) {
	t.Helper()
	in, err := time.LoadLocation(name)
	must(t, err)
	at, err := time.Parse(time.RFC3339, moment)
	must(t, err)
	return in, at
}

func TestTheTimelinesDaysAreTheOrganisations(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	s, conn := signersOf(l), connect(t, database.Owner)
	for n, c := range []struct {
		zone   string
		signed []string
		want   []string // the day, and how many had signed by its end
	}{
		{"Europe/Berlin", []string{"2026-03-28T22:59:59.999999Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"},
			[]string{"2026-03-28 1", "2026-03-29 3", "2026-03-30 4"}},
		{"Europe/Berlin", []string{"2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"}, []string{"2026-10-25 2", "2026-10-26 3"}},
		{"America/Sao_Paulo", []string{"2018-02-18T02:59:59Z", "2018-02-18T03:00:00Z", "2018-11-04T02:59:59Z", "2018-11-04T03:00:00Z", "2026-11-22T02:59:59Z"},
			[]string{"2018-02-17 1", "2018-02-18 2", "2018-11-03 3", "2018-11-04 4", "2026-11-21 5"}},
		{"Pacific/Apia", []string{"2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z", "2026-11-22T11:00:00Z"}, []string{"2011-12-29 1", "2011-12-31 2", "2026-11-23 3"}},
		{"UTC", []string{"2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z"}, []string{"2026-11-22 1", "2026-11-23 2"}},
		// For PostgreSQL this is one hour ahead, also in summer.
		{"CET", []string{"2026-07-01T22:00:00Z"}, []string{"2026-07-02 1"}},
	} {
		d := l.document(t, fmt.Sprintf("policy%d", n))
		for i, moment := range c.signed {
			in, at := inZone(t, c.zone, moment)
			s.Zone = in
			_, err := conn.Exec(t.Context(), `INSERT INTO expected_signers (doc_id, email, added_by, signed_revision, signed_at) VALUES ($1, $2, 'x', 1, $3)`,
				d.ID, fmt.Sprintf("p%d@example.com", i), at)
			must(t, err)
		}
		status, err := s.Status(t.Context(), l.author, d.ID)
		must(t, err)
		var got []string
		for _, day := range status.Days {
			got = append(got, fmt.Sprintf("%s %d", day.Date.Format(time.DateOnly), day.Signed))
		}
		same(t, c.zone, got, c.want...)
	}
}

func TestWhoeverJoinsHasUntilTheEndOfADayThere(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s := signersOf(l)
	for n, c := range []struct{ zone, now, due string }{
		{"Europe/Berlin", "2026-10-22T22:30:00Z", "2026-10-25T22:59:59.000000Z"}, // Friday there; Sunday has 25 hours
		{"America/Sao_Paulo", "2026-11-22T01:00:00Z", "2026-11-24T02:59:59.000000Z"},
		{"Pacific/Apia", "2026-11-22T11:30:00Z", "2026-11-25T10:59:59.000000Z"},
	} {
		var now time.Time
		s.Zone, now = inZone(t, c.zone, c.now)
		s.Clock = func() time.Time { return now }
		d := l.document(t, fmt.Sprintf("policy%d", n))
		group, err := s.CreateGroup(t.Context(), l.author, c.zone)
		must(t, err)
		_, err = s.AddGroup(t.Context(), l.author, d.ID, group.ID, 2)
		must(t, err)
		email := domain.Email(fmt.Sprintf("p%d@example.com", n))
		_, err = s.AddMembers(t.Context(), l.author, group.ID, asking(string(email)))
		must(t, err)
		same(t, c.zone, entriesAbout(t, l, string(email)), "expected "+c.due)
	}
}
