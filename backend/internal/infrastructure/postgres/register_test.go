package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
)

func TestEmailsAreFoundByWordsWhereverTheyAre(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	must(t, p.exec(t, `INSERT INTO email_queue (to_addresses, subject, template, status) VALUES
		('{ada@example.com}', 'Please read: Policy', 'x', 'sent'), ('{bob@example.com}', 'Please read: Policy', 'x', 'failed'),
		('{cay@example.com}', 'Please read: Handbook', 'x', 'pending'), ('{dan@example.com,ada@example.com}', 'Hello', 'x', 'cancelled'),
		('{ada@example.com}', '100 % sure_', 'x', 'processing')`))
	for _, c := range []struct {
		status emails.Status
		query  string
		want   string // whose, the newest first
	}{
		{"", "", "ada dan cay bob ada"}, {"failed", "", "bob"}, {"", "please", "cay bob ada"}, {"", "POLICY", "bob ada"},
		{"failed", "policy", "bob"}, {"sent", "policy", "ada"}, {"pending", "read", "cay"}, {"processing", "read", ""},
		{"", "ada@", "ada dan ada"}, {"cancelled", "ada@example.com", "dan"}, {"", "%", "ada"}, {"", "e_", "ada"}, {"", "nobody", ""},
	} {
		var got []string
		page := domain.PageRequest{Limit: 2, Query: c.query}
		for {
			found, err := p.queue.List(t.Context(), emails.Filter{Status: c.status}, page)
			must(t, err)
			for _, q := range found.Items {
				got = append(got, strings.Split(q.To, "@")[0])
			}
			if page.Cursor = found.NextCursor; page.Cursor == "" {
				break
			}
		}
		if names := strings.Join(got, " "); names != c.want {
			t.Errorf("%q among %q: %q, want %q", c.query, c.status, names, c.want)
		}
	}
}

func TestManyEndedEmailsAreDeletedInTurns(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	must(t, p.exec(t, `INSERT INTO email_queue (to_addresses, subject, template, status, created_at, ended_at)
		SELECT '{ada@example.com}', 'Hello', 'x', (ARRAY['sent', 'failed', 'cancelled'])[1 + i % 3], '2026-01-01', '2026-01-01'::timestamptz + i * interval '1 s'
		FROM generate_series(1, 1200) i`))
	left := func() (n int, oldest time.Time) {
		must(t, p.queue.Pool.QueryRow(t.Context(), `SELECT count(*), coalesce(min(ended_at), 'epoch') FROM email_queue`).Scan(&n, &oldest))
		return n, oldest.UTC()
	}
	more, err := p.worker.Clean(t.Context())
	must(t, err)
	if n, oldest := left(); !more || n != 200 || !oldest.Equal(time.Date(2026, 1, 1, 0, 16, 41, 0, time.UTC)) {
		t.Errorf("first: more %v, %d left, the oldest of %s", more, n, oldest)
	}
	more, err = p.worker.Clean(t.Context())
	must(t, err)
	if n, _ := left(); more || n != 0 {
		t.Errorf("then: more %v, %d left", more, n)
	}
}
