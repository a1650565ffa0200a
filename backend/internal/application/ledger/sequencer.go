package ledger

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	// maxRequests is how many waiting requests share one transaction at most.
	maxRequests = 256
	// patience is how long a batch is tried again while the database is away.
	patience = 5 * time.Second
	// attempt is how long one try may take before its outcome counts as unknown.
	attempt = 10 * time.Second
)

// Sequencer gives statements their place: one goroutine a process, whatever is queued in one transaction, no timer. While one batch
// is on its way to the database the next one is sealed on top of it; it is sent when the first has arrived, and sealed anew
// if it has not.
type Sequencer struct {
	Store  Store
	Keys   proof.Keys
	Origin string
	Clock  func() time.Time
	Logger *slog.Logger
	Guard  Guard                         // nil: what is in the database is built on as it is
	Runs   *workers.Recorder             // nil: nobody asks
	Took   func(appending time.Duration) // told of everything that was appended how long that took, from queued to committed; nil: nobody asks

	ended workers.Ended
	queue chan *request
	tail  *Tail // as last confirmed; nil: read it first
}

// NewSequencer makes a sequencer; Run starts it.
func NewSequencer(store Store, keys proof.Keys, origin string, clock func() time.Time, logger *slog.Logger) *Sequencer {
	return &Sequencer{
		Store: store, Keys: keys, Origin: origin, Clock: clock, Logger: logger,
		queue: make(chan *request, maxRequests),
	}
}

// request is what one caller wants appended: all of it, next to each other, or nothing.
type request struct {
	drafts  []domain.Draft
	effects func([]domain.Entry) domain.Effects
	nonces  [][16]byte
	entries []domain.Entry // as sealed last
	queued  time.Time
	done    chan error
}

// answer tells everybody in a batch what became of it. A batch that one of its rows refused has gone well: the next one will, too.
func (s *Sequencer) answer(ctx context.Context, requests []*request, err error) {
	fault := err
	if kind := domain.AsError(err).Kind; kind != domain.KindInternal && kind != domain.KindUnavailable {
		fault = nil
	}
	s.ended.Run(ctx, fault)
	for _, r := range requests {
		if err == nil && s.Took != nil {
			s.Took(time.Since(r.queued))
		}
		r.done <- err
	}
}

// Append records the drafts, in order and without a gap between them, together with the rows that effects makes of the
// entries. It returns after the commit. When ctx ends first the outcome is not known to the caller.
func (s *Sequencer) Append(
	ctx context.Context, drafts []domain.Draft, effects func([]domain.Entry) domain.Effects,
) ([]domain.Entry, error) {
	r := &request{drafts: drafts, effects: effects, nonces: make([][16]byte, len(drafts)), queued: time.Now(), done: make(chan error, 1)}
	for i := range r.nonces {
		rand.Read(r.nonces[i][:])
	}
	select {
	case s.queue <- r:
	case <-ctx.Done():
		return nil, domain.ErrDatabase.Because(ctx.Err())
	}
	select {
	case err := <-r.done:
		return r.entries, err
	case <-ctx.Done():
		return nil, domain.ErrDatabase.Because(ctx.Err())
	}
}

// flight is a batch on its way to the database.
type flight struct {
	requests []*request
	batch    Batch
	after    Tail // once it has arrived
	landed   chan error
}

// Run appends until ctx ends; what is queued by then is still appended.
func (s *Sequencer) Run(ctx context.Context) {
	stop, work := ctx.Done(), context.WithoutCancel(ctx)
	s.ended = s.Runs.Watch("sequencer", 0)
	var flying *flight
	var next *assembly
	for {
		if flying == nil && next != nil {
			flying, next = s.launch(work, next), nil
			continue
		}
		if stop == nil && flying == nil && len(s.queue) == 0 {
			return
		}
		var landed chan error
		if flying != nil {
			landed = flying.landed
		}
		queue := s.queue
		if next != nil && len(next.requests) >= maxRequests {
			queue = nil
		}
		select {
		case r := <-queue:
			next = s.admit(work, next, flying, r)
		case err := <-landed:
			next = s.land(work, flying, err, next)
			flying = nil
		case <-stop:
			stop = nil
		}
	}
}

// admit seals a request into the batch that comes next, and begins one if there is none.
func (s *Sequencer) admit(ctx context.Context, next *assembly, flying *flight, r *request) *assembly {
	if next == nil {
		base := s.tail
		if flying != nil {
			base = &flying.after
		}
		if base == nil {
			try, cancel := context.WithTimeout(ctx, attempt)
			defer cancel()
			tail, err := s.Store.Tail(try)
			if err == nil {
				err = s.trust(try, tail)
			}
			if err != nil {
				s.answer(ctx, []*request{r}, err)
				return nil
			}
			s.tail, base = &tail, &tail
		}
		next = s.assemble(*base)
	}
	if err := next.add(r); err != nil {
		s.answer(ctx, []*request{r}, domain.E(domain.KindInvalid, "request.invalid", "This cannot be recorded.").Because(err))
		if len(next.requests) == 0 {
			return nil
		}
	}
	return next
}

// launch sends a batch; nil when it must not be sent, and everybody in it has had the reason.
func (s *Sequencer) launch(ctx context.Context, a *assembly) *flight {
	batch, after, err := a.finish()
	if err != nil {
		s.tail = nil
		s.answer(ctx, a.requests, err)
		return nil
	}
	f := &flight{requests: a.requests, batch: batch, after: after, landed: make(chan error, 1)}
	go func() {
		ctx, cancel := context.WithTimeout(ctx, attempt)
		defer cancel()
		f.landed <- s.Store.Append(ctx, batch)
	}()
	return f
}

// land answers those who were in a flight, and returns the next batch, sealed anew if the flight did not arrive.
func (s *Sequencer) land(ctx context.Context, f *flight, err error, next *assembly) *assembly {
	if err == nil {
		s.arrived(f.batch, f.after)
		s.answer(ctx, f.requests, nil)
		return next
	}
	s.settle(ctx, f.requests, f.batch, err)
	if next == nil {
		return nil
	}
	waiting := next.requests
	next = nil
	for _, r := range waiting {
		next = s.admit(ctx, next, nil, r)
	}
	return next
}

// arrived notes that a batch is in the ledger.
func (s *Sequencer) arrived(b Batch, after Tail) {
	s.tail = &after
	if s.Guard != nil {
		s.Guard.Appended(b.Note)
	}
}

// trust asks the guard about a tail that was just read.
func (s *Sequencer) trust(ctx context.Context, tail Tail) error {
	if s.Guard == nil {
		return nil
	}
	return s.Guard.Trust(ctx, tail)
}
