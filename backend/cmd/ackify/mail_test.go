package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// inbox is a mail server's, one person's.
type inbox struct{ mails chan *mail.Message }

func (i inbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return i, nil }
func (inbox) Reset()                                            {}
func (inbox) Logout() error                                     { return nil }
func (inbox) Mail(string, *gosmtp.MailOptions) error            { return nil }
func (inbox) Rcpt(string, *gosmtp.RcptOptions) error            { return nil }

func (i inbox) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(content))
	if err == nil {
		i.mails <- m
	}
	return err
}

// openInbox starts a mail server and returns the configuration that uses it.
func openInbox(t testing.TB) (inbox, []string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := inbox{make(chan *mail.Message, 16)}
	server := gosmtp.NewServer(box)
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return box, []string{
		"ACKIFY_MAIL_HOST=127.0.0.1", fmt.Sprintf("ACKIFY_MAIL_PORT=%d", listener.Addr().(*net.TCPAddr).Port), "ACKIFY_MAIL_TLS=none",
		"ACKIFY_MAIL_FROM=ackify@sign.example.com", "ACKIFY_ORGANISATION=Prüfgesellschaft",
	}
}

func TestAQueuedEmailIsSentByTheServer(t *testing.T) {
	t.Parallel()
	own := dbtest.New(t)
	box, mailEnv := openInbox(t)
	env := append(withDatabase(t, own), mailEnv...)
	cfg, err := config.Load(env, true)
	if err != nil {
		t.Fatal(err)
	}
	db := own.DB(t)
	composer := openMail(t, cfg, db).composer
	if !composer.Enabled() {
		t.Fatal("there is a mail server")
	}
	const link = "https://sign.example.com/reset#token=0123456789abcdef"
	queued, err := composer.Compose(domain.Message{
		To: "ada@example.com", Locale: "de", Template: domain.MailPasswordReset, Data: map[string]string{"minutes": "60"},
		Secrets: map[string]string{"link": link},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := (postgres.Emails{DB: db}).Enqueue(t.Context(), queued); err != nil {
		t.Fatal(err)
	}
	serveIt(t, env...)
	m := <-box.mails
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if from := m.Header.Get("From"); err != nil || !strings.Contains(string(body), link) || !strings.HasSuffix(from, "<ackify@sign.example.com>") {
		t.Errorf("%v %s, %v", m.Header, body, err)
	}
}

func TestWithoutAMailServerNothingIsSent(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(withDatabase(t, dbtest.New(t)), true)
	if err != nil {
		t.Fatal(err)
	}
	if m := openMail(t, cfg, postgres.DB{}); m.worker != nil || m.composer.Enabled() {
		t.Error(m.worker)
	}
}

func openMail(t testing.TB, cfg config.Config, db postgres.DB) mailing {
	t.Helper()
	m, err := newMail(cfg, &database{DB: db}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
