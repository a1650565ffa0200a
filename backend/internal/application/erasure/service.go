// Package erasure is a person's right to be forgotten: an administrator files the request, the operator carries it out.
package erasure

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
)

// State is what became of a request.
type State string

// The states of a request.
const (
	Open      State = "open"
	Withdrawn State = "withdrawn"
	Completed State = "completed"
)

// Request is a person's request to be forgotten.
type Request struct {
	ID          string
	Email       string // "erased:<id>" once completed
	Reason      string // "" once completed
	State       State
	RequestedAt time.Time
	RequestedBy string // name of the administrator
	CompletedAt time.Time
	Entries     int // erased; only once completed
}

// Repository keeps requests.
type Repository interface {
	// Known tells whether anything is about an address, and whether it is the only active administrator's.
	Known(ctx context.Context, email domain.Email) (known, lastAdmin bool, err error)
	// Add fails with ErrAlreadyRequested.
	Add(ctx context.Context, email domain.Email, reason string, by domain.User, at time.Time, out domain.Outbox) (Request, error)
	List(ctx context.Context, page domain.PageRequest) (domain.Page[Request], error)
	// OpenRequests lists those to carry out, the oldest first.
	OpenRequests(ctx context.Context) ([]Request, error)
	// Withdraw tells whether there was such an open request.
	Withdraw(ctx context.Context, id string, at time.Time, out domain.Outbox) (bool, error)
}

// Errors about erasures.
var (
	ErrNobody           = domain.E(domain.KindNotFound, "erasure.nobody", "Nothing here is about this address.")
	ErrAlreadyRequested = domain.E(domain.KindConflict, "erasure.already_requested", "There is an open request for this address already.")
	ErrNotFound         = domain.E(domain.KindNotFound, "erasure.not_found", "There is no such open request.")
	ErrLastAdmin        = domain.Invalid("email", "erasure.last_admin", "This is the only administrator; make another one first.")
	ErrReason           = domain.Invalid("reason", "erasure.reason_invalid", "Give a reason of at most 500 characters, on one line and without the address: it stays in the ledger for ever.")
)

var errNoReason = errors.New("there is no open request for this address: say why with --reason")

// Service files requests.
type Service struct {
	Repository Repository
	Clock      func() time.Time
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// File records a request; nothing is erased yet.
func (s Service) File(ctx context.Context, by domain.User, email, reason string) (Request, error) {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return Request{}, err
	}
	if reason, err = parseReason(reason, address); err != nil {
		return Request{}, err
	}
	if err := s.mayErase(ctx, address); err != nil {
		return Request{}, err
	}
	event := domain.Act(ctx, s.now(), domain.ActErasureRequested, &by).On(domain.SubjectErasure, "", string(address))
	return s.Repository.Add(ctx, address, reason, by, s.now(), domain.Note(event))
}

func (s Service) mayErase(ctx context.Context, address domain.Email) error {
	known, lastAdmin, err := s.Repository.Known(ctx, address)
	switch {
	case err != nil:
		return err
	case !known:
		return ErrNobody
	case lastAdmin:
		return ErrLastAdmin
	}
	return nil
}

// parseReason refuses a reason that names the person: it stays in the ledger for ever.
func parseReason(reason string, address domain.Email) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || strings.Contains(strings.ToLower(reason), string(address)) || utf8.RuneCountInString(reason) > 500 || !domain.IsOneLine(reason) {
		return "", ErrReason
	}
	return reason, nil
}

// List returns requests, the newest first.
func (s Service) List(ctx context.Context, page domain.PageRequest) (domain.Page[Request], error) {
	return s.Repository.List(ctx, page)
}

// Withdraw ends an open request.
func (s Service) Withdraw(ctx context.Context, by domain.User, id string) error {
	event := domain.Act(ctx, s.now(), domain.ActErasureWithdrawn, &by).On(domain.SubjectErasure, id, "")
	withdrawn, err := s.Repository.Withdraw(ctx, id, s.now(), domain.Note(event))
	if err == nil && !withdrawn {
		return ErrNotFound
	}
	return err
}

// Store erases, with the rights of the migrations' role.
type Store interface {
	// Erase finds the entries about a person, writes what build makes of each run of them (an `erased` entry), and erases them and
	// everything else about the person. It returns how many entries were erased. A run is one transaction; the last one also erases
	// what is outside of the ledger.
	Erase(ctx context.Context, email domain.Email, at time.Time, build func(ledger.Tail, []int64) (ledger.Batch, error)) (int, error)
}

// Carry carries a request out, or erases without one on the operator's word: then reason is needed.
func (s Service) Carry(ctx context.Context, store Store, once ledger.Once, email, reason string) (erased int, err error) {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return 0, err
	}
	open, err := s.Repository.OpenRequests(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range open {
		if reason == "" && r.Email == string(address) {
			reason = r.Reason
		}
	}
	if err := s.mayErase(ctx, address); err != nil {
		return 0, err
	}
	if reason == "" {
		return 0, errNoReason
	}
	if reason, err = parseReason(reason, address); err != nil {
		return 0, err
	}
	return store.Erase(ctx, address, s.now(), func(tail ledger.Tail, seqs []int64) (ledger.Batch, error) {
		return once.Build(tail, domain.ErasedDraft(seqs, domain.Operator, reason))
	})
}
