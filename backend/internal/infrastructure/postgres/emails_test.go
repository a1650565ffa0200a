package postgres_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/i18n"
	"github.com/ackify/ackify/backend/internal/infrastructure/mailtext"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/templates"
)

const mailLink = "https://sign.example.com/m#token=0123456789abcdef"

// mailbox takes or refuses mails.
type mailbox struct {
	mutex  sync.Mutex
	mails  []emails.Mail
	answer error
}

func (m *mailbox) Send(_ context.Context, mail emails.Mail) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.answer != nil {
		return m.answer
	}
	m.mails = append(m.mails, mail)
	return nil
}

// post is the queue with everything around it, at a time that stands still until a test moves it.
type post struct {
	database dbtest.Database
	queue    postgres.Emails
	composer emails.Composer
	worker   emails.Worker
	mailbox  *mailbox
	now      time.Time
}

func newPost(t *testing.T) *post {
	t.Helper()
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := mailtext.New(templates.Mail, words)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := secrets.NewSealer("ackify/email-queue/v1", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	p := &post{database: dbtest.New(t), mailbox: &mailbox{}, now: time.Date(2026, 11, 22, 4, 33, 0, 0, time.UTC)}
	p.queue = postgres.Emails{DB: p.database.DB(t)}
	clock := func() time.Time { return p.now }
	p.composer = emails.Composer{Renderer: renderer, Sealer: sealer, Clock: clock, Organisation: "Acme", Configured: true}
	p.worker = emails.Worker{
		Queue: p.queue, Sender: p.mailbox, Renderer: renderer, Sealer: sealer, Clock: clock, Logger: slog.New(slog.DiscardHandler),
		Random: func() float64 { return 0.5 },
	}
	return p
}

// write makes an email with a link to log in, about the reference r/to.
func (p *post) write(t *testing.T, to string, priority int) domain.QueuedMail {
	t.Helper()
	queued, err := p.composer.Compose(domain.Message{
		To: domain.Email(to), Locale: "de", Template: domain.MailMagicLink, Data: map[string]string{"minutes": "15"},
		Secrets: map[string]string{"link": mailLink, "code": "123456"}, Priority: priority, ReferenceType: "r", ReferenceID: to,
	})
	if err != nil {
		t.Fatal(err)
	}
	return queued
}

func (p *post) enqueue(t *testing.T, mails ...domain.QueuedMail) {
	t.Helper()
	if err := p.queue.Enqueue(t.Context(), mails...); err != nil {
		t.Fatal(err)
	}
}

func (p *post) work(t *testing.T, want int) {
	t.Helper()
	if claimed, err := p.worker.RunOnce(t.Context()); err != nil || claimed != want {
		t.Fatalf("%d claimed, want %d, %v", claimed, want, err)
	}
}

// row is what an operator sees of the one email in the queue.
type row struct {
	status                 string
	retries                int
	sealed                 bool
	scheduled              time.Time
	processed, next, ended *time.Time
	locked                 *time.Time
	lastError, details     *string
}

func (p *post) row(t *testing.T) (r row) {
	t.Helper()
	err := p.queue.Pool.QueryRow(t.Context(), `SELECT status, retry_count, data ? 'sealed', scheduled_for, processed_at, next_retry_at, ended_at, locked_until,
		last_error, error_details::text FROM email_queue`).
		Scan(&r.status, &r.retries, &r.sealed, &r.scheduled, &r.processed, &r.next, &r.ended, &r.locked, &r.lastError, &r.details)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (p *post) exec(t *testing.T, statement string) error {
	t.Helper()
	_, err := p.queue.Pool.Exec(t.Context(), statement)
	return err
}

func TestAnEmailIsSentOnceAndItsSecretsAreGone(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.enqueue(t, p.write(t, "ada@example.com", domain.PriorityUrgent))
	if r := p.row(t); r.status != "pending" || !r.sealed || !r.scheduled.Equal(p.now) {
		t.Fatalf("before: %+v", r)
	}
	p.work(t, 1)
	p.work(t, 0)
	if len(p.mailbox.mails) != 1 || p.mailbox.mails[0].To != "ada@example.com" || !strings.Contains(p.mailbox.mails[0].Text, mailLink) ||
		p.mailbox.mails[0].Subject != "Anmeldung bei Acme" {
		t.Errorf("%+v", p.mailbox.mails)
	}
	r := p.row(t)
	if r.status != "sent" || r.sealed || r.locked != nil || r.processed == nil || !r.processed.Equal(p.now) || !r.ended.Equal(p.now) || r.lastError != nil {
		t.Errorf("after: %+v", r)
	}
	p.now = p.now.Add(7 * 24 * time.Hour)
	left := func() (n int) {
		if more, err := p.worker.Clean(t.Context()); err != nil || more {
			t.Fatal(more, err)
		}
		if err := p.queue.Pool.QueryRow(t.Context(), `SELECT count(*) FROM email_queue`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if left() != 1 {
		t.Error("it is deleted before its time")
	}
	if p.now = p.now.Add(time.Microsecond); left() != 0 {
		t.Error("it is kept beyond its time")
	}
}

func TestTheMostUrgentFirstAndNoneBeforeItsTime(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	later, early := p.write(t, "later@example.com", 0), p.write(t, "early@example.com", 0)
	early.At = p.now.Add(-time.Hour)
	future := p.write(t, "future@example.com", 100)
	future.At = p.now.Add(time.Microsecond)
	p.enqueue(t, later, early, p.write(t, "urgent@example.com", 100), p.write(t, "high@example.com", 10), future)
	var order []string
	for {
		jobs, err := p.queue.Claim(t.Context(), p.now, p.now.Add(time.Minute), 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 {
			break
		}
		for _, job := range jobs {
			order = append(order, strings.Split(job.Recipients[0], "@")[0])
		}
	}
	if got := strings.Join(order, " "); got != "urgent high early later" {
		t.Error(got)
	}
}

func TestTwoWorkersNeverClaimTheSameJob(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	const jobs = 200
	var mails []domain.QueuedMail
	for i := range jobs {
		mails = append(mails, p.write(t, fmt.Sprintf("p%d@example.com", i), 0))
	}
	p.enqueue(t, mails...)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				claimed, err := p.worker.RunOnce(context.Background())
				if err != nil {
					t.Error(err)
				}
				if claimed == 0 || err != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	seen := map[domain.Email]int{}
	for _, mail := range p.mailbox.mails {
		seen[mail.To]++
	}
	if len(p.mailbox.mails) != jobs || len(seen) != jobs {
		t.Errorf("%d mails to %d people", len(p.mailbox.mails), len(seen))
	}
}

func TestADeadWorkersJobIsAnothers(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.enqueue(t, p.write(t, "ada@example.com", 0))
	dead, err := p.queue.Claim(t.Context(), p.now, p.now.Add(2*time.Minute), 10)
	if err != nil || len(dead) != 1 {
		t.Fatal(dead, err)
	}
	p.now = p.now.Add(2*time.Minute - time.Microsecond)
	p.work(t, 0)
	p.now = p.now.Add(time.Microsecond)
	p.work(t, 1)
	if r := p.row(t); r.status != "sent" || r.retries != 1 || len(p.mailbox.mails) != 1 {
		t.Errorf("%+v", r)
	}
	// The dead one was only slow. It has nothing to say any more.
	for name, change := range map[string]func() (bool, error){
		"sent":     func() (bool, error) { return p.queue.Sent(t.Context(), dead[0], "x", p.now) },
		"again":    func() (bool, error) { return p.queue.Again(t.Context(), dead[0], p.now, p.now, emails.Failure{}) },
		"failed":   func() (bool, error) { return p.queue.Failed(t.Context(), dead[0], p.now, emails.Failure{}) },
		"dropped":  func() (bool, error) { return p.queue.Drop(t.Context(), dead[0], p.now, "x") },
		"released": func() (bool, error) { return p.queue.Release(t.Context(), dead[0]) },
	} {
		if held, err := change(); held || err != nil {
			t.Errorf("%s: %v, %v", name, held, err)
		}
	}
}

func TestAJobThatIsLostAgainAndAgainIsGivenUp(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.enqueue(t, p.write(t, "ada@example.com", 0))
	for range 4 {
		if _, _, err := p.queue.TakeBack(t.Context(), p.now); err != nil {
			t.Fatal(err)
		}
		if jobs, err := p.queue.Claim(t.Context(), p.now, p.now.Add(time.Minute), 1); err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		p.now = p.now.Add(time.Minute)
	}
	p.work(t, 0)
	if r := p.row(t); r.status != "failed" || r.retries != 3 || r.ended == nil || !strings.Contains(*r.lastError, "Ackify ended") || !r.sealed {
		t.Errorf("%+v", r)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.enqueue(t, p.write(t, "ada@example.com", 0))
	p.mailbox.answer = &emails.Failure{Code: 451, Enhanced: "4.2.1", Said: "mailbox full, see " + mailLink}
	for i, minutes := range []time.Duration{1, 2, 4} {
		p.work(t, 1)
		r := p.row(t)
		if next := p.now.Add(minutes * time.Minute); r.status != "pending" || r.retries != i+1 || !r.scheduled.Equal(next) || !r.next.Equal(next) ||
			*r.lastError != "The mail server wants it later. The mail server said: mailbox full, see [removed]" ||
			*r.details != `{"code": 451, "said": "mailbox full, see [removed]", "cause": "later", "enhanced": "4.2.1", "permanent": false}` || !r.sealed || r.locked != nil {
			t.Fatalf("retry %d: %+v", i, r)
		}
		p.now = p.now.Add(minutes*time.Minute - time.Microsecond)
		p.work(t, 0)
		p.now = p.now.Add(time.Microsecond)
	}
	p.work(t, 1)
	if r := p.row(t); r.status != "failed" || r.retries != 3 || r.next != nil || !r.ended.Equal(p.now) || r.processed != nil || !r.sealed {
		t.Errorf("given up: %+v", r)
	}
	// By hand, as the docs say.
	if err := p.exec(t, `UPDATE email_queue SET status = 'pending', retry_count = 0, scheduled_for = now() - interval '100 years', ended_at = NULL WHERE status = 'failed'`); err != nil {
		t.Fatal(err)
	}
	p.mailbox.answer = nil
	p.work(t, 1)
	if r := p.row(t); r.status != "sent" || r.sealed || r.lastError != nil || r.details != nil || len(p.mailbox.mails) != 1 {
		t.Errorf("sent at last: %+v", r)
	}
}

func TestAPermanentRefusalIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.enqueue(t, p.write(t, "nobody@example.com", 0))
	p.mailbox.answer = &emails.Failure{Permanent: true, Code: 550, Reason: "RCPT: no such user"}
	p.work(t, 1)
	if r := p.row(t); r.status != "failed" || r.retries != 0 || *r.lastError != "The mail server refuses it." || *r.details != `{"code": 550, "cause": "refused", "permanent": true}` {
		t.Errorf("%+v", r)
	}
	p.now = p.now.Add(24 * time.Hour)
	p.work(t, 0)
}

func TestWhatIsCancelledIsNotSent(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.enqueue(t, p.write(t, "ada@example.com", 0))
	for _, other := range [][2]string{{"r", "bob@example.com"}, {"x", "ada@example.com"}} {
		if n, err := p.queue.Cancel(t.Context(), other[0], other[1], p.now); n != 0 || err != nil {
			t.Errorf("another's: %d, %v", n, err)
		}
	}
	if n, err := p.queue.Cancel(t.Context(), "r", "ada@example.com", p.now); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	p.work(t, 0)
	if r := p.row(t); r.status != "cancelled" || r.sealed || !r.ended.Equal(p.now) || len(p.mailbox.mails) != 0 {
		t.Errorf("%+v", r)
	}
	p.enqueue(t, p.write(t, "bob@example.com", 0))
	if jobs, err := p.queue.Claim(t.Context(), p.now, p.now.Add(time.Minute), 1); err != nil || len(jobs) != 1 {
		t.Fatal(err)
	}
	if n, err := p.queue.Cancel(t.Context(), "r", "bob@example.com", p.now); n != 0 || err != nil {
		t.Errorf("what is being sent is cancelled: %d, %v", n, err)
	}
	if err := p.exec(t, `UPDATE email_queue SET status = 'cancelled' WHERE reference_id = 'bob@example.com'`); err == nil {
		t.Error("the secrets of a cancelled email may be kept")
	}
}

// Rows that other programs wrote: without a lease, and ended without a time.
func TestRowsOfOthers(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	if err := p.exec(t, `INSERT INTO email_queue (to_addresses, subject, template, status, data, created_at) VALUES
		('{ada@example.com}', 'Hello', 'already_registered', 'processing',
		 '{"organisation": "Acme", "login_link": "https://x.example/a", "reset_link": "https://x.example/b"}', '2026-11-01'),
		('{bob@example.com}', 'Old', 'x', 'cancelled', '{}', '2026-11-01')`); err != nil {
		t.Fatal(err)
	}
	if err := p.exec(t, `UPDATE email_queue SET scheduled_for = '2026-11-01'`); err != nil {
		t.Fatal(err)
	}
	p.work(t, 1)
	if more, err := p.worker.Clean(t.Context()); err != nil || more {
		t.Fatal(more, err)
	}
	if r := p.row(t); r.status != "sent" || len(p.mailbox.mails) != 1 || p.mailbox.mails[0].Subject != "Hello" {
		t.Errorf("%+v, %+v", r, p.mailbox.mails)
	}
}

func TestEmailsFollowTheirTransaction(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	tx, err := p.queue.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.EnqueueIn(t.Context(), tx, p.write(t, "ada@example.com", 0), p.write(t, "bob@example.com", 0)); err != nil {
		t.Fatal(err)
	}
	p.work(t, 0)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.work(t, 0)
	p.enqueue(t)
	p.work(t, 0)
}

func TestReadersOfReportsDoNotSeeWhatEmailsSay(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.enqueue(t, p.write(t, "ada@example.com", 0))
	conn := connect(t, p.database.Owner)
	if _, err := conn.Exec(t.Context(), `SET ROLE ackify_readonly`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `SELECT status, locked_until, ended_at, last_error FROM email_queue`); err != nil {
		t.Error(err)
	}
	for _, column := range []string{"data", "headers"} {
		if _, err := conn.Exec(t.Context(), `SELECT `+column+` FROM email_queue`); err == nil {
			t.Errorf("%s is shown", column)
		}
	}
}

func TestTheBacklogIsCountedWithoutReadingWhatWasSent(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	owner := db.AsOwner(t)
	for _, statement := range []string{
		`INSERT INTO email_queue (to_addresses, subject, template, locale, data, status, created_at, scheduled_for, ended_at)
			SELECT '{a@example.com}', 's', 't', 'en', '{}', 'sent', now() - interval '1 day', now() - interval '1 day', now() FROM generate_series(1, 20000)`,
		`INSERT INTO email_queue (to_addresses, subject, template, locale, data, status, created_at, scheduled_for)
			SELECT '{a@example.com}', 's', 't', 'en', '{}', 'pending', now(), now() - interval '1 hour' FROM generate_series(1, 20)`,
		`ANALYZE email_queue`,
	} {
		if _, err := owner.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for query, arguments := range map[string][]any{sqlcgen.CountEmails: nil, sqlcgen.OldestDueEmail: {time.Now()}} {
		rows, err := owner.Pool.Query(t.Context(), "EXPLAIN "+query, arguments...)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || slices.ContainsFunc(plan, func(line string) bool { return strings.Contains(line, "Seq Scan") }) {
			t.Error(err, strings.Join(plan, "\n"))
		}
	}
}
