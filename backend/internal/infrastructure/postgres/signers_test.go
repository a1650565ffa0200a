package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// signersOf is the real thing beside a test's ledger, at a time of its own.
func signersOf(l *testLedger) signers.Service {
	return signers.Service{
		Documents: postgres.Documents{DB: l.db}, Repository: postgres.Signers{DB: l.db}, Groups: postgres.Groups{DB: l.db},
		Signatures: postgres.Signatures{DB: l.db}, Ledger: l.sequencer, Creators: domain.CreatorsAuthors, Zone: time.UTC, Clock: time.Now,
	}
}

func asking(addresses ...string) []signers.Person {
	all := make([]signers.Person, len(addresses))
	for i, a := range addresses {
		all[i].Email = a
	}
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// statuses says of each person of a list how far they are, in its order.
func statuses(t testing.TB, s signers.Service, by domain.User, docID string, f signers.Filter) (all []string) {
	t.Helper()
	page := domain.PageRequest{Limit: 2}
	for {
		found, err := s.List(t.Context(), by, docID, f, page)
		must(t, err)
		for _, p := range found.Items {
			all = append(all, fmt.Sprintf("%s %s", p.Email, p.State))
		}
		if page.Cursor = found.NextCursor; page.Cursor == "" {
			return all
		}
	}
}

func same[T comparable](t testing.TB, what string, got []T, want ...T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: got %v, want %v", what, got, want)
			return
		}
	}
}

func TestPeopleAreAskedSignAndAreWithdrawn(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s, d := signersOf(l), l.document(t, "policy")
	early, eve := l.user(t, "early@example.com", domain.RoleSigner), l.user(t, "eve@example.com", domain.RoleSigner)
	sign := func(u domain.User) {
		t.Helper()
		_, _, err := l.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: d.ID})
		must(t, err)
	}
	sign(early)
	sign(eve)

	soon := time.Now().UTC().Add(48 * time.Hour).Truncate(time.Microsecond)
	asked := append(asking("Bob <BOB@example.com>", "early@example.com", "bob@example.com"), signers.Person{Email: "ann@example.com", Name: "Ann", DueAt: soon})
	added, err := s.Add(t.Context(), l.author, d.ID, asked)
	must(t, err)
	if added != (signers.Added{Added: 3, Existing: 1}) {
		t.Errorf("added %+v", added)
	}
	again, err := s.Add(t.Context(), l.author, d.ID, asked)
	must(t, err)
	if again != (signers.Added{Existing: 4}) {
		t.Errorf("added again %+v", again)
	}
	same(t, "expected", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListExpected, Sort: "email"}),
		"ann@example.com pending", "bob@example.com pending", "early@example.com signed")
	same(t, "by deadline", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListMissing, Sort: "dueAt"}), "ann@example.com pending", "bob@example.com pending")
	same(t, "by signature", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListExpected, Sort: "-signedAt"}),
		"early@example.com signed", "ann@example.com pending", "bob@example.com pending")
	for _, sort := range []string{"name", "-addedAt"} {
		if got := statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListExpected, Sort: sort}); len(got) != 3 {
			t.Errorf("by %s: %v", sort, got)
		}
	}
	same(t, "unexpected", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListUnexpected, Sort: "email"}), "eve@example.com unexpected")
	for query, want := range map[string]int{"BOB": 1, "example": 3, "%": 0, "ann": 1} {
		found, err := s.List(t.Context(), l.author, d.ID, signers.Filter{List: signers.ListExpected}, domain.PageRequest{Limit: 20, Query: query})
		if must(t, err); len(found.Items) != want {
			t.Errorf("search %q: %d", query, len(found.Items))
		}
	}

	bob := l.user(t, "bob@example.com", domain.RoleSigner)
	mine, total, err := s.Mine(t.Context(), bob, domain.PageRequest{Limit: 20})
	if must(t, err); total != 1 || len(mine.Items) != 1 || mine.Items[0].DocID != d.ID {
		t.Errorf("mine: %d %+v", total, mine)
	}
	sign(bob)
	status, err := s.Status(t.Context(), l.author, d.ID)
	must(t, err)
	if status.Expected != 3 || status.Signed != 2 || status.Overdue != 0 || status.Unexpected != 1 || status.Completion() != 66.67 || len(status.Days) == 0 ||
		status.Days[len(status.Days)-1].Signed != 2 {
		t.Errorf("status %+v", status)
	}

	must(t, s.Withdraw(t.Context(), l.author, d.ID, "ann@example.com"))
	must(t, s.Withdraw(t.Context(), l.author, d.ID, "ann@example.com"))
	if err := s.Withdraw(t.Context(), l.author, d.ID, "nobody@example.com"); !errors.Is(err, domain.ErrSignerNotFound) {
		t.Errorf("withdrawing nobody: %v", err)
	}
	same(t, "withdrawn", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListWithdrawn}), "ann@example.com withdrawn")
	var pending int
	must(t, l.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM completion_checks WHERE doc_id = $1`, d.ID).Scan(&pending))
	if pending != 1 {
		t.Errorf("%d checks of the completion wait", pending)
	}
	back, err := s.Add(t.Context(), l.author, d.ID, asking("ann@example.com"))
	must(t, err)
	if back != (signers.Added{Added: 1}) {
		t.Errorf("asked again: %+v", back)
	}
	same(t, "asked again", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListMissing}), "ann@example.com pending")
	same(t, "entries", entriesAbout(t, l, "ann@example.com"), "expected "+soon.Format("2006-01-02T15:04:05.000000Z"), "unexpected ", "expected ")
	if _, err := s.Add(t.Context(), eve, d.ID, asking("x@example.com")); !errors.Is(err, domain.ErrEditForbidden) {
		t.Errorf("a signer asks: %v", err)
	}
}

// entriesAbout are the types and deadlines of the entries about who is asked, in order.
func entriesAbout(t testing.TB, l *testLedger, email string) (all []string) {
	t.Helper()
	rows, err := l.db.Pool.Query(t.Context(), `SELECT type || ' ' || coalesce(convert_from(payload, 'UTF8')::jsonb ->> 'due_at', '') FROM ledger_entries
		WHERE type IN ('expected', 'unexpected') AND convert_from(payload, 'UTF8')::jsonb ->> 'email' = $1 ORDER BY seq`, email)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var one string
		must(t, rows.Scan(&one))
		all = append(all, one)
	}
	must(t, rows.Err())
	return all
}

func TestOneIsAskedOnceByManyAtOnce(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	other := openLedger(t, database.DB(t), nil) // another process
	d := l.document(t, "policy")
	both := []signers.Service{signersOf(l), signersOf(other)}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var total signers.Added
	for i := range 12 {
		wg.Go(func() {
			added, err := both[i%2].Add(t.Context(), l.author, d.ID, asking("same@example.com", fmt.Sprintf("own%d@example.com", i)))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total.Added, total.Existing = total.Added+added.Added, total.Existing+added.Existing
		})
	}
	wg.Wait()
	if total != (signers.Added{Added: 13, Existing: 11}) {
		t.Errorf("in all %+v", total)
	}
	same(t, "entries", entriesAbout(t, l, "same@example.com"), "expected ")
}

func TestNobodyIsAskedToSignADeletedDocument(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s := signersOf(l)
	for i := range 8 {
		d := l.document(t, fmt.Sprintf("policy%d", i))
		var wg sync.WaitGroup
		var asked error
		wg.Go(func() { _, asked = s.Add(t.Context(), l.author, d.ID, asking("ann@example.com")) })
		wg.Go(func() { must(t, l.documents.Delete(t.Context(), l.author, d.ID)) })
		wg.Wait()
		if asked != nil && !errors.Is(asked, domain.ErrDocumentDeleted) {
			t.Error(asked)
		}
		var inOrder bool
		must(t, l.db.Pool.QueryRow(t.Context(), `SELECT coalesce((SELECT max(e.seq) FROM expected_signers e WHERE e.doc_id = $1), 0)
			< (SELECT max(seq) FROM ledger_entries WHERE type = 'document.deleted')`, d.ID).Scan(&inOrder))
		if !inOrder {
			t.Errorf("somebody was asked after %s had been deleted", d.ID)
		}
		if _, err := s.Add(t.Context(), l.author, d.ID, asking("bob@example.com")); !errors.Is(err, domain.ErrDocumentDeleted) {
			t.Error(err)
		}
	}
}

func TestDeadlinesAreRecordedOfThoseTheyChangeFor(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s, d := signersOf(l), l.document(t, "policy")
	day := func(n int) time.Time {
		return time.Now().UTC().Add(time.Duration(n) * 24 * time.Hour).Truncate(time.Microsecond)
	}
	first, second, own := day(10), day(20), day(5)
	_, err := s.Add(t.Context(), l.author, d.ID, append(asking("ann@example.com"), signers.Person{Email: "bob@example.com", DueAt: own}))
	must(t, err)
	status, err := s.SetDeadline(t.Context(), l.author, d.ID, signers.Deadline{DueAt: first})
	if must(t, err); !status.DueAt.Equal(first) {
		t.Errorf("status %+v", status)
	}
	_, err = s.SetDeadline(t.Context(), l.author, d.ID, signers.Deadline{DueAt: first})
	must(t, err)
	for what, c := range map[string]struct {
		in   signers.Deadline
		want *domain.Error
	}{
		"no reason":    {signers.Deadline{DueAt: second, Reason: " "}, domain.ErrDeadlineReason},
		"in the past":  {signers.Deadline{DueAt: day(-1), Reason: "because"}, domain.ErrDeadlinePast},
		"taken away":   {signers.Deadline{}, domain.ErrDeadlineReason},
		"very far off": {signers.Deadline{DueAt: day(40_000), Reason: "because"}, domain.ErrDeadlineTooFar},
	} {
		if _, err := s.SetDeadline(t.Context(), l.author, d.ID, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = s.SetDeadline(t.Context(), l.author, d.ID, signers.Deadline{DueAt: second, Reason: "holidays"})
	must(t, err)
	_, err = s.Add(t.Context(), l.author, d.ID, asking("cay@example.com"))
	must(t, err)
	format := func(at time.Time) string { return "expected " + at.Format("2006-01-02T15:04:05.000000Z") }
	same(t, "ann", entriesAbout(t, l, "ann@example.com"), "expected ", format(first), format(second))
	same(t, "bob", entriesAbout(t, l, "bob@example.com"), format(own))
	same(t, "cay", entriesAbout(t, l, "cay@example.com"), format(second))

	notes, muted := "on leave", true
	updated, err := s.Update(t.Context(), l.author, d.ID, "bob@example.com", signers.UpdateInput{
		Notes: &notes, Muted: &muted, Deadline: &signers.Deadline{Reason: "like everybody"},
	})
	if must(t, err); !updated.Deadline.Equal(second) || !updated.DueAt.IsZero() || updated.DueReason != "like everybody" || !updated.Muted || updated.Notes != notes {
		t.Errorf("updated %+v", updated)
	}
	same(t, "bob", entriesAbout(t, l, "bob@example.com"), format(own), format(second))
	_, err = s.Update(t.Context(), l.author, d.ID, "bob@example.com", signers.UpdateInput{Deadline: &signers.Deadline{DueAt: second}})
	must(t, err)
	same(t, "bob, the same day", entriesAbout(t, l, "bob@example.com"), format(own), format(second))
	if _, err := s.Update(t.Context(), l.author, d.ID, "nobody@example.com", signers.UpdateInput{Notes: &notes}); !errors.Is(err, domain.ErrSignerNotFound) {
		t.Error(err)
	}
	late := s
	late.Clock = func() time.Time { return day(30) }
	after, err := late.Status(t.Context(), l.author, d.ID)
	if must(t, err); after.Overdue != 3 {
		t.Errorf("overdue: %+v", after)
	}
	if got := statuses(t, late, l.author, d.ID, signers.Filter{List: signers.ListOverdue}); len(got) != 3 || got[0] != "ann@example.com overdue" {
		t.Errorf("overdue: %v", got)
	}
}

func TestADeadlineReachesWhoIsAddedMeanwhile(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s, d := signersOf(l), l.document(t, "policy")
	due := time.Now().UTC().Add(48 * time.Hour).Truncate(time.Microsecond)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if _, err := s.Add(t.Context(), l.author, d.ID, asking(fmt.Sprintf("p%d@example.com", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		if _, err := s.SetDeadline(t.Context(), l.author, d.ID, signers.Deadline{DueAt: due}); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	for i := range 10 {
		entries := entriesAbout(t, l, fmt.Sprintf("p%d@example.com", i))
		if entries[len(entries)-1] != "expected "+due.Format("2006-01-02T15:04:05.000000Z") {
			t.Errorf("p%d: %v", i, entries)
		}
	}
}

func TestWhatIsShownOfWhoIsAskedIsCheckedWithTheLedger(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	s := signersOf(w.testLedger)
	due := time.Now().UTC().Add(48 * time.Hour).Truncate(time.Microsecond)
	_, err := s.Add(t.Context(), w.author, "first", append(asking("ann@example.com", "bob@example.com"), signers.Person{Email: "cay@example.com", DueAt: due}))
	must(t, err)
	_, err = s.SetDeadline(t.Context(), w.author, "first", signers.Deadline{DueAt: due})
	must(t, err)
	must(t, s.Withdraw(t.Context(), w.author, "first", "bob@example.com"))
	_, err = w.verify(t.Context(), 0)
	must(t, err)
	conn := connect(t, w.database.Owner)
	for what, c := range map[string]struct{ change, undo string }{
		"somebody is no longer asked": {
			"UPDATE expected_signers SET withdrawn_at = now(), withdrawn_by = 'x' WHERE email = 'ann@example.com'",
			"UPDATE expected_signers SET withdrawn_at = NULL, withdrawn_by = NULL WHERE email = 'ann@example.com'",
		},
		"somebody is asked again": {
			"CREATE TABLE kept AS SELECT withdrawn_at FROM expected_signers WHERE email = 'bob@example.com'; UPDATE expected_signers SET withdrawn_at = NULL WHERE email = 'bob@example.com'",
			"UPDATE expected_signers SET withdrawn_at = (SELECT withdrawn_at FROM kept) WHERE email = 'bob@example.com'; DROP TABLE kept",
		},
		"somebody has more time": {
			"UPDATE expected_signers SET due_at = due_at + interval '1 day' WHERE email = 'cay@example.com'",
			"UPDATE expected_signers SET due_at = due_at - interval '1 day' WHERE email = 'cay@example.com'",
		},
		"everybody has more time": {
			"UPDATE documents SET due_at = due_at + interval '1 day' WHERE doc_id = 'first'", "UPDATE documents SET due_at = due_at - interval '1 day' WHERE doc_id = 'first'",
		},
		"an entry is forgotten": {
			"UPDATE expected_signers SET seq = -1 - seq WHERE email = 'cay@example.com'", "UPDATE expected_signers SET seq = -1 - seq WHERE email = 'cay@example.com'",
		},
		"somebody is another": {
			"UPDATE expected_signers SET email = 'eve@example.com' WHERE email = 'ann@example.com'", "UPDATE expected_signers SET email = 'ann@example.com' WHERE email = 'eve@example.com'",
		},
		"somebody is gone": {
			"CREATE TABLE kept AS SELECT * FROM expected_signers WHERE email = 'ann@example.com'; DELETE FROM expected_signers WHERE email = 'ann@example.com'",
			"INSERT INTO expected_signers SELECT * FROM kept; DROP TABLE kept",
		},
	} {
		_, err := conn.Exec(t.Context(), c.change)
		must(t, err)
		_, err = w.verify(t.Context(), 0)
		var finding *audit.Finding
		if !errors.As(err, &finding) || finding.Code != "signer.column" {
			t.Errorf("%s: %v", what, err)
		}
		_, err = conn.Exec(t.Context(), c.undo)
		must(t, err)
	}
	_, err = w.verify(t.Context(), 0)
	must(t, err)
}

func TestWaitingRemindersOfTheWithdrawnAreCancelled(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	s, d, other := signersOf(l), l.document(t, "policy"), l.document(t, "other")
	for _, id := range []string{d.ID, other.ID} {
		_, err := s.Add(t.Context(), l.author, id, asking("ann@example.com", "bob@example.com"))
		must(t, err)
	}
	conn := connect(t, database.Owner)
	_, err := conn.Exec(t.Context(), `INSERT INTO email_queue (to_addresses, subject, template, status, reference_type, reference_id) VALUES
		('{ann@example.com}', 'waits', 'reminder', 'pending', 'reminder', 'policy'), ('{ann@example.com}', 'failed', 'reminder', 'failed', 'reminder', 'policy'),
		('{bob@example.com}', 'of another', 'reminder', 'pending', 'reminder', 'policy'), ('{ann@example.com}', 'elsewhere', 'reminder', 'pending', 'reminder', 'other')`)
	must(t, err)
	_, err = conn.Exec(t.Context(), `UPDATE email_queue SET last_error = 'The mail server could not be reached.', error_details = '{"cause": "unreachable"}'`)
	must(t, err)
	must(t, s.Withdraw(t.Context(), l.author, d.ID, "ann@example.com"))
	same(t, "cancelled", column[string](t, conn, "SELECT subject FROM email_queue WHERE status = 'cancelled'", 0), "waits")
	same(t, "why", column[string](t, conn, "SELECT last_error || ' ' || (error_details ->> 'cause') FROM email_queue WHERE status = 'cancelled'", 0),
		"Not sent: the person is no longer asked. not_asked")
}

// What operators know by heart gives the right answer while a document has one revision and nobody was withdrawn.
func TestManyAreWithdrawnAtOnce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s, d := signersOf(l), l.document(t, "policy")
	_, err := s.Add(t.Context(), l.author, d.ID, asking("ann@example.com", "bob@example.com", "cid@example.com", "dee@example.com"))
	must(t, err)
	must(t, s.Withdraw(t.Context(), l.author, d.ID, "dee@example.com"))
	withdraw := func(addresses ...string) signers.Withdrawn {
		t.Helper()
		out, err := s.WithdrawAll(t.Context(), l.author, d.ID, addresses)
		must(t, err)
		return out
	}
	count := func(query string) (n int) {
		t.Helper()
		must(t, l.db.Pool.QueryRow(t.Context(), query).Scan(&n))
		return n
	}
	checkpoints := count(`SELECT count(*) FROM ledger_checkpoints`)
	out := withdraw("ANN@example.com", "Bob <bob@example.com>", "bob@example.com", "dee@example.com", "nobody@example.com", "not-an-email")
	if out.Withdrawn != 2 {
		t.Errorf("%+v", out)
	}
	same(t, "unknown", out.Unknown, "not-an-email", "nobody@example.com")
	if got := count(`SELECT count(*) FROM ledger_checkpoints`); got != checkpoints+1 {
		t.Errorf("they were written in %d batches", got-checkpoints)
	}
	if got := count(`SELECT count(*) FROM audit_log WHERE action = 'signers.withdrawn' AND detail->>'count' = '2'`); got != 1 {
		t.Errorf("%d lines in the audit trail", got)
	}
	same(t, "withdrawn", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListWithdrawn}),
		"ann@example.com withdrawn", "bob@example.com withdrawn", "dee@example.com withdrawn")
	if out := withdraw("ann@example.com", "nobody@example.com"); out.Withdrawn != 0 || len(out.Unknown) != 1 {
		t.Errorf("again: %+v", out)
	}
	stranger := l.user(t, "stranger@example.com", domain.RoleAuthor)
	if _, err := s.WithdrawAll(t.Context(), stranger, d.ID, []string{"cid@example.com"}); !errors.Is(err, domain.ErrEditForbidden) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestTheSeedsQueriesAgreeWithTheStatus(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	s, d := signersOf(l), l.document(t, "my_document")
	_, err := s.Add(t.Context(), l.author, d.ID, asking("ada@example.com", "bob@example.com", "cay@example.com"))
	must(t, err)
	for _, email := range []string{"ada@example.com", "eve@example.com"} {
		_, _, err := l.signing.Sign(t.Context(), session(l.user(t, email, domain.RoleSigner)), signing.SignInput{DocID: d.ID})
		must(t, err)
	}
	status, err := s.Status(t.Context(), l.author, d.ID)
	must(t, err)
	conn := connect(t, database.Owner)
	var expected, signed int
	var percent float64
	must(t, conn.QueryRow(t.Context(), completion).Scan(&expected, &signed, &percent))
	if expected != status.Expected || signed != status.Signed || percent != status.Completion() || expected != 3 || signed != 1 {
		t.Errorf("%d of %d, %v %%, beside %+v", signed, expected, percent, status)
	}
	same(t, "missing", column[string](t, conn, missingSigners, 0), "bob@example.com", "cay@example.com")
	same(t, "unexpected", column[string](t, conn, unexpectedSignatures, 0), "eve@example.com")
	same(t, "missing", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListMissing}), "bob@example.com pending", "cay@example.com pending")
}

func TestAMaterialRevisionAsksEverybodyAgain(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s, d := signersOf(l), l.document(t, "policy")
	ann := l.user(t, "ann@example.com", domain.RoleSigner)
	_, err := s.Add(t.Context(), l.author, d.ID, asking("ann@example.com"))
	must(t, err)
	sign := func() {
		_, _, err := l.signing.Sign(t.Context(), session(ann), signing.SignInput{DocID: d.ID})
		must(t, err)
	}
	sign()
	for _, c := range []struct {
		change domain.Change
		signed int
	}{{domain.ChangeEditorial, 1}, {domain.ChangeMaterial, 0}} {
		title := "Title, " + string(c.change)
		_, err = l.documents.Revise(t.Context(), l.author, d.ID, documents.ReviseInput{Change: c.change, Title: &title})
		must(t, err)
		status, err := s.Status(t.Context(), l.author, d.ID)
		if must(t, err); status.Signed != c.signed {
			t.Errorf("after a revision that is %s: %+v", c.change, status)
		}
	}
	mine, total, err := s.Mine(t.Context(), ann, domain.PageRequest{Limit: 20})
	if must(t, err); total != 1 || mine.Items[0].SignedRevision != 1 || mine.Items[0].Revision != 3 {
		t.Errorf("expected of ann: %d %+v", total, mine)
	}
	sign()
	if _, total, err := s.Mine(t.Context(), ann, domain.PageRequest{Limit: 20}); err != nil || total != 0 {
		t.Errorf("after signing: %d, %v", total, err)
	}
}

func TestWhatIsDueFirstComesFirst(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s := signersOf(l)
	ann := l.user(t, "ann@example.com", domain.RoleSigner)
	for id, days := range map[string]int{"later": 20, "never": 0, "never2": 0, "soon": 2} {
		l.document(t, id)
		p := signers.Person{Email: "ann@example.com"}
		if days > 0 {
			p.DueAt = time.Now().UTC().Add(time.Duration(days) * 24 * time.Hour)
		}
		_, err := s.Add(t.Context(), l.author, id, []signers.Person{p})
		must(t, err)
	}
	l.document(t, "withdrawn")
	_, err := s.Add(t.Context(), l.author, "withdrawn", asking("ann@example.com"))
	must(t, err)
	must(t, s.Withdraw(t.Context(), l.author, "withdrawn", "ann@example.com"))
	var got []string
	page := domain.PageRequest{Limit: 1}
	for {
		found, total, err := s.Mine(t.Context(), ann, page)
		if must(t, err); total != 4 {
			t.Errorf("in all %d", total)
		}
		got = append(got, found.Items[0].DocID)
		if page.Cursor = found.NextCursor; page.Cursor == "" {
			break
		}
	}
	same(t, "in order", got, "soon", "later", "never", "never2")
	ann.Verified = false
	if _, total, err := s.Mine(t.Context(), ann, domain.PageRequest{Limit: 1}); err != nil || total != 0 {
		t.Errorf("with an address that is not confirmed: %d, %v", total, err)
	}
}
