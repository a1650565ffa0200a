package postgres

import (
	"context"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// LogInAttempts keeps log-ins at identity providers that are under way.
type LogInAttempts struct{ DB }

// AddAttempt keeps one.
func (l LogInAttempts) AddAttempt(ctx context.Context, a signin.PendingAttempt) error {
	return translate(l.queries().AddLoginAttempt(ctx, sqlcgen.AddLoginAttemptParams{
		StateHash: a.StateHash[:], BrowserHash: a.BrowserHash[:], Provider: a.Provider, RedirectTo: a.RedirectTo, Locale: string(a.Locale),
		Now: a.CreatedAt, ExpiresAt: a.ExpiresAt,
	}))
}

// TakeAttempt deletes and returns an attempt; it fails with signin.ErrState.
func (l LogInAttempts) TakeAttempt(ctx context.Context, stateHash [32]byte) (signin.PendingAttempt, error) {
	row, err := l.queries().TakeLoginAttempt(ctx, stateHash[:])
	if err != nil {
		return signin.PendingAttempt{}, found(err, signin.ErrState)
	}
	return signin.PendingAttempt{
		StateHash: stateHash, BrowserHash: [32]byte(row.BrowserHash), Provider: row.Provider, RedirectTo: row.RedirectTo,
		Locale: domain.Locale(row.Locale), CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
	}, nil
}
