package sessions

import (
	"context"
	"log/slog"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
)

// Cleanup deletes sessions that expired a while ago.
type Cleanup struct {
	Repository Repository
	Clock      func() time.Time
	Logger     *slog.Logger
	Runs       *workers.Recorder // nil: nobody asks
	Interval   time.Duration     // between runs; 0: 24 hours
	Keep       time.Duration     // after expiry; 0: 7 days, which makes 37 after log-in
}

// Run cleans up now and then until ctx ends.
func (c Cleanup) Run(ctx context.Context) {
	interval := c.Interval
	if interval == 0 {
		interval = 24 * time.Hour
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	ended := c.Runs.Watch("cleanup", interval)
	for {
		err := c.RunOnce(ctx)
		ended.Run(ctx, err)
		if err != nil && ctx.Err() == nil {
			c.Logger.Warn("session cleanup failed", "error", err)
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
	keep := c.Keep
	if keep == 0 {
		keep = 7 * 24 * time.Hour
	}
	deleted, err := c.Repository.DeleteExpired(ctx, c.Clock().Add(-keep))
	if err == nil && deleted > 0 {
		c.Logger.Info("expired sessions deleted", "sessions", deleted)
	}
	return err
}
