package contents

import (
	"context"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Service takes in, keeps and shows contents.
type Service struct {
	Fetcher   Fetcher
	Spool     Spool
	Inspector Inspector
	Store     Store
	Registry  Registry
	Renderer  Renderer
	Clock     func() time.Time
	Limit     int64 // bytes of one content
	// Proven remembers which stored bytes were hashed, by their version: a reader asks for a file in many ranges.
	Proven *lru.Cache[string, struct{}]
}

// provenMax is how many stored files one process remembers to have hashed.
const provenMax = 4096

// NewProven makes the memory of what was hashed.
func NewProven() (*lru.Cache[string, struct{}], error) { return lru.New[string, struct{}](provenMax) }

// Collector deletes stored files that no revision needs: uploads that failed, or whose document somebody else was faster to make.
type Collector struct {
	Store    Store
	Registry Registry
	Clock    func() time.Time
	Logger   *slog.Logger

	Age      time.Duration // how long an unneeded file is kept; 0: a day
	Interval time.Duration // between looks; 0: an hour
	Lease    time.Duration // how long deleting may take; 0: 10 minutes
	Batch    int           // files a look; 0: 100
}

func (c Collector) withDefaults() Collector {
	c.Age, c.Interval, c.Lease, c.Batch = or(c.Age, 24*time.Hour), or(c.Interval, time.Hour), or(c.Lease, 10*time.Minute), or(c.Batch, 100)
	return c
}

func or[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}

// Run collects until ctx ends.
func (c Collector) Run(ctx context.Context) {
	c = c.withDefaults()
	for {
		if _, err := c.RunOnce(ctx); err != nil && ctx.Err() == nil {
			c.Logger.Warn("unneeded files could not be deleted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.Interval):
		}
	}
}

// RunOnce deletes one batch and tells how many files are gone.
func (c Collector) RunOnce(ctx context.Context) (deleted int, err error) {
	c = c.withDefaults()
	now := c.Clock().UTC()
	lease := now.Add(c.Lease)
	condemned, err := c.Registry.Condemn(ctx, now.Add(-c.Age), now, lease, c.Batch)
	if err != nil {
		return 0, err
	}
	// Whoever brings the same bytes waits for the lease, so deleting ends well before it.
	ctx, cancel := context.WithTimeout(ctx, c.Lease/2)
	defer cancel()
	for _, hash := range condemned {
		if err := c.Store.Delete(ctx, hash); err != nil {
			return deleted, err
		}
		if err := c.Registry.Forget(ctx, hash); err != nil {
			return deleted, err
		}
		deleted++
	}
	return deleted, nil
}
