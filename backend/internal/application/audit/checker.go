package audit

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// CheckState is what became of a check.
type CheckState string

// The states of a check.
const (
	Running   CheckState = "running"
	Intact    CheckState = "intact"
	Disproven CheckState = "disproven"
	Failed    CheckState = "failed" // it could not be made
)

// Check is one check of the ledger, as recorded.
type Check struct {
	ID                            int64
	State                         CheckState
	Since, Size, Checked, Erased  int64
	Finding                       *Finding // when disproven; when failed, why
	Root                          proof.Hash
	StartedAt, SeenAt, FinishedAt time.Time
}

// Checks keeps what checks found.
type Checks interface {
	// Begin records a running check; it fails with ErrCheckRunning.
	Begin(ctx context.Context, since, size int64, now time.Time) (Check, error)
	Advance(ctx context.Context, id, checked int64, now time.Time) error
	End(ctx context.Context, c Check) error
	// Running is the check under way, nil when there is none.
	Running(ctx context.Context, now time.Time) (*Check, error)
	// Last is the newest check that ended in one of the states and began not after the entry since; nil when there is none.
	Last(ctx context.Context, since int64, states ...CheckState) (*Check, error)
	// DropBefore forgets old checks, but for those that found something.
	DropBefore(ctx context.Context, before time.Time) error
}

// ErrCheckRunning is answered when a check is wanted while one is under way.
var ErrCheckRunning = domain.E(domain.KindConflict, "ledger.check_running", "A check is under way already.")

// Checker checks the ledger every hour what is new, every night all of it, and whenever asked.
type Checker struct {
	Verifier Verifier
	Checks   Checks
	Clock    func() time.Time
	Logger   *slog.Logger
	Runs     *workers.Recorder // nil: nobody asks
	Interval time.Duration     // between checks; 0: an hour
	Night    int               // hour of the day, UTC, of the full check

	asked chan Check // begun, to be carried out by Run
}

// NewChecker makes a checker; Run starts it.
func NewChecker(verifier Verifier, checks Checks, clock func() time.Time, logger *slog.Logger) *Checker {
	const night = 3
	return &Checker{Verifier: verifier, Checks: checks, Clock: clock, Logger: logger, Night: night, asked: make(chan Check, 1)}
}

const (
	// keepChecks is how long what checks found is remembered.
	keepChecks = 90 * 24 * time.Hour
	day        = 24 * time.Hour
)

// Run checks now and then, and when asked, until ctx ends.
func (c *Checker) Run(ctx context.Context) {
	interval := c.Interval
	if interval == 0 {
		interval = time.Hour
	}
	first := time.NewTimer(min(interval, time.Minute)) // not while the server starts
	defer first.Stop()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	ended := c.Runs.Watch("checker", interval)
	for {
		var err error
		select {
		case begun := <-c.asked:
			err = c.carry(ctx, begun)
		case <-first.C:
			err = c.RunOnce(ctx)
		case <-tick.C:
			err = c.RunOnce(ctx)
		case <-ctx.Done():
			return
		}
		ended.Run(ctx, err)
		if err != nil && ctx.Err() == nil {
			c.Logger.Warn("the ledger could not be checked", "error", err)
		}
	}
}

// RunOnce makes the check that is due: of the whole ledger when last night's is missing, of what is new otherwise.
func (c *Checker) RunOnce(ctx context.Context) error {
	since, err := c.due(ctx)
	if err != nil {
		return err
	}
	begun, err := c.begin(ctx, since)
	if errors.Is(err, ErrCheckRunning) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.carry(ctx, begun)
}

// due is where the next check begins.
func (c *Checker) due(ctx context.Context) (int64, error) {
	now := c.Clock().UTC()
	night := now.Truncate(day).Add(time.Duration(c.Night) * time.Hour)
	if night.After(now) {
		night = night.Add(-day)
	}
	full, err := c.Checks.Last(ctx, 0, Intact, Disproven)
	if err != nil || full == nil || full.State != Intact || full.StartedAt.Before(night) {
		return 0, err
	}
	last, err := c.Checks.Last(ctx, anywhere, Intact, Disproven)
	if err != nil || last == nil || last.State != Intact {
		return 0, err
	}
	return last.Size, nil
}

// Ask begins a check of the whole ledger, which Run carries out.
func (c *Checker) Ask(ctx context.Context) (Check, error) {
	begun, err := c.begin(ctx, 0)
	if err != nil {
		return Check{}, err
	}
	select {
	case c.asked <- begun:
		return begun, nil
	case <-ctx.Done():
		return Check{}, domain.ErrDatabase.Because(ctx.Err())
	}
}

func (c *Checker) begin(ctx context.Context, since int64) (Check, error) {
	size, err := c.Verifier.Store.Size(ctx)
	if finding := (*Finding)(nil); errors.As(c.Verifier.Store.Explain(err), &finding) {
		size, err = 0, nil // the check will say so
	}
	if err != nil {
		return Check{}, err
	}
	return c.Checks.Begin(ctx, since, size, c.now())
}

func (c *Checker) now() time.Time { return c.Clock().UTC().Truncate(time.Microsecond) }

// carry makes a check that was begun, and records how far it is and what it found.
func (c *Checker) carry(ctx context.Context, check Check) error {
	verifier := c.Verifier
	said := c.Clock()
	verifier.Progress = func(checked, _ int64) {
		check.Checked = checked - check.Since
		if now := c.Clock(); now.Sub(said) >= time.Second {
			said = now
			if err := c.Checks.Advance(ctx, check.ID, check.Checked, c.now()); err != nil {
				c.Logger.Debug("the progress of a check could not be recorded", "error", err)
			}
		}
	}
	report, err := verifier.Verify(ctx, check.Since)
	check.FinishedAt = c.now()
	var finding *Finding
	switch {
	case err == nil:
		check.State, check.Size, check.Checked, check.Erased, check.Root = Intact, report.Size, report.Size-report.Since, report.Erased, report.Root
	case errors.As(err, &finding):
		check.State, check.Finding = Disproven, finding
		c.Logger.Error("THE LEDGER IS DISPROVEN", "code", finding.Code, "seq", finding.Seq, "detail", finding.Detail)
	default:
		check.State, check.Finding = Failed, Found("check.failed", "%s", domain.AsError(err).Detail)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if recordErr := errors.Join(c.Checks.End(last, check), c.Checks.DropBefore(last, check.FinishedAt.Add(-keepChecks))); recordErr != nil {
		return recordErr
	}
	if check.State == Failed {
		return err
	}
	return nil
}

// State is what is known from checks.
type State struct {
	Running *Check // under way
	Ended   *Check // the newest that ended, also one that could not be made
	Last    *Check // the newest that came to a verdict
	Full    *Check // the newest of the whole ledger that came to a verdict
}

// anywhere is a beginning that no check is after.
const anywhere = math.MaxInt64

// State tells what checks found.
func (c *Checker) State(ctx context.Context) (s State, err error) {
	if s.Running, err = c.Checks.Running(ctx, c.now()); err != nil {
		return s, err
	}
	if s.Ended, err = c.Checks.Last(ctx, anywhere, Intact, Disproven, Failed); err != nil {
		return s, err
	}
	if s.Last, err = c.Checks.Last(ctx, anywhere, Intact, Disproven); err != nil {
		return s, err
	}
	s.Full, err = c.Checks.Last(ctx, 0, Intact, Disproven)
	return s, err
}

// Disproven is what is wrong as far as is known: what the newest check found, or the newest of the whole ledger.
func (s State) Disproven() *Finding {
	for _, check := range []*Check{s.Last, s.Full} {
		if check != nil && check.State == Disproven {
			return check.Finding
		}
	}
	return nil
}
