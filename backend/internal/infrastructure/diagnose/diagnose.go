// Package diagnose tries what Ackify depends on, and says what is wrong and how to mend it: for `ackify doctor`, for the start of the
// server, and for its settings page. It changes nothing but for probe files, which it removes, and the test mail that was asked for.
package diagnose

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/settings"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/smtp"
)

type (
	// Level is the application's.
	Level = settings.Level
	// Finding is the application's.
	Finding = settings.Finding
)

// The levels.
const (
	OK      = settings.OK
	Warning = settings.Warning
	Wrong   = settings.Wrong
	Skipped = settings.Skipped
)

// Worst is the worst of the levels.
func Worst(findings []Finding) Level { return settings.Worst(findings) }

// patience is how long one area may take; what talks to a network has shorter limits of its own for each step.
const patience = 30 * time.Second

// Doctor tries what a configuration names.
type Doctor struct {
	Config  config.Config
	Environ []string // as given to config.Load
	Store   func() (contents.Store, error)
	Sender  func() (smtp.Sender, error) // not called without a mail server
	MailTo  domain.Email                // "": no test mail
	HTTP    *http.Client                // for the base URL and providers; nil: one with the system's certificates
	Clock   func() time.Time
}

// Run tries everything, areas side by side, and returns what was found in a fixed order.
func (d Doctor) Run(ctx context.Context) (all []Finding) {
	areas := []func(context.Context) []Finding{
		d.Configuration, d.Database, d.Volumes, d.Checkpoints, d.Storage, d.Mail, d.Providers, d.Site,
	}
	found := make([][]Finding, len(areas))
	var trying sync.WaitGroup
	for i, area := range areas {
		trying.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			found[i] = area(ctx)
		})
	}
	trying.Wait()
	for _, some := range found {
		all = append(all, some...)
	}
	return all
}

// Examine implements settings.Doctor.
func (d Doctor) Examine(ctx context.Context, subject settings.Subject, mailTo domain.Email) []Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch subject {
	case settings.Mail:
		d.MailTo = mailTo
		return d.Mail(ctx)
	case settings.Providers:
		return d.Providers(ctx)
	case settings.Storage:
		return d.Storage(ctx)
	}
	return d.Run(ctx)
}

// Unusable are the findings of a configuration that cannot be read.
func Unusable(problems config.Problems) (all []Finding) {
	for _, p := range problems {
		all = append(all, Finding{Check: "configuration", Level: Wrong, Text: p.Variable + ": " + p.Wrong, Remedy: "example: " + p.Variable + "=" + p.Example})
	}
	return all
}

// report collects the findings of one area.
type report struct{ findings []Finding }

func (r *report) ok(check, format string, args ...any) {
	r.findings = append(r.findings, Finding{Check: check, Level: OK, Text: oneLine(fmt.Sprintf(format, args...))})
}

func (r *report) skipped(check, reason string, args ...any) {
	r.findings = append(r.findings, Finding{Check: check, Level: Skipped, Text: oneLine(fmt.Sprintf(reason, args...))})
}

// warn and wrong end with what to do about it.
func (r *report) warn(check, text, remedy string) {
	r.findings = append(r.findings, Finding{Check: check, Level: Warning, Text: oneLine(text), Remedy: oneLine(remedy)})
}

func (r *report) wrong(check, text, remedy string) {
	r.findings = append(r.findings, Finding{Check: check, Level: Wrong, Text: oneLine(text), Remedy: oneLine(remedy)})
}

// oneLine keeps a text to one line of a bearable length.
func oneLine(s string) string {
	const longest = 600
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return s
}
