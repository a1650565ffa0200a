package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/domain"
)

// code is that of an error, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	return domain.AsError(err).Code
}

func (o *office) letter(t *testing.T, id int64) reminders.Letter {
	t.Helper()
	l, err := o.service.Letter(t.Context(), o.ledger.author, o.document.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAuthorsLookAfterTheEmailsOfTheirDocuments(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com", "bob@example.com")
	o.mailbox.answer = &emails.Failure{Permanent: true, Code: 550, Enhanced: "5.1.1", Reason: "no such user"}
	o.remind(t)
	o.drain(t)
	h := o.history(t)
	author, other := o.ledger.author, o.ledger.document(t, "other")
	l := o.letter(t, h[0].ID)
	if l.Status != domain.ReminderFailed || l.ErrorCode != "address" || l.Email == nil || len(l.Email.Attempts) != 1 || l.Email.Attempts[0].Code != 550 ||
		!strings.Contains(l.Email.Text, o.document.Title) || !strings.Contains(l.Email.HTML, "<html") {
		t.Fatalf("%+v", l)
	}
	o.mailbox.answer = nil
	l, err := o.service.Retry(t.Context(), author, o.document.ID, h[0].ID)
	if err != nil || l.Status != domain.ReminderQueued || l.Email.Status != emails.Pending || len(l.Email.Attempts) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	if l, err = o.service.Cancel(t.Context(), author, o.document.ID, h[1].ID); err != nil || l.Status != domain.ReminderCancelled {
		t.Fatalf("%+v, %v", l, err)
	}
	if l.ErrorCode != "by_hand" || l.Error != "Not sent: cancelled by hand." || l.ServerSaid != "" || len(l.Email.Attempts) != 1 {
		t.Errorf("it is said to be cancelled because of %q, %q, after %d attempts", l.ErrorCode, l.Error, len(l.Email.Attempts))
	}
	if got := o.drain(t); !slices.Equal(got, []string{"ada@example.com"}) {
		t.Errorf("sent to %v", got)
	}
	for what, c := range map[string]struct {
		do   func() error
		code string
	}{
		"what was sent": {func() error { _, err := o.service.Retry(t.Context(), author, o.document.ID, h[0].ID); return err }, "email.not_retryable"},
		"to cancel it":  {func() error { _, err := o.service.Cancel(t.Context(), author, o.document.ID, h[0].ID); return err }, "email.not_cancellable"},
		"by another document": {func() error {
			_, err := o.service.Retry(t.Context(), author, other.ID, h[1].ID)
			return err
		}, "reminder.not_found"},
		"shown by another document": {func() error { _, err := o.service.Letter(t.Context(), author, other.ID, h[1].ID); return err }, "reminder.not_found"},
	} {
		if err := c.do(); code(err) != c.code {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := o.exec(t, `DELETE FROM email_queue`); err != nil {
		t.Fatal(err)
	}
	if l := o.letter(t, h[0].ID); l.Status != domain.ReminderSent || l.Email != nil {
		t.Errorf("of which the queue keeps nothing: %+v", l)
	}
	if _, err := o.service.Retry(t.Context(), author, o.document.ID, h[1].ID); code(err) != "email.not_found" {
		t.Errorf("what the queue no longer keeps: %v", err)
	}
}

func TestWhoMayLookAfterTheEmailsOfADocument(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com")
	o.remind(t)
	id := o.history(t)[0].ID
	for role, codes := range map[domain.Role][2]string{
		domain.RoleAuthor:  {"document.edit_forbidden", "document.edit_forbidden"},
		domain.RoleSigner:  {"document.edit_forbidden", "document.edit_forbidden"},
		domain.RoleAuditor: {"", "document.edit_forbidden"},
		domain.RoleAdmin:   {"", ""},
	} {
		u := o.ledger.user(t, string(role)+"-2@example.com", role)
		if _, err := o.service.Letter(t.Context(), u, o.document.ID, id); code(err) != codes[0] {
			t.Errorf("%s looks at one: %v", role, err)
		}
		if _, err := o.service.Retry(t.Context(), u, o.document.ID, id); code(err) != codes[1] {
			t.Errorf("%s sends one now: %v", role, err)
		}
		if _, err := o.service.Cancel(t.Context(), u, o.document.ID, id); code(err) != codes[1] {
			t.Errorf("%s cancels one: %v", role, err)
		}
		if role == domain.RoleAdmin {
			continue
		}
		if l := o.letter(t, id); l.Status != domain.ReminderQueued && l.Status != domain.ReminderCancelled {
			t.Errorf("%s changed it to %s", role, l.Status)
		}
	}
}

func TestAFailedReminderIsNotSentBesideAnother(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com")
	o.mailbox.answer = &emails.Failure{Permanent: true, Reason: "no"}
	o.remind(t)
	o.drain(t)
	o.mailbox.answer = nil
	failed := o.history(t)[0]
	// Whoever is first has it; the other is told so.
	var wait sync.WaitGroup
	var again, anew error
	wait.Go(func() { _, again = o.service.Retry(t.Context(), o.ledger.author, o.document.ID, failed.ID) })
	wait.Go(func() {
		_, anew = o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{})
	})
	wait.Wait()
	if got := code(again) + code(anew); got != "email.on_its_way" && got != "reminder.nobody" {
		t.Errorf("again: %v, anew: %v", again, anew)
	}
	if got := o.drain(t); len(got) != 1 {
		t.Errorf("sent to %v", got)
	}
	o.now = o.now.Add(time.Minute)
	o.mailbox.answer = &emails.Failure{Permanent: true, Reason: "no"}
	o.remind(t)
	o.drain(t)
	h := o.history(t)
	failed = h[len(h)-1]
	o.remind(t)
	if _, err := o.service.Retry(t.Context(), o.ledger.author, o.document.ID, failed.ID); !errors.Is(err, emails.ErrOnItsWay) {
		t.Errorf("beside one that waits: %v", err)
	}
	o.mailbox.answer = nil
	if got := o.drain(t); len(got) != 1 {
		t.Errorf("sent to %v", got)
	}
	if _, err := o.service.Retry(t.Context(), o.ledger.author, o.document.ID, failed.ID); !errors.Is(err, emails.ErrNotRetryable) {
		t.Errorf("after another one was sent: %v", err)
	}
	if l := o.letter(t, failed.ID); l.Status != domain.ReminderFailed {
		t.Errorf("it is %s", l.Status)
	}
}

func TestWhatManagersAndAuthorsAreToldIsInTheHistory(t *testing.T) {
	t.Parallel()
	o := scheduled(t, func(s *domain.Schedule) {
		s.DaysAfter, s.EscalateAfterDays, s.ManagerEmail = nil, 1, "boss@example.com"
	})
	o.ask(t, at(0), "ada@example.com")
	o.now = day(1, 9)
	o.turns(t)
	o.mailbox.answer = &emails.Failure{Permanent: true, Code: 550, Reason: "no such boss"}
	o.drain(t)
	o.set(t, "ada@example.com", "signed_revision = 1, signed_at = now()")
	if err := o.exec(t, `INSERT INTO completion_checks SELECT doc_id FROM documents`); err != nil {
		t.Fatal(err)
	}
	if _, err := (reminders.Completer{Service: o.service}).RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.mailbox.answer = nil
	o.drain(t)
	h := o.history(t)
	told, completed := h[len(h)-2], h[len(h)-1]
	if told.Kind != domain.KindEscalation || told.Email != "boss@example.com" || told.Status != domain.ReminderFailed || told.ErrorCode != "refused" || !told.Automatic {
		t.Errorf("%+v", told)
	}
	if completed.Kind != domain.KindCompleted || completed.Email != "author@example.com" || completed.Status != domain.ReminderSent || completed.SentAt.IsZero() {
		t.Errorf("%+v", completed)
	}
	if l := o.letter(t, told.ID); l.Email == nil || len(l.Email.Attempts) != 1 || !strings.Contains(l.Email.Text, "ada@example.com") {
		t.Errorf("%+v", l)
	}
	if err := o.queue.Bounced(t.Context(), emails.Bounce{Email: "author@example.com", Failure: emails.Failure{Permanent: true, Cause: emails.CauseFull}}, time.Time{}, o.now); err != nil {
		t.Fatal(err)
	}
	if l := o.letter(t, completed.ID); l.Status != domain.ReminderBounced || l.ErrorCode != "full" {
		t.Errorf("%+v", l)
	}
	if _, err := o.database.AsOwner(t).Pool.Exec(t.Context(), `SELECT erase_person('boss@example.com', 0, now())`); err != nil {
		t.Fatal(err)
	}
	if l := o.letter(t, told.ID); !l.Reminder.Email.Erased() || l.Error != "" || l.Email != nil {
		t.Errorf("of whom was erased: %+v", l)
	}
}
