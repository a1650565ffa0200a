package emails

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// MaxRetried is how many emails are sent again at once.
const MaxRetried = 500

// RetryInput says which emails to send again.
type RetryInput struct {
	IDs    []int64 // nil: the newest that have failed
	Before int64   // without IDs: older than this one; 0: the newest
}

// Retried is what became of sending several again.
type Retried struct {
	Retried int
	Left    int   // cannot be sent again
	Next    int64 // where to go on; 0: there are no more
}

// RetryFailed sends failed emails again, at most MaxRetried of them. One that cannot be is left as it is. It fails with ErrNotConfigured.
func (d Desk) RetryFailed(ctx context.Context, by domain.User, in RetryInput) (out Retried, err error) {
	if !d.Configured {
		return out, ErrNotConfigured
	}
	ids := in.IDs
	if ids == nil {
		if ids, err = d.Register.NewestFailed(ctx, in.Before, MaxRetried+1); err != nil {
			return out, err
		}
		if len(ids) > MaxRetried {
			ids = ids[:MaxRetried]
			out.Next = ids[MaxRetried-1]
		}
	}
	for _, id := range ids {
		switch err := d.retryFailed(ctx, by, id); {
		case err == nil:
			out.Retried++
		case errors.Is(err, ErrNotRetryable), errors.Is(err, ErrOnItsWay), errors.Is(err, ErrEmailNotFound):
			out.Left++
		default:
			return out, err
		}
	}
	if out.Retried > 0 && d.Wake != nil {
		d.Wake()
	}
	return out, nil
}

// retryFailed leaves alone what is waiting already.
func (d Desk) retryFailed(ctx context.Context, by domain.User, id int64) error {
	queued, err := d.Register.Email(ctx, id)
	if err != nil {
		return err
	}
	if queued.Status != Failed {
		return ErrNotRetryable
	}
	return d.again(ctx, by, queued)
}
