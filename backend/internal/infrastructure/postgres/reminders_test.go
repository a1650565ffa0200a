package postgres_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

// office is a ledger with a document, its queue of emails, and reminders, at a time that stands still until a test moves it.
type office struct {
	*post
	ledger   *testLedger
	service  reminders.Service
	document domain.Document
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{post: newPost(t)}
	o.ledger = newLedger(t, o.database)
	o.now = time.Now().UTC().Truncate(time.Hour).Add(30 * time.Minute)
	o.document = o.ledger.document(t, "policy")
	o.service = reminders.Service{
		Repository: postgres.Reminders{DB: o.queue.DB}, Documents: postgres.Documents{DB: o.queue.DB}, Users: postgres.Accounts{DB: o.queue.DB}, Mails: o.composer,
		Creators: domain.CreatorsAuthors, BaseURL: "https://sign.example.com", Zone: time.UTC, Clock: func() time.Time { return o.now },
		Logger: slog.New(slog.DiscardHandler),
	}
	kept := postgres.Reminders{DB: o.queue.DB}
	o.worker.Gates = map[string]emails.Gate{
		domain.ReferenceReminder: kept, domain.ReferenceEscalation: reminders.EscalationGate{Escalations: kept, Clock: o.worker.Clock},
		domain.ReferenceCompleted: postgres.Completions{DB: o.queue.DB},
	}
	o.worker.Domain = "sign.example.com"
	o.service.Desk = emails.Desk{Register: o.queue, Renderer: o.composer.Renderer, Gates: o.worker.Gates, Configured: true, Clock: func() time.Time { return o.now }}
	return o
}

// ask adds people to those who are asked to sign, with a deadline or none.
func (o *office) ask(t *testing.T, due *time.Time, addresses ...string) {
	t.Helper()
	for _, address := range addresses {
		if _, err := o.queue.Pool.Exec(t.Context(), `INSERT INTO expected_signers (doc_id, email, added_by, due_at) VALUES ($1, $2, 'x', $3)`,
			o.document.ID, address, due); err != nil {
			t.Fatal(err)
		}
	}
}

func (o *office) set(t *testing.T, address, what string) {
	t.Helper()
	if err := o.exec(t, `UPDATE expected_signers SET `+what+` WHERE email = '`+address+`'`); err != nil {
		t.Fatal(err)
	}
}

func (o *office) remind(t *testing.T, addresses ...string) reminders.Outcome {
	t.Helper()
	out, err := o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{Emails: addresses})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (o *office) history(t *testing.T) []domain.Reminder {
	t.Helper()
	page, err := o.service.History(t.Context(), o.ledger.author, o.document.ID, reminders.Filter{}, domain.PageRequest{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(page.Items)
	return page.Items
}

// drain sends everything that is due, and returns to whom.
func (o *office) drain(t *testing.T) (to []string) {
	t.Helper()
	before := len(o.mailbox.mails)
	for {
		claimed, err := o.worker.RunOnce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if claimed == 0 {
			break
		}
	}
	for _, m := range o.mailbox.mails[before:] {
		to = append(to, string(m.To))
	}
	slices.Sort(to)
	return to
}

func TestRemindingThoseWhoAreMissing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com", "bob@example.com", "muted@example.com", "gone@example.com", "signed@example.com")
	o.set(t, "muted@example.com", "muted = true")
	o.set(t, "gone@example.com", "withdrawn_at = now()")
	o.set(t, "signed@example.com", "signed_revision = 1, signed_at = now()")
	o.set(t, "bob@example.com", "due_at = '2020-01-01'")
	out := o.remind(t)
	if out.Queued != 2 || !slices.Equal(out.Skipped, []reminders.Skipped{{Email: "muted@example.com", Reason: reminders.SkipMuted}}) {
		t.Fatalf("%+v", out)
	}
	if _, err := o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{}); domain.AsError(err).Code != "reminder.nobody" ||
		!strings.Contains(domain.AsError(err).Detail, ": 1 muted; 2 with a reminder on its way") {
		t.Errorf("twice: %v", err)
	}
	must(t, o.exec(t, `UPDATE expected_signers SET signed_revision = 1, signed_at = now()`))
	if _, err := o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{}); !strings.Contains(domain.AsError(err).Detail, "everybody who is asked has signed") {
		t.Errorf("when all have signed: %v", err)
	}
	o.set(t, "ada@example.com", "signed_revision = 0, signed_at = NULL")
	o.set(t, "bob@example.com", "signed_revision = 0, signed_at = NULL")
	for _, r := range o.history(t) {
		if r.Status != domain.ReminderQueued || r.By != o.ledger.author.Name || r.Automatic || !r.SentAt.IsZero() || r.EmailID == 0 {
			t.Errorf("%+v", r)
		}
	}
	if got := o.drain(t); !slices.Equal(got, []string{"ada@example.com", "bob@example.com"}) {
		t.Errorf("sent to %v", got)
	}
	h := o.history(t)
	if len(h) != 2 || h[0].Kind != domain.KindReminder || h[1].Kind != domain.KindOverdue || h[0].Status != domain.ReminderSent || !h[0].SentAt.Equal(o.now) {
		t.Errorf("%+v", h)
	}
	o.now = o.now.Add(59 * time.Second)
	if _, err := o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{}); domain.AsError(err).Code != "reminder.nobody" ||
		!strings.Contains(domain.AsError(err).Detail, ": 2 with a reminder on its way") {
		t.Errorf("within a minute: %v", err)
	}
	if count, err := o.service.Count(t.Context(), o.ledger.author, o.document.ID); err != nil || count.Recipients != 0 || count.Waiting != 2 {
		t.Errorf("within a minute: %+v, %v", count, err)
	}
	o.now = o.now.Add(time.Second)
	if out = o.remind(t, "nobody@müller.example", " ADA@example.com"); out.Queued != 1 || out.Skipped[0].Email != "nobody@xn--mller-kva.example" {
		t.Errorf("an international domain: %+v", out)
	}
	o.drain(t)
	o.now = o.now.Add(time.Minute)
	out = o.remind(t, " ADA@example.com", "bob@example.com", "signed@example.com", "gone@example.com", "nobody@example.com", "not-an-email", "x\r\nBcc: y@example.com")
	want := []string{
		"nobody@example.com not_asked", "not-an-email not_asked", "x\r\nBcc: y@example.com not_asked", "signed@example.com signed", "gone@example.com not_asked",
	}
	var got []string
	for _, s := range out.Skipped {
		got = append(got, s.Email+" "+string(s.Reason))
	}
	slices.Sort(got)
	slices.Sort(want)
	if out.Queued != 2 || !slices.Equal(got, want) {
		t.Errorf("%d, %q", out.Queued, got)
	}
	var count int
	if err := o.queue.Pool.QueryRow(t.Context(), `SELECT sum((detail->>'count')::int) FROM audit_log WHERE action = 'reminders.sent' AND subject_id = $1`,
		o.document.ID).Scan(&count); err != nil || count != 5 {
		t.Errorf("the trail tells of %d, %v", count, err)
	}
}

func TestWhatRemindingWouldDoIsCounted(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com", "bob@example.com", "cay@example.com", "muted@example.com", "gone@example.com", "signed@example.com")
	o.set(t, "muted@example.com", "muted = true")
	o.set(t, "gone@example.com", "withdrawn_at = now()")
	o.set(t, "signed@example.com", "signed_revision = 1, signed_at = now()")
	o.remind(t, "ada@example.com", "bob@example.com")
	if err := o.exec(t, `UPDATE email_queue SET status = 'failed', ended_at = now() WHERE to_addresses[1] = 'bob@example.com'`); err != nil {
		t.Fatal(err)
	}
	count, err := o.service.Count(t.Context(), o.ledger.author, o.document.ID)
	if err != nil || count != (reminders.Count{Recipients: 2, Muted: 1, Waiting: 1, Failed: 1}) {
		t.Errorf("%+v, %v", count, err)
	}
	stranger := domain.User{ID: "00000000-0000-0000-0000-000000000009", Role: domain.RoleSigner}
	if _, err := o.service.Count(t.Context(), stranger, o.document.ID); err == nil {
		t.Error("a stranger counts")
	}
}

func TestPreviewsShowAnExampleOfWhatIsNotYet(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	due := o.now.AddDate(0, 0, 20)
	o.ask(t, &due, "ada@example.com")
	for kind, want := range map[domain.ReminderKind]string{
		domain.KindOverdue: o.now.AddDate(0, 0, -1).Format("2 January 2006"), domain.KindReminder: due.Format("2 January 2006"), domain.KindCompleted: ": 12",
	} {
		shown, err := o.service.Preview(t.Context(), o.ledger.author, o.document.ID, reminders.PreviewInput{Kind: kind, Locale: "en"})
		if err != nil || !strings.Contains(shown.Text, want) {
			t.Errorf("%s: %q is not in %s, %v", kind, want, shown.Text, err)
		}
	}
	manager := func() string {
		shown, err := o.service.Preview(t.Context(), o.ledger.author, o.document.ID, reminders.PreviewInput{Kind: domain.KindEscalation, Locale: "en"})
		must(t, err)
		return shown.Text
	}
	o.ask(t, nil, "late@example.com", "muted@example.com")
	o.set(t, "muted@example.com", "muted = true")
	if text := manager(); !strings.Contains(text, "ada@example.com") || !strings.Contains(text, "late@example.com") || strings.Contains(text, "muted@example.com") {
		t.Errorf("while nobody is late: %s", text)
	}
	o.set(t, "late@example.com", "due_at = '2020-01-02'")
	if text := manager(); strings.Contains(text, "ada@example.com") || !strings.Contains(text, "late@example.com") || !strings.Contains(text, "2 January 2020") {
		t.Errorf("with one who is late: %s", text)
	}
}

func TestADoubleClickRemindsOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for i := range 30 {
		o.ask(t, nil, fmt.Sprintf("p%d@example.com", i))
	}
	var clicks sync.WaitGroup
	var mutex sync.Mutex
	queued := 0
	for range 4 {
		clicks.Go(func() {
			out, err := o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{})
			if err != nil && domain.AsError(err).Code != "reminder.nobody" {
				t.Error(err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			queued += out.Queued
		})
	}
	clicks.Wait()
	if got := o.drain(t); queued != 30 || len(got) != 30 || len(o.history(t)) != 30 {
		t.Errorf("%d queued, %d sent", queued, len(got))
	}
}

// What happens between queueing and sending.
func TestOnlyWhatIsStillWantedIsSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, why, code string }{
		"signed":    {`UPDATE expected_signers SET signed_revision = 1, signed_at = now()`, "signed", "signed"},
		"withdrawn": {`UPDATE expected_signers SET withdrawn_at = now()`, "no longer asked", "not_asked"},
		"muted":     {`UPDATE expected_signers SET muted = true`, "not to be reminded", "muted"},
		"deleted":   {`UPDATE documents SET deleted_at = now()`, "deleted", "document_gone"},
	} {
		o := newOffice(t)
		o.ask(t, nil, "ada@example.com")
		o.remind(t)
		if err := o.exec(t, c.change); err != nil {
			t.Fatal(err)
		}
		if got := o.drain(t); len(got) != 0 {
			t.Errorf("%s: sent to %v", name, got)
		}
		if r := o.row(t); r.status != "cancelled" || !strings.Contains(*r.lastError, c.why) || r.ended == nil || r.locked != nil {
			t.Errorf("%s: %+v", name, r)
		}
		if h := o.history(t); h[0].Status != domain.ReminderCancelled || !strings.Contains(h[0].Error, c.why) || h[0].ErrorCode != c.code || h[0].ServerSaid != "" {
			t.Errorf("%s: %+v", name, h)
		}
	}
	// Whoever has signed an earlier material revision is still reminded of the next.
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com")
	o.set(t, "ada@example.com", "signed_revision = 1, signed_at = now()")
	if err := o.exec(t, `UPDATE documents SET revision = 2, material_revision = 2`); err != nil {
		t.Fatal(err)
	}
	o.remind(t)
	if got := o.drain(t); len(got) != 1 {
		t.Error("nobody is reminded of the next revision")
	}
}

func TestReminderLogsFollowTheQueue(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com")
	o.remind(t)
	status := func() domain.ReminderStatus { return o.history(t)[0].Status }
	o.mailbox.answer = &emails.Failure{Code: 451, Enhanced: "4.7.1", Said: "greylisted"}
	for i := range 8 {
		o.work(t, 1)
		if status() != domain.ReminderQueued {
			t.Fatalf("after %d attempts: %s", i+1, status())
		}
		o.now = o.now.Add(24 * time.Hour)
	}
	o.work(t, 1)
	if h := o.history(t)[0]; h.Status != domain.ReminderFailed || h.Error != "The mail server wants it later. The mail server said: greylisted" ||
		h.ErrorCode != "later" || h.ServerSaid != "greylisted" {
		t.Errorf("%+v", h)
	}
	desk := o.service.Desk.(emails.Desk)
	id := o.history(t)[0].EmailID
	admin := o.ledger.user(t, "boss@example.com", domain.RoleAdmin)
	details, err := desk.Retry(t.Context(), admin, id)
	if err != nil || details.Status != emails.Pending || details.Retries != 0 || len(details.Attempts) != 9 || details.Attempts[8].Code != 451 ||
		details.Attempts[8].Enhanced != "4.7.1" || details.Attempts[8].Permanent || status() != domain.ReminderQueued {
		t.Fatalf("%+v, %v", details, err)
	}
	o.mailbox.answer = nil
	o.work(t, 1)
	if status() != domain.ReminderSent {
		t.Error(status())
	}
	if _, err := desk.Retry(t.Context(), admin, id); domain.AsError(err).Code != "email.not_retryable" {
		t.Errorf("what was sent: %v", err)
	}
	var messageID string
	if err := o.queue.Pool.QueryRow(t.Context(), `SELECT message_id FROM email_queue`).Scan(&messageID); err != nil || messageID != o.mailbox.mails[0].MessageID {
		t.Errorf("%q, %v", messageID, err)
	}
	if err := desk.Bounced(t.Context(), "<"+messageID+">", "", "550 5.1.1\r\nno such user"); err != nil {
		t.Fatal(err)
	}
	if h := o.history(t)[0]; h.Status != domain.ReminderBounced || h.ErrorCode != "address" || h.ServerSaid != "550 5.1.1 no such user" || h.SentAt.IsZero() {
		t.Errorf("%+v", h)
	}
	if err := desk.Bounced(t.Context(), "unknown@x", "", ""); domain.AsError(err).Code != "email.not_found" {
		t.Errorf("another's: %v", err)
	}
	if err := desk.Bounced(t.Context(), "unknown@x", "ada@example.com", ""); err != nil {
		t.Errorf("by the address: %v", err)
	}
	o.now = o.now.Add(8 * 24 * time.Hour)
	if err := desk.Bounced(t.Context(), "", "ada@example.com", ""); domain.AsError(err).Code != "email.not_found" {
		t.Errorf("after a week: %v", err)
	}
}

func TestTheListOfAttemptsIsBounded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com")
	o.remind(t)
	if err := o.exec(t, `UPDATE email_queue SET max_retries = 100`); err != nil {
		t.Fatal(err)
	}
	for i := range 25 {
		o.mailbox.answer = &emails.Failure{Code: 400 + i, Reason: "later"}
		o.work(t, 1)
		o.now = o.now.Add(48 * time.Hour)
	}
	queued, err := o.queue.Email(t.Context(), o.history(t)[0].EmailID)
	if err != nil || len(queued.Attempts) != 20 || queued.Attempts[0].Code != 405 || queued.Attempts[19].Code != 424 {
		t.Errorf("%+v, %v", queued.Attempts, err)
	}
}

func TestAnOutageOfTwoHoursLosesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for i := range 20 {
		o.ask(t, nil, fmt.Sprintf("p%d@example.com", i))
	}
	o.worker.Random = func() float64 { return 0 } // the least patient
	o.remind(t)
	o.mailbox.answer = &emails.Failure{Reason: "connection refused"}
	for end := o.now.Add(2 * time.Hour); o.now.Before(end); o.now = o.now.Add(time.Minute) {
		o.drain(t)
	}
	o.mailbox.answer = nil
	sent := 0
	for range 300 {
		sent += len(o.drain(t))
		o.now = o.now.Add(time.Minute)
	}
	if sent != 20 {
		t.Errorf("%d of 20 were sent", sent)
	}
}

func TestTheRecipientsLanguageAndName(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.ledger.user(t, "zoe@example.com", domain.RoleSigner)
	if err := o.exec(t, `UPDATE users SET locale = 'de', name = 'Zoé <b>' WHERE id = '`+u.ID+`'`); err != nil {
		t.Fatal(err)
	}
	o.ask(t, nil, "zoe@example.com", "guest@example.com")
	o.set(t, "guest@example.com", `name = E'Guest\r\nBcc: eve@example.com'`)
	if err := o.exec(t, `UPDATE documents SET title = '<script>' || repeat('long ', 90)`); err != nil {
		t.Fatal(err)
	}
	if _, err := o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{Locale: "it"}); err != nil {
		t.Fatal(err)
	}
	o.drain(t)
	for _, m := range o.mailbox.mails {
		want := map[domain.Email]string{"zoe@example.com": "Bitte bestätigen", "guest@example.com": "Confermi la lettura"}[m.To]
		if !strings.HasPrefix(m.Subject, want) || len([]rune(m.Subject)) > 200 || strings.ContainsAny(m.Subject, "\r\n") || strings.Contains(m.HTML, "<script>") ||
			strings.Contains(m.HTML, "<b>") || strings.Contains(m.Text, "Bcc") || !strings.Contains(m.Text, "https://sign.example.com/d/"+o.document.ID+"#email=") {
			t.Errorf("%s: %q\n%s", m.To, m.Subject, m.Text)
		}
	}
	if len(o.mailbox.mails) != 2 {
		t.Errorf("%d mails", len(o.mailbox.mails))
	}
}

func TestWhoMayRemind(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com")
	stranger, auditor := o.ledger.user(t, "stranger@example.com", domain.RoleAuthor), o.ledger.user(t, "auditor@example.com", domain.RoleAuditor)
	for _, u := range []domain.User{stranger, auditor} {
		if _, err := o.service.Remind(t.Context(), u, o.document.ID, reminders.RemindInput{}); domain.AsError(err).Code != "document.edit_forbidden" {
			t.Errorf("%s: %v", u.Email, err)
		}
		if _, err := o.service.SetSchedule(t.Context(), u, domain.DefaultSchedule(o.document.ID)); domain.AsError(err).Code != "document.edit_forbidden" {
			t.Errorf("%s: %v", u.Email, err)
		}
	}
	page := domain.PageRequest{Limit: 10}
	if _, err := o.service.History(t.Context(), stranger, o.document.ID, reminders.Filter{}, page); domain.AsError(err).Code != "document.edit_forbidden" {
		t.Error(err)
	}
	if _, err := o.service.Preview(t.Context(), stranger, o.document.ID, reminders.PreviewInput{}); domain.AsError(err).Code != "document.edit_forbidden" {
		t.Error(err)
	}
	if _, err := o.service.History(t.Context(), auditor, o.document.ID, reminders.Filter{}, page); err != nil {
		t.Error(err)
	}
	mails := o.composer
	mails.Configured = false
	o.service.Mails = mails
	if _, err := o.service.Remind(t.Context(), o.ledger.author, o.document.ID, reminders.RemindInput{}); domain.AsError(err).Code != "mail.not_configured" {
		t.Error(err)
	}
	for _, kind := range []domain.ReminderKind{"", domain.KindReminder, domain.KindOverdue, domain.KindEscalation, domain.KindCompleted} {
		shown, err := o.service.Preview(t.Context(), auditor, o.document.ID, reminders.PreviewInput{Kind: kind, Locale: "fr"})
		if err != nil || shown.Locale != "fr" || !strings.Contains(shown.Text, "Bonjour") || shown.Subject == "" || shown.HTML == "" {
			t.Errorf("%s: %+v, %v", kind, shown, err)
		}
	}
}
