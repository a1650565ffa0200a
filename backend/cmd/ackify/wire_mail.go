package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/i18n"
	"github.com/ackify/ackify/backend/internal/infrastructure/mailtext"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/internal/infrastructure/smtp"
	"github.com/ackify/ackify/backend/internal/infrastructure/tracing"
	"github.com/ackify/ackify/backend/templates"
)

// mailing is everything about emails.
type mailing struct {
	words    i18n.Messages
	composer emails.Composer
	desk     emails.Desk
	worker   *emails.Worker // nil without a mail server
	sender   smtp.Sender
	wake     func() // ends the worker's sleep
}

// run sends emails until ctx ends, then closes the connections to the mail server.
func (m mailing) run(ctx context.Context) {
	if m.worker != nil {
		m.worker.Run(ctx)
		m.sender.Close()
	}
}

// newMail makes the server's words, what writes emails with them and, with a mail server, what sends them.
func newMail(cfg config.Config, db *database, traces *tracing.Traces, logger *slog.Logger) (m mailing, err error) {
	if m.words, err = i18n.Load(); err != nil {
		return m, err
	}
	renderer, err := newRenderer(cfg, m.words)
	if err != nil {
		return m, err
	}
	sealer, err := secrets.NewSealer("ackify/email-queue/v1", cfg.CookieSecret, cfg.CookiePrevious)
	if err != nil {
		return m, fmt.Errorf("ACKIFY_OAUTH_COOKIE_SECRET: %w", err)
	}
	var waking chan struct{}
	waking, m.wake = alarm()
	queue, gates := postgres.Emails{DB: db.DB}, newGates(db)
	m.composer = emails.Composer{
		Renderer: renderer, Sealer: sealer, Clock: time.Now, Organisation: cfg.Organisation, Configured: cfg.Mail.Enabled(),
	}
	m.desk = emails.Desk{Register: queue, Renderer: renderer, Gates: gates, Configured: cfg.Mail.Enabled(), Clock: time.Now, Wake: m.wake}
	if !cfg.Mail.Enabled() {
		return m, nil
	}
	m.sender, err = newSender(cfg)
	_, right, _ := strings.Cut(string(cfg.Mail.From), "@")
	m.worker = &emails.Worker{
		Queue: queue, Sender: traces.Sender(m.sender), Renderer: renderer, Sealer: sealer, Clock: time.Now, Logger: logger, Gates: gates, Domain: right, Wake: waking,
	}
	if cfg.Notices.Rate > 0 {
		m.worker.Pace = emails.NewSteady(cfg.Notices.Rate)
	}
	return m, err
}

func newSender(cfg config.Config) (smtp.Sender, error) {
	return smtp.New(smtp.Config{
		Host: cfg.Mail.Host, Port: cfg.Mail.Port, Username: cfg.Mail.Username, Password: cfg.Mail.Password, TLS: smtp.TLSMode(cfg.Mail.TLS),
		From: cfg.Mail.From, FromName: cfg.Mail.FromName, Timeout: cfg.Mail.Timeout,
	})
}

// newGates makes what looks again at emails before they are sent.
func newGates(db *database) map[string]emails.Gate {
	kept := postgres.Reminders{DB: db.DB}
	return map[string]emails.Gate{
		domain.ReferenceReminder: kept, domain.ReferenceEscalation: reminders.EscalationGate{Escalations: kept, Clock: time.Now},
		domain.ReferenceCompleted: postgres.Completions{DB: db.DB},
	}
}

// newRenderer makes what turns emails into words, as the organisation looks.
func newRenderer(cfg config.Config, words i18n.Messages) (mailtext.Renderer, error) {
	renderer, err := mailtext.New(templates.Mail, words)
	if err != nil {
		return renderer, err
	}
	var logo *emails.Image
	if cfg.Notices.Logo != nil {
		logo = &emails.Image{MediaType: cfg.Notices.LogoType, Data: cfg.Notices.Logo}
	}
	look, err := mailtext.NewLook(cfg.Notices.Colour, logo, cfg.Notices.Zone)
	return renderer.With(look), err
}

// alarm is a channel and what rings it; ringing twice before anybody hears it is ringing once.
func alarm() (chan struct{}, func()) {
	bell := make(chan struct{}, 1)
	return bell, func() {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}

func newReminders(cfg config.Config, db *database, m mailing, logger *slog.Logger) reminders.Service {
	return reminders.Service{
		Repository: postgres.Reminders{DB: db.DB}, Documents: postgres.Documents{DB: db.DB}, Users: postgres.Accounts{DB: db.DB}, Mails: m.composer,
		Desk: m.desk, Creators: cfg.Creators, BaseURL: cfg.BaseURL.String(), Zone: cfg.Notices.Zone, Clock: time.Now, Logger: logger, Wake: m.wake,
	}
}
