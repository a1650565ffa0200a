package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/erasure"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Everything that is kept is counted here anew.
const (
	countedStatus = `SELECT count(*), count(*) FILTER (WHERE e.signed_revision >= d.material_revision),
		count(*) FILTER (WHERE e.signed_revision < d.material_revision AND coalesce(e.due_at, d.due_at) < $2),
		(SELECT count(DISTINCT s.user_email) FROM signatures s
			WHERE s.doc_id = $1 AND s.revision >= (SELECT material_revision FROM documents WHERE doc_id = $1) AND s.user_email NOT LIKE 'erased:%'
				AND NOT EXISTS (SELECT FROM expected_signers x WHERE x.doc_id = s.doc_id AND x.email = s.user_email))
		FROM expected_signers e JOIN documents d ON d.doc_id = e.doc_id WHERE e.doc_id = $1 AND e.withdrawn_at IS NULL`
	countedDays = `SELECT day::text || ' ' || sum(n) OVER (ORDER BY day) FROM (
			SELECT (e.signed_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n FROM expected_signers e JOIN documents d ON d.doc_id = e.doc_id
			WHERE e.doc_id = $1 AND e.withdrawn_at IS NULL AND e.signed_revision >= d.material_revision GROUP BY 1
		) t ORDER BY 1`
	countedUnexpected = `SELECT user_email::text || ' unexpected' FROM (
			SELECT DISTINCT ON (s.user_email) s.user_email, s.signed_at, s.id FROM signatures s JOIN documents d ON d.doc_id = s.doc_id
			WHERE s.doc_id = $1 AND s.revision >= d.material_revision AND s.user_email NOT LIKE 'erased:%'
				AND NOT EXISTS (SELECT FROM expected_signers x WHERE x.doc_id = s.doc_id AND x.email = s.user_email)
			ORDER BY s.user_email, s.revision DESC, s.id
		) t ORDER BY `
	keptCounts = `SELECT concat_ws(' ', doc_id, revision, signatures, expected, unexpected) FROM signature_counts WHERE signatures + expected + unexpected > 0
		UNION ALL SELECT concat_ws(' ', doc_id, revision, quarter, expected) FROM signing_times WHERE expected > 0
		UNION ALL SELECT concat_ws(' ', doc_id, email, revision, signed_at, signature_id) FROM unexpected_signers ORDER BY 1`
)

// roll is two documents with people who are asked and sign.
type roll struct {
	*testing.T
	*testLedger
	database  dbtest.Database
	signers   signers.Service
	documents []string
	users     map[string]domain.User
	group     string
	changes   int
}

func newRoll(t *testing.T) *roll {
	r := &roll{T: t, database: dbtest.New(t), users: map[string]domain.User{}}
	r.testLedger = newLedger(t, r.database)
	r.signers = signersOf(r.testLedger)
	for _, reference := range []string{"first", "second"} {
		r.documents = append(r.documents, r.document(t, reference).ID)
	}
	group, err := r.signers.CreateGroup(context.Background(), r.author, "Sales")
	must(t, err)
	r.group = group.ID
	return r
}

// change is another number each time.
func (r *roll) change() int {
	r.changes++
	return r.changes
}

func (r *roll) sign(docID, email string) {
	if _, there := r.users[email]; !there {
		r.users[email] = r.user(r.T, email, domain.RoleSigner)
	}
	_, _, err := r.signing.Sign(context.Background(), session(r.users[email]), signing.SignInput{DocID: docID})
	must(r.T, err)
}

func (r *roll) exec(sql string, args ...any) {
	_, err := r.db.Pool.Exec(context.Background(), sql, args...)
	must(r.T, err)
}

func (r *roll) erase(email string) {
	migrate, err := postgres.Open(context.Background(), postgres.PoolConfig{DSN: r.database.Migrate, MaxConns: 1})
	must(r.T, err)
	defer migrate.Close()
	once := ledger.Once{Keys: secretKeys(r.T, testSecret), Origin: testOrigin, Clock: time.Now}
	_, err = erasure.Service{Repository: postgres.Erasures{DB: r.db}, Clock: time.Now}.Carry(
		context.Background(), postgres.Erasures{DB: postgres.DB{Pool: migrate}}, once, email, "asked for it")
	if !errors.Is(err, erasure.ErrNobody) {
		must(r.T, err)
	}
	delete(r.users, email)
}

func (r *roll) revise(docID string, change domain.Change) {
	title := fmt.Sprintf("Title %d", r.change())
	_, err := r.testLedger.documents.Revise(context.Background(), r.author, docID, documents.ReviseInput{Change: change, Title: &title})
	must(r.T, err)
}

func (r *roll) lines(sql string, args ...any) []string {
	rows, err := r.db.Pool.Query(context.Background(), sql, args...)
	must(r.T, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(r.T, err)
	return lines
}

// compare compares what is kept of each document with what is counted.
func (r *roll) compare() {
	ctx := context.Background()
	for _, id := range r.documents {
		for _, in := range []time.Duration{0, 36 * time.Hour, 60 * time.Hour} {
			var want signers.Status
			at := time.Now().Add(in)
			must(r.T, r.db.Pool.QueryRow(ctx, countedStatus, id, at).Scan(&want.Expected, &want.Signed, &want.Overdue, &want.Unexpected))
			got, err := postgres.Signers{DB: r.db}.Status(ctx, id, at, time.UTC)
			must(r.T, err)
			if got.Expected != want.Expected || got.Signed != want.Signed || got.Overdue != want.Overdue || got.Unexpected != want.Unexpected {
				r.Fatalf("%s in %s: kept %+v, counted %+v", id, in, got, want)
			}
			for _, state := range []string{"", "overdue"} {
				listed, err := postgres.Documents{DB: r.db}.List(ctx, documents.Filter{State: state, Now: at}, domain.PageRequest{Limit: 10})
				must(r.T, err)
				place := slices.IndexFunc(listed.Items, func(d documents.Listed) bool { return d.ID == id })
				if place < 0 != (state == "overdue" && want.Overdue == 0) || place >= 0 && listed.Items[place].Overdue != want.Overdue {
					r.Fatalf("%s: listed (%q) at %d of %+v, counted %+v", id, state, place, listed.Items, want)
				}
			}
			var days []string
			for _, d := range got.Days {
				days = append(days, fmt.Sprintf("%s %d", d.Date.Format(time.DateOnly), d.Signed))
			}
			same(r.T, id+" days", days, r.lines(countedDays, id)...)
			view, err := r.testLedger.documents.Get(ctx, r.author, id)
			must(r.T, err)
			if view.Expected != want.Expected || view.Missing != want.Expected-want.Signed {
				r.Fatalf("%s: shown %+v, counted %+v", id, view.Expectation, want)
			}
		}
		for sort, order := range map[string]string{"email": "user_email, id", "-signedAt": "signed_at DESC, id DESC"} {
			same(r.T, id+" unexpected by "+sort, statuses(r.T, r.signers, r.author, id, signers.Filter{List: signers.ListUnexpected, Sort: sort}),
				r.lines(countedUnexpected+order, id)...)
		}
	}
	page, err := r.testLedger.documents.List(ctx, r.author, documents.Filter{}, domain.PageRequest{Limit: 10})
	must(r.T, err)
	for _, listed := range page.Items {
		one, err := r.testLedger.documents.Get(ctx, r.author, listed.ID)
		must(r.T, err)
		if listed.Expectation != one.Expectation || listed.Signatures != one.Signatures {
			r.Fatalf("listed %+v, shown %+v", listed, one)
		}
	}
	for _, check := range []string{sqlcgen.WrongSignerCount, sqlcgen.WrongSignatureCount} {
		same(r.T, "verify", r.lines(check))
	}
}

// Whatever happens, the kept counts are what counting gives, and what the migration would make of all rows.
func TestCountsAreKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		t.Run("counts", func(t *testing.T) {
			r, ctx := newRoll(t), context.Background()
			doc := func(rt *rapid.T) string { return rapid.SampledFrom(r.documents).Draw(rt, "document") }
			email := func(rt *rapid.T) string {
				return rapid.SampledFrom([]string{"ann@example.com", "bob@example.com", "cay@example.com", "dan@example.com"}).Draw(rt, "who")
			}
			due := func(rt *rapid.T) time.Time {
				days := rapid.IntRange(0, 2).Draw(rt, "days")
				if days == 0 {
					return time.Time{}
				}
				return time.Now().UTC().Truncate(time.Microsecond).AddDate(0, 0, days)
			}
			sign := func(rt *rapid.T) { r.sign(doc(rt), email(rt)) }
			ask := func(rt *rapid.T) {
				_, err := r.signers.Add(ctx, r.author, doc(rt), []signers.Person{{Email: email(rt), DueAt: due(rt)}, {Email: email(rt)}})
				must(t, err)
			}
			rt.Repeat(map[string]func(*rapid.T){
				"sign": sign, "sign too": sign, "and sign": sign, "ask": ask, "ask again": ask,
				"withdraw": func(rt *rapid.T) {
					if err := r.signers.Withdraw(ctx, r.author, doc(rt), email(rt)); !errors.Is(err, domain.ErrSignerNotFound) {
						must(t, err)
					}
				},
				"a group": func(rt *rapid.T) {
					if _, err := r.signers.AddGroup(ctx, r.author, doc(rt), r.group, 1); !errors.Is(err, domain.ErrGroupAdded) {
						must(t, err)
					}
				},
				"a joiner": func(rt *rapid.T) {
					_, err := r.signers.AddMembers(ctx, r.author, r.group, asking(email(rt)))
					must(t, err)
				},
				"no group": func(rt *rapid.T) {
					if err := r.signers.RemoveGroup(ctx, r.author, doc(rt), r.group, true); !errors.Is(err, domain.ErrGroupNotFound) {
						must(t, err)
					}
				},
				"a deadline": func(rt *rapid.T) {
					_, err := r.signers.SetDeadline(ctx, r.author, doc(rt), signers.Deadline{DueAt: due(rt), Reason: "Later"})
					must(t, err)
				},
				"material":  func(rt *rapid.T) { r.revise(doc(rt), domain.ChangeMaterial) },
				"editorial": func(rt *rapid.T) { r.revise(doc(rt), domain.ChangeEditorial) },
				"erase":     func(rt *rapid.T) { r.erase(email(rt)) },
				"somebody else gets the address": func(rt *rapid.T) {
					address := email(rt)
					r.exec("UPDATE users SET email = $1 WHERE email = $2", fmt.Sprintf("was%d@example.com", r.change()), address)
					delete(r.users, address)
				},
				"a row changed by hand": func(rt *rapid.T) {
					r.exec("UPDATE expected_signers SET email = $1 WHERE email = $2", fmt.Sprintf("other%d@example.com", r.change()), email(rt))
				},
				"a row deleted by hand": func(rt *rapid.T) {
					r.exec("DELETE FROM expected_signers WHERE email = $1 AND doc_id = $2", email(rt), doc(rt))
				},
				"": func(*rapid.T) {
					if r.compare(); t.Failed() {
						t.FailNow()
					}
				},
			})
			kept := r.lines(keptCounts)
			m := migrator(t, r.database.Migrate)
			must(t, errors.Join(m.Goto(18), m.Up()))
			if made := r.lines(keptCounts); !slices.Equal(kept, made) {
				t.Errorf("kept:\n%q\nmade by the migration:\n%q", kept, made)
			}
		})
	})
}

// People in the middle of a list are where they belong on the next page, whatever becomes of whoever ended the one before.
func TestPagesOfTheUnexpectedGoOnAfterWhoeverIsAsked(t *testing.T) {
	t.Parallel()
	r := newRoll(t)
	for _, who := range []string{"dan", "bob", "ann", "cay"} {
		r.sign(r.documents[0], who+"@example.com")
	}
	for sort, want := range map[string]string{"email": "cay@example.com", "-signedAt": "bob@example.com"} {
		filter := signers.Filter{List: signers.ListUnexpected, Sort: sort}
		first, err := r.signers.List(t.Context(), r.author, r.documents[0], filter, domain.PageRequest{Limit: 2})
		must(t, err)
		ends := first.Items[1].Email
		r.exec("INSERT INTO expected_signers (doc_id, email, added_by) VALUES ($1, $2, $3)", r.documents[0], string(ends), uuid.NewString())
		next, err := r.signers.List(t.Context(), r.author, r.documents[0], filter, domain.PageRequest{Limit: 1, Cursor: first.NextCursor})
		must(t, err)
		if len(next.Items) != 1 || string(next.Items[0].Email) != want {
			t.Errorf("by %s after %s: %+v", sort, ends, next.Items)
		}
		r.exec("DELETE FROM expected_signers WHERE doc_id = $1", r.documents[0])
	}
	for query, want := range map[string]int{"ANN": 1, "example": 4, "nobody": 0} {
		found, err := r.signers.List(t.Context(), r.author, r.documents[0], signers.Filter{List: signers.ListUnexpected}, domain.PageRequest{Limit: 9, Query: query})
		if must(t, err); len(found.Items) != want {
			t.Errorf("search %q: %d", query, len(found.Items))
		}
	}
}

// What one transaction cannot record of everybody is refused, and nothing changes.
func TestADeadlineThatTooManyFollowIsRefused(t *testing.T) {
	t.Parallel()
	r := newRoll(t)
	r.exec("INSERT INTO expected_signers (doc_id, email, added_by) SELECT $1, 'p' || i || '@example.com', 'x' FROM generate_series(1, 30001) i", r.documents[0])
	due := time.Now().AddDate(0, 0, 7)
	if _, err := r.signers.SetDeadline(t.Context(), r.author, r.documents[0], signers.Deadline{DueAt: due, Reason: "Now"}); !errors.Is(err, domain.ErrTooManyFollow) {
		t.Errorf("30,001 people: %v", err)
	}
	status, err := r.signers.Status(t.Context(), r.author, r.documents[0])
	if must(t, err); status.Expected != 30_001 || !status.DueAt.IsZero() {
		t.Errorf("status %+v", status)
	}
	_, err = r.signers.SetDeadline(t.Context(), r.author, r.documents[1], signers.Deadline{DueAt: due, Reason: "Now"})
	must(t, err)
}
