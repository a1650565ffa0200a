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
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/smtp"
)

// Level is how a check came out.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Wrong   Level = "wrong"
	Skipped Level = "skipped" // could not be tried, as something else is wrong
)

// Finding is what one check found.
type Finding struct {
	Check  string `json:"check"` // a stable name: "database", "mail", …
	Level  Level  `json:"level"`
	Text   string `json:"text"`             // one line, without secrets
	Remedy string `json:"remedy,omitempty"` // one line; what to set or to run, where there is something to do
}

// Worst is the worst of the levels; Skipped is no worse than OK.
func Worst(findings []Finding) Level {
	worst := OK
	for _, f := range findings {
		if f.Level == Wrong || f.Level == Warning && worst != Wrong {
			worst = f.Level
		}
	}
	return worst
}

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

// Unusable are the findings of a configuration that cannot be read.
func Unusable(problems config.Problems) (all []Finding) {
	for _, p := range problems {
		all = append(all, Finding{"configuration", Wrong, p.Variable + ": " + p.Wrong, "example: " + p.Variable + "=" + p.Example})
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
	r.findings = append(r.findings, Finding{check, Warning, oneLine(text), oneLine(remedy)})
}

func (r *report) wrong(check, text, remedy string) {
	r.findings = append(r.findings, Finding{check, Wrong, oneLine(text), oneLine(remedy)})
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
