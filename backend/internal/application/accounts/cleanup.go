package accounts

import (
	"context"
	"log/slog"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Cleanup deletes what nobody can use any more, and accounts whose address nobody confirmed.
type Cleanup struct {
	Repository Repository
	Clock      func() time.Time
	Logger     *slog.Logger
	Runs       *workers.Recorder // nil: nobody asks
	Interval   time.Duration     // between runs; 0: an hour
	Unverified time.Duration     // how long an account may wait for its address to be confirmed; 0: 7 days
	Keep       time.Duration     // how long used and expired links and tokens stay; 0: 7 days
}

// Run cleans up now and then until ctx ends.
func (c Cleanup) Run(ctx context.Context) {
	interval := c.Interval
	if interval == 0 {
		interval = time.Hour
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	ended := c.Runs.Watch("tidying", interval)
	for {
		err := c.RunOnce(ctx)
		ended.Run(ctx, err)
		if err != nil && ctx.Err() == nil {
			c.Logger.Warn("account cleanup failed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// RunOnce deletes what is due.
func (c Cleanup) RunOnce(ctx context.Context) error {
	const week = 7 * 24 * time.Hour
	unverified, keep := c.Unverified, c.Keep
	if unverified == 0 {
		unverified = week
	}
	if keep == 0 {
		keep = week
	}
	now := c.Clock().UTC().Truncate(time.Microsecond)
	cleaned, err := c.Repository.CleanUp(ctx, Cleaning{
		Unverified: now.Add(-unverified), Links: now.Add(-keep), Failures: now.Add(-24 * time.Hour), Attempts: now, Tokens: now.Add(-keep),
	}, func(id, email string) domain.Outbox {
		return domain.Note(domain.Act(ctx, now, domain.ActUnverifiedDropped, nil).On(domain.SubjectUser, id, email))
	})
	if err == nil && cleaned.Unverified > 0 {
		c.Logger.Info("accounts deleted that nobody confirmed", "accounts", cleaned.Unverified)
	}
	return err
}
