package accounts

import (
	"context"
	"errors"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// longestWait is the most that wrong passwords make one wait.
const longestWait = 15 * time.Minute

// Wait is how long one has to wait after so many wrong passwords beyond the free ones: 1, 2, 4, 8, then 15 minutes.
func Wait(beyond int) time.Duration {
	if beyond < 1 {
		return 0
	}
	return min(time.Minute<<min(beyond-1, 10), longestWait)
}

// attempt runs a check of a password, unless too many were wrong for this account from this address. It is never locked for good,
// and never because of somebody else's mistakes elsewhere.
func (s Service) attempt(ctx context.Context, email domain.Email, check func() error) error {
	if s.Settings.FreeFailures == 0 {
		return check()
	}
	key := domain.HashSecret(string(email) + " " + domain.ClientNetwork(domain.OriginOf(ctx).IPAddress))
	until, ok, err := s.Repository.CountAttempt(ctx, key, s.Settings.FreeFailures, s.now())
	if err != nil {
		return err
	}
	if !ok {
		return domain.ErrTooManyAttempts.After(until.Sub(s.now()))
	}
	err = check()
	switch {
	case err == nil:
		return s.Repository.Forgive(ctx, key)
	case errors.Is(err, ErrCredentials), errors.Is(err, ErrPasswordWrong):
		return err
	}
	return errors.Join(err, s.Repository.Uncount(context.WithoutCancel(ctx), key))
}
