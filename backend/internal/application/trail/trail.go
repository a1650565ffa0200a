// Package trail is the audit trail: who did what, when, from where.
package trail

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Filter says which events are wanted.
type Filter struct {
	Action   string    // one action, or what several begin with up to a dot; "": all
	From, To time.Time // [From, To); zero: no limit
}

// Repository keeps the trail.
type Repository interface {
	Record(ctx context.Context, out domain.Outbox) error
	// Events lists the newest first; the query searches addresses, what was acted on, and client addresses.
	Events(ctx context.Context, f Filter, page domain.PageRequest) (domain.Page[domain.AuditEvent], error)
}

// Service reads the trail, and adds what follows from no other change.
type Service struct {
	Repository Repository
	Clock      func() time.Time
}

// List is one page, the newest first.
func (s Service) List(ctx context.Context, f Filter, page domain.PageRequest) (domain.Page[domain.AuditEvent], error) {
	return s.Repository.Events(ctx, f, page)
}

// All hands every event to fn, the newest first, without holding them all.
func (s Service) All(ctx context.Context, f Filter, query string, fn func([]domain.AuditEvent) error) error {
	page := domain.PageRequest{Limit: 100, Query: query}
	for {
		found, err := s.Repository.Events(ctx, f, page)
		if err != nil {
			return err
		}
		if err := fn(found.Items); err != nil {
			return err
		}
		if page.Cursor = found.NextCursor; page.Cursor == "" {
			return nil
		}
	}
}

// Record adds an event.
func (s Service) Record(ctx context.Context, action string, by *domain.User, about func(domain.AuditEvent) domain.AuditEvent) error {
	event := domain.Act(ctx, s.Clock().UTC().Truncate(time.Microsecond), action, by)
	if about != nil {
		event = about(event)
	}
	return s.Repository.Record(ctx, domain.Note(event))
}
