// Package settings shows admins how this instance is configured, and tries what it depends on.
package settings

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Source is where a value comes from.
type Source string

// The sources.
const (
	FromDefault     Source = "default"
	FromEnvironment Source = "environment"
	FromFile        Source = "file"           // named by NAME_FILE
	FromDataDir     Source = "data_directory" // made and kept by Ackify
)

// Setting is the value of one variable.
type Setting struct {
	Name   string
	Group  string // what it is about; see Groups
	Value  string // as in force; "" for a secret
	Secret bool
	Set    bool // whether there is a value at all
	Source Source
}

// Groups are what settings are about, in their order.
var Groups = []string{"server", "database", "keys", "access", "providers", "mail", "files", "ledger"}

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

// Subject is what can be tried.
type Subject string

// The subjects.
const (
	All       Subject = "all"
	Mail      Subject = "mail" // sends a test mail
	Providers Subject = "providers"
	Storage   Subject = "storage"
)

// Doctor tries things.
type Doctor interface {
	// Examine takes 30 seconds at most. A mail goes to mailTo only when Mail is the subject.
	Examine(ctx context.Context, subject Subject, mailTo domain.Email) []Finding
}

// Trail notes who did what.
type Trail interface {
	Record(ctx context.Context, action string, by *domain.User, about func(domain.AuditEvent) domain.AuditEvent) error
}

// Service is the settings page.
type Service struct {
	Values []Setting // as they were read at the start
	Doctor Doctor
	Trail  Trail
}

// Test tries a subject; who asked is in the audit trail, also when something is wrong.
func (s Service) Test(ctx context.Context, by domain.User, subject Subject) ([]Finding, error) {
	found := s.Doctor.Examine(ctx, subject, by.Email)
	err := s.Trail.Record(ctx, domain.ActSettingsTested, &by, func(e domain.AuditEvent) domain.AuditEvent {
		e.Detail = map[string]string{"subject": string(subject), "outcome": string(Worst(found))}
		return e
	})
	return found, err
}
