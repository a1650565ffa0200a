//go:build bench

package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg/embeddedpgtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/i18n"
	"github.com/ackify/ackify/backend/internal/infrastructure/mailtext"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/internal/infrastructure/smtp"
	"github.com/ackify/ackify/backend/templates"
)

const (
	mailsARound      = 1_000
	mailRounds       = 3
	mailRatePromised = 200.0 // a second
	mailRatio        = 1.25  // with old rows to without, of the time that one email takes
)

// swallow is a mail server that takes everything and keeps nothing.
type swallow struct{ connections, mails atomic.Int64 }

func (s *swallow) NewSession(*gosmtp.Conn) (gosmtp.Session, error) {
	s.connections.Add(1)
	return s, nil
}
func (*swallow) Reset()                                 {}
func (*swallow) Logout() error                          { return nil }
func (*swallow) Mail(string, *gosmtp.MailOptions) error { return nil }
func (*swallow) Rcpt(string, *gosmtp.RcptOptions) error { return nil }

func (s *swallow) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	s.mails.Add(1)
	return err
}

// How many reminders one process sends a second over five connections, each asked for before it is sent and recorded afterwards on a disk that is waited
// for; and the same with BENCH_OLD_EMAILS (1,000,000) rows of emails that have ended.
func TestEmailsASecond(t *testing.T) {
	old := 1_000_000
	if given := os.Getenv("BENCH_OLD_EMAILS"); given != "" {
		var err error
		old, err = strconv.Atoi(given)
		must(t, err)
	}
	office := openPost(t)
	without := office.best(t)
	_, err := office.owner.Exec(context.Background(), `INSERT INTO email_queue (to_addresses, subject, template, locale, data, status, created_at, scheduled_for,
		processed_at, ended_at, reference_type, reference_id, message_id)
		SELECT ARRAY['p' || i || '@example.com'], 'Subject ' || i, 'reminder', 'en', '{"title": "T"}', CASE WHEN i % 20 = 0 THEN 'failed' ELSE 'sent' END, at, at, at, at,
			'reminder', 'doc' || i % 100, md5(i::text) || '@sign.example.com'
		FROM (SELECT i, now() - i * interval '0.5 s' AS at FROM generate_series(1, $1) i) x`, old)
	must(t, err)
	_, err = office.owner.Exec(context.Background(), `VACUUM ANALYZE email_queue`)
	must(t, err)
	with := office.best(t)
	for _, words := range []string{"p" + strconv.Itoa(old/2) + "@", "subject", "nobody at all"} {
		begin := time.Now()
		_, err := office.queue.List(context.Background(), emails.Filter{}, domain.PageRequest{Limit: 20, Query: words})
		must(t, err)
		fmt.Printf("emails, search for %q among %d: %.2f ms\n", words, old, float64(time.Since(begin).Microseconds())/1000)
	}
	verdict := ""
	if without < mailRatePromised || with < mailRatePromised || without/with > mailRatio {
		verdict = "  TOO SLOW"
	}
	fmt.Printf("emails: %.0f a second (at least %.0f); with %d old ones %.0f, ratio %.2f (at most %.2f); %d connections for %d mails%s\n",
		without, mailRatePromised, old, with, without/with, mailRatio, office.sink.connections.Load(), office.sink.mails.Load(), verdict)
}

// postOffice is a queue with its worker and a mail server.
type postOffice struct {
	owner    *pgx.Conn
	queue    postgres.Emails
	composer emails.Composer
	worker   emails.Worker
	sink     *swallow
}

func openPost(t *testing.T) postOffice {
	t.Helper()
	ctx := context.Background()
	bin, err := embeddedpgtest.BinDir()
	must(t, err)
	server, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: t.TempDir(), BinDir: bin})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop(ctx)) })
	migrator, err := postgres.NewMigrator(ctx, server.MigrateDSN())
	must(t, err)
	must(t, migrator.Up())
	must(t, migrator.Close())
	pool, err := postgres.Open(ctx, postgres.PoolConfig{DSN: server.DSNs().App})
	must(t, err)
	t.Cleanup(pool.Close)
	p := postOffice{sink: &swallow{}, queue: postgres.Emails{DB: postgres.DB{Pool: pool}}}
	p.owner, err = pgx.Connect(ctx, server.DSNs().Owner)
	must(t, err)
	t.Cleanup(func() { _ = p.owner.Close(ctx) })
	_, err = p.owner.Exec(ctx, `INSERT INTO documents (doc_id, reference, reference_hash, title, url, created_by) VALUES ('policy', 'policy', sha256('policy'), 'Policy', '', 'x')`)
	must(t, err)
	_, err = p.owner.Exec(ctx, `INSERT INTO expected_signers (doc_id, email, added_by) SELECT 'policy', 'p' || i || '@example.com', 'x' FROM generate_series(1, $1) i`, mailsARound)
	must(t, err)
	words, err := i18n.Load()
	must(t, err)
	renderer, err := mailtext.New(templates.Mail, words)
	must(t, err)
	sealer, err := secrets.NewSealer("ackify/email-queue/v1", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	must(t, err)
	p.composer = emails.Composer{Renderer: renderer, Sealer: sealer, Clock: time.Now, Organisation: "Acme", Configured: true}
	p.worker = emails.Worker{
		Queue: p.queue, Sender: p.sender(t), Renderer: renderer, Sealer: sealer, Clock: time.Now, Logger: slog.New(slog.DiscardHandler), Domain: "sign.example.com",
		Gates: map[string]emails.Gate{domain.ReferenceReminder: postgres.Reminders(p.queue)},
	}
	return p
}

// sender is connected with the mail server, which ends with the test.
func (p postOffice) sender(t *testing.T) emails.Sender {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := gosmtp.NewServer(p.sink)
	server.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	sender, err := smtp.New(smtp.Config{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: smtp.NoTLS, From: "ackify@sign.example.com", FromName: "Acme",
	})
	must(t, err)
	t.Cleanup(sender.Close)
	return sender
}

// best is how many emails a second went out in the best round.
func (p postOffice) best(t *testing.T) (best float64) {
	t.Helper()
	ctx := context.Background()
	for range mailRounds {
		mails := make([]domain.QueuedMail, mailsARound)
		for i := range mails {
			var err error
			mails[i], err = p.composer.Compose(domain.Message{
				To: domain.Email(fmt.Sprintf("p%d@example.com", i+1)), Locale: "fr", Template: domain.MailReminder, ReferenceType: domain.ReferenceReminder, ReferenceID: "policy",
				Data: map[string]string{"title": "Policy", "document": "Policy", "document_link": "https://sign.example.com/d/policy", "name": "Zoë Müller"},
			})
			must(t, err)
		}
		must(t, p.queue.Enqueue(ctx, mails...))
		began := time.Now()
		for sent := 0; sent < mailsARound; {
			claimed, err := p.worker.RunOnce(ctx)
			must(t, err)
			sent += claimed
		}
		best = max(best, mailsARound/time.Since(began).Seconds())
	}
	return best
}
