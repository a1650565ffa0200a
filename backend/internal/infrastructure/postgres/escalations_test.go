package postgres_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// escalating is an office whose document has a manager who is told after two days, and no reminders.
func escalating(t *testing.T) *office {
	t.Helper()
	return scheduled(t, func(s *domain.Schedule) {
		s.DaysBefore, s.DaysAfter, s.EscalateAfterDays, s.ManagerEmail = nil, nil, 2, "boss@example.com"
	})
}

func (o *office) change(t *testing.T, change func(*domain.Schedule)) {
	t.Helper()
	s, err := o.service.Schedule(t.Context(), o.ledger.author, o.document.ID)
	must(t, err)
	change(&s)
	_, err = o.service.SetSchedule(t.Context(), o.ledger.author, s)
	must(t, err)
}

var named = regexp.MustCompile(`(?m)^- (.*)$`)

// told lets the schedule work on a day and everything be sent, and returns whom each email to a manager names.
func (o *office) told(t *testing.T, n int) (emails []string) {
	t.Helper()
	o.now = day(n, 9)
	o.turns(t)
	return o.delivered(t)
}

// delivered sends everything that is due, and returns to whom and about whom.
func (o *office) delivered(t *testing.T) (emails []string) {
	t.Helper()
	before := len(o.mailbox.mails)
	o.drain(t)
	for _, m := range o.mailbox.mails[before:] {
		var names []string
		for _, match := range named.FindAllStringSubmatch(m.Text, -1) {
			names = append(names, strings.TrimSuffix(match[1], "@example.com"))
		}
		emails = append(emails, strings.TrimSuffix(string(m.To), "@example.com")+": "+strings.Join(names, " "))
	}
	return emails
}

func TestTheManagerIsToldOfEachPersonOnce(t *testing.T) {
	t.Parallel()
	o := escalating(t)
	o.ask(t, at(0), "ada@example.com", "muted@example.com")
	o.ask(t, at(1), "bob@example.com", "cay@example.com")
	o.set(t, "muted@example.com", "muted = true")
	same(t, "a day late", o.told(t, 1))
	same(t, "two days late", o.told(t, 2), "boss: ada")
	same(t, "a day later", o.told(t, 3), "boss: bob cay")
	// Whoever is asked late may be late at once.
	o.ask(t, at(-3), "dan@example.com")
	o.set(t, "muted@example.com", "muted = false")
	same(t, "later again", o.told(t, 4), "boss: muted dan")
	same(t, "nobody new", o.told(t, 5))
	o.set(t, "ada@example.com", "withdrawn_at = now()")
	o.set(t, "ada@example.com", "withdrawn_at = NULL")
	same(t, "asked again", o.told(t, 6))
	o.set(t, "bob@example.com", "signed_revision = 1, signed_at = now()")
	must(t, o.exec(t, `UPDATE documents SET revision = 2, material_revision = 2`))
	same(t, "everyone signs again", o.told(t, 7), "boss: ada muted bob cay dan")
	same(t, "and once", o.told(t, 8))
}

func TestAnotherManagerIsToldAnew(t *testing.T) {
	t.Parallel()
	o := escalating(t)
	o.ask(t, at(0), "ada@example.com")
	same(t, "the first", o.told(t, 2), "boss: ada")
	o.change(t, func(s *domain.Schedule) { s.ManagerName = "The Boss" })
	same(t, "of another name", o.told(t, 3))
	o.change(t, func(s *domain.Schedule) { s.ManagerEmail = "chief@example.com" })
	o.ask(t, at(1), "bob@example.com")
	same(t, "the second", o.told(t, 4), "chief: ada bob")
	// What was not sent yet goes to the new one alone.
	o.ask(t, at(2), "cay@example.com")
	o.now = day(5, 9)
	o.turns(t)
	o.change(t, func(s *domain.Schedule) { s.ManagerEmail = "head@example.com" })
	same(t, "the third", o.told(t, 6), "head: ada bob cay")
}

// What happens between queueing and sending.
func TestAManagerIsToldOnlyOfWhoIsStillLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change     string // of ada
		back, then string // what takes it back, and whom the manager is told of then
	}{
		"signed":      {`UPDATE expected_signers SET signed_revision = 1, signed_at = now() WHERE email = $1`, `SELECT $1::text`, ""},
		"withdrawn":   {`UPDATE expected_signers SET withdrawn_at = now() WHERE email = $1`, `UPDATE expected_signers SET withdrawn_at = NULL WHERE email = $1`, "boss: ada"},
		"muted":       {`UPDATE expected_signers SET muted = true WHERE email = $1`, `UPDATE expected_signers SET muted = false WHERE email = $1`, "boss: ada"},
		"has time":    {`UPDATE expected_signers SET due_at = '2035-02-01' WHERE email = $1`, `UPDATE expected_signers SET due_at = '2035-01-01' WHERE email = $1`, "boss: ada"},
		"has no date": {`UPDATE expected_signers SET due_at = NULL WHERE email = $1`, `UPDATE expected_signers SET due_at = '2035-01-01' WHERE email = $1`, "boss: ada"},
	} {
		o := escalating(t)
		o.ask(t, at(0), "ada@example.com", "bob@example.com")
		o.now = day(2, 9)
		o.turns(t)
		exec := func(statement, email string) {
			_, err := o.queue.Pool.Exec(t.Context(), statement, email)
			must(t, err)
		}
		exec(c.change, "ada@example.com")
		same(t, name, o.delivered(t), "boss: bob")
		if stored := o.missing(t); stored != "bob@example.com" {
			t.Errorf("%s: the queue shows %q", name, stored)
		}
		same(t, name+", afterwards", o.told(t, 3))
		exec(c.back, "ada@example.com")
		if got := strings.Join(o.told(t, 4), ""); got != c.then {
			t.Errorf("%s, taken back: %q", name, got)
		}

		o = escalating(t)
		o.ask(t, at(0), "ada@example.com", "bob@example.com")
		o.now = day(2, 9)
		o.turns(t)
		exec(c.change, "ada@example.com")
		exec(c.change, "bob@example.com")
		same(t, name+", all", o.delivered(t))
		if r := o.row(t); r.status != "cancelled" || !strings.Contains(*r.lastError, "late any more") {
			t.Errorf("%s, all: %+v", name, r)
		}
	}
}

// missing are those whom the newest email to a manager names, as the queue has it.
func (o *office) missing(t *testing.T) (names string) {
	t.Helper()
	must(t, o.queue.Pool.QueryRow(t.Context(), `SELECT data->>'missing' FROM email_queue WHERE template = 'escalation' ORDER BY id DESC LIMIT 1`).Scan(&names))
	return names
}

func TestAManagerIsNotToldWhatNobodyWantsAnyMore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, why, back string }{
		"deleted":  {`UPDATE documents SET deleted_at = now()`, "deleted", `UPDATE documents SET deleted_at = NULL`},
		"off":      {`UPDATE reminder_schedules SET enabled = false`, "switched off", `UPDATE reminder_schedules SET enabled = true`},
		"another":  {`UPDATE reminder_schedules SET manager_email = 'chief@example.com'`, "somebody else", `UPDATE reminder_schedules SET manager_email = 'boss@example.com'`},
		"none":     {`DELETE FROM reminder_schedules`, "switched off", ""},
		"new text": {`UPDATE documents SET revision = 2, material_revision = 2`, "late any more", `SELECT`},
	} {
		o := escalating(t)
		o.ask(t, at(0), "ada@example.com")
		o.now = day(2, 9)
		o.turns(t)
		must(t, o.exec(t, c.change))
		same(t, name, o.delivered(t))
		if r := o.row(t); r.status != "cancelled" || !strings.Contains(*r.lastError, c.why) || r.ended == nil || r.locked != nil {
			t.Errorf("%s: %+v", name, r)
		}
		if c.back != "" {
			must(t, o.exec(t, c.back))
			same(t, name+", taken back", o.told(t, 3), "boss: ada")
		}
	}
}

func TestALongListIsCountedAnew(t *testing.T) {
	t.Parallel()
	o := escalating(t)
	for i := range 60 {
		o.ask(t, at(0), fmt.Sprintf("p%02d@example.com", i))
	}
	o.now = day(2, 9)
	o.turns(t)
	must(t, o.exec(t, `UPDATE expected_signers SET signed_revision = 1, signed_at = now() WHERE email < 'p20'`))
	o.drain(t)
	if m := o.mailbox.mails[0]; strings.Count(m.Text, "@example.com") != 40 || strings.Contains(m.Text, "more") || strings.Contains(m.Text, "p19") {
		t.Errorf("%s", m.Text)
	}
	same(t, "all were told of", o.told(t, 3))
}

// Whom a manager is told of and the email are one transaction with the turn.
func TestATurnThatBreaksOffTellsNobodyAndIsDoneAgain(t *testing.T) {
	t.Parallel()
	o := escalating(t)
	o.ask(t, at(0), "ada@example.com")
	o.now = day(2, 9)
	claims, err := o.service.Repository.DueSchedules(t.Context(), o.now, o.now.Add(time.Minute), 10)
	if must(t, err); len(claims) != 1 {
		t.Fatal(claims)
	}
	mail, err := o.composer.Compose(domain.Message{
		To: "boss@example.com", Locale: "en", Template: domain.MailEscalation, ReferenceType: domain.ReferenceEscalation, ReferenceID: o.document.ID,
		Data: map[string]string{"title": "x", "document": "x", "document_link": "https://sign.example.com/", "missing": "ada@example.com"},
	})
	must(t, err)
	run := reminders.Run{Schedule: claims[0].Schedule, HeldUntil: claims[0].HeldUntil, Escalation: &reminders.Escalation{Mail: mail, Revision: 1, Signers: []int64{1, 999}}}
	run.Schedule.RunUntil = day(2, 0)
	if held, err := o.service.Repository.Ran(t.Context(), run); err == nil {
		t.Errorf("somebody unknown is late: %v", held)
	}
	o.now = o.now.Add(2 * time.Minute)
	if o.turns(t) != 1 {
		t.Fatal("nobody takes over")
	}
	// Whoever was slower has nothing to say.
	run.Escalation.Signers = run.Escalation.Signers[:0]
	if held, err := o.service.Repository.Ran(t.Context(), run); held || err != nil {
		t.Errorf("%v, %v", held, err)
	}
	same(t, "after all", o.delivered(t), "boss: ada")
	same(t, "once", o.told(t, 3))
}

func TestAnErasedPersonIsNotNamedToAManager(t *testing.T) {
	t.Parallel()
	o := escalating(t)
	o.ask(t, at(0), "ada@example.com", "bob@example.com")
	o.now = day(2, 9)
	o.turns(t)
	owner := o.database.AsOwner(t)
	_, err := owner.Pool.Exec(t.Context(), `SELECT erase_person('ada@example.com', 0, now())`)
	must(t, err)
	same(t, "the rest", o.delivered(t), "boss: bob")
}

func TestAFailedEscalationIsSentAgainWhileItSaysSomething(t *testing.T) {
	t.Parallel()
	o := escalating(t)
	o.ask(t, at(0), "ada@example.com", "bob@example.com")
	o.mailbox.answer = &emails.Failure{Permanent: true, Reason: "no"}
	same(t, "refused", o.told(t, 2))
	o.mailbox.answer = nil
	desk := emails.Desk{Register: o.queue, Renderer: o.composer.Renderer, Gates: o.worker.Gates, Configured: true, Clock: func() time.Time { return o.now }}
	admin := o.ledger.user(t, "admin@example.com", domain.RoleAdmin)
	var id int64
	must(t, o.queue.Pool.QueryRow(t.Context(), `SELECT id FROM email_queue`).Scan(&id))
	o.set(t, "ada@example.com", "muted = true")
	details, err := desk.Retry(t.Context(), admin, id)
	if must(t, err); strings.Contains(details.Text, "ada@") || !strings.Contains(details.Text, "bob@") || details.DocID() != o.document.ID {
		t.Errorf("%s", details.Text)
	}
	same(t, "again", o.delivered(t), "boss: bob")
	must(t, o.exec(t, `UPDATE email_queue SET status = 'failed'`))
	o.set(t, "bob@example.com", "muted = true")
	if _, err := desk.Retry(t.Context(), admin, id); domain.AsError(err).Code != "email.not_retryable" {
		t.Errorf("nobody is late: %v", err)
	}
}

// What happens between queueing and sending.
func TestTheAuthorIsToldOnlyOfWhatIsStillSo(t *testing.T) {
	t.Parallel()
	complete := func(o *office) {
		t.Helper()
		for {
			n, err := reminders.Completer{Service: o.service}.RunOnce(t.Context())
			if must(t, err); n == 0 {
				return
			}
		}
	}
	signed := func() (*office, func(string)) {
		o := newOffice(t)
		sign := func(email string) {
			_, _, err := o.ledger.signing.Sign(t.Context(), session(o.ledger.user(t, email, domain.RoleSigner)), signing.SignInput{DocID: o.document.ID})
			must(t, err)
		}
		o.ask(t, nil, "ada@example.com")
		sign("ada@example.com")
		complete(o)
		return o, sign
	}
	for name, c := range map[string]struct{ change, why string }{
		"deleted":   {`UPDATE documents SET deleted_at = now()`, "deleted"},
		"new text":  {`UPDATE documents SET revision = 2, material_revision = 2`, "newer revision"},
		"one asked": {`INSERT INTO expected_signers (doc_id, email, added_by) SELECT doc_id, 'bob@example.com', 'x' FROM documents`, "missing again"},
	} {
		o, _ := signed()
		must(t, o.exec(t, c.change))
		if got := o.drain(t); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
		if r := o.row(t); r.status != "cancelled" || !strings.Contains(*r.lastError, c.why) {
			t.Errorf("%s: %+v", name, r)
		}
	}

	o, sign := signed()
	o.ask(t, nil, "bob@example.com")
	o.drain(t)
	complete(o)
	same(t, "while one is missing", o.drain(t))
	sign("bob@example.com")
	complete(o)
	same(t, "nobody is missing again", o.drain(t), "author@example.com")

	// A notice of an earlier text is not sent beside the one of the newest.
	o, _ = signed()
	must(t, o.exec(t, `UPDATE documents SET revision = 2, material_revision = 2`))
	must(t, o.exec(t, `UPDATE expected_signers SET signed_revision = 2`))
	must(t, o.exec(t, `INSERT INTO completion_checks SELECT doc_id FROM documents`))
	complete(o)
	if got := o.drain(t); !slices.Equal(got, []string{"author@example.com"}) {
		t.Errorf("two texts: %v", got)
	}
}

// Where a manager was told before there were escalations, they know of everybody who was late.
func TestWhatAManagerWasToldIsTakenOver(t *testing.T) {
	t.Parallel()
	db := dbtest.Empty(t)
	m := migrator(t, db.Migrate)
	must(t, m.Goto(18))
	owner := db.AsOwner(t)
	_, err := owner.Pool.Exec(t.Context(), `
		INSERT INTO documents (doc_id, title, created_by, due_at) VALUES ('a', 'A', 'x', '2020-01-01'), ('b', 'B', 'x', '2020-01-01');
		INSERT INTO expected_signers (doc_id, email, added_by, due_at) VALUES
			('a', 'late@example.com', 'x', NULL), ('a', 'time@example.com', 'x', '2099-01-01'), ('b', 'untold@example.com', 'x', NULL);
		INSERT INTO reminder_schedules (doc_id, enabled, days_before, days_after, weekdays, hour, max_reminders, escalate_after_days, manager_email, escalated_for,
			run_until, next_run_at)
		SELECT doc_id, true, '{}', '{}', '{1}', 9, 5, 2, 'boss@example.com', CASE doc_id WHEN 'a' THEN 1 ELSE 0 END, '2026-11-20', '2026-11-23' FROM documents;
		INSERT INTO email_queue (to_addresses, subject, template, reference_type, reference_id) VALUES
			('{boss@example.com}', 's', 'escalation', 'document', 'a'), ('{x@example.com}', 's', 'document_changed', 'document', 'a')`)
	must(t, err)
	must(t, m.Up())
	var told, references string
	must(t, owner.Pool.QueryRow(t.Context(), `SELECT string_agg(e.email || ' ' || x.revision || ' ' || q.template, ',')
		FROM escalations x JOIN expected_signers e ON e.id = x.signer_id JOIN email_queue q ON q.id = x.email_id`).Scan(&told))
	must(t, owner.Pool.QueryRow(t.Context(), `SELECT string_agg(reference_type, ' ' ORDER BY id) FROM email_queue`).Scan(&references))
	if told != "late@example.com 1 escalation" || references != "escalation document" {
		t.Errorf("%q, %q", told, references)
	}
	must(t, m.Goto(18))
	var before int
	must(t, owner.Pool.QueryRow(t.Context(), `SELECT sum(escalated_for) FROM reminder_schedules`).Scan(&before))
	if before != 1 {
		t.Errorf("back again: %d", before)
	}
}
