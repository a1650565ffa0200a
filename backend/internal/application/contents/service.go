package contents

import (
	"context"
	"errors"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/ackify/ackify/backend/internal/application/workers"
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
	Memory    *Memory
}

const (
	// provenMax is how many stored files one process remembers to have hashed.
	provenMax = 4096
	// pagesMax is how many pages made of texts are kept at hand.
	pagesMax = 16
)

// Memory is what one process remembers, and how much it does at a time.
type Memory struct {
	proven *lru.Cache[string, struct{}] // stored bytes that were hashed, by their version: a reader asks for a file in many ranges
	pages  *lru.Cache[string, []byte]
	turns  chan struct{}
}

// NewMemory makes an empty one, with so many turns for what takes the processor.
func NewMemory(turns int) (*Memory, error) {
	proven, err := lru.New[string, struct{}](provenMax)
	if err != nil {
		return nil, err
	}
	pages, err := lru.New[string, []byte](pagesMax)
	return &Memory{proven: proven, pages: pages, turns: make(chan struct{}, turns)}, err
}

// turn waits until there is a turn; done gives it back.
func (m *Memory) turn(ctx context.Context) error {
	select {
	case m.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Memory) done() { <-m.turns }

// Collector deletes stored files that no revision needs: uploads that failed, or whose document somebody else was faster to make.
type Collector struct {
	Store    Store
	Registry Registry
	Clock    func() time.Time
	Logger   *slog.Logger
	Runs     *workers.Recorder // nil: nobody asks

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
	ended := c.Runs.Watch("collector", c.Interval)
	for {
		deleted, err := c.RunOnce(ctx)
		ended.Run(ctx, err)
		if err != nil && ctx.Err() == nil {
			c.Logger.Warn("unneeded files could not be deleted", "error", err)
		}
		if deleted == c.Batch {
			continue // there may be more
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
		fail := c.Store.Delete(ctx, hash)
		if fail == nil {
			fail = c.Registry.Forget(ctx, hash)
		}
		if fail != nil {
			err = errors.Join(err, fail) // the others are none the worse for it
			continue
		}
		deleted++
	}
	return deleted, err
}
