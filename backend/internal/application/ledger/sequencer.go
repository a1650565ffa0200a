package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

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

// Sequencer gives statements their place: one goroutine a process, whatever is queued in one transaction, no timer.
type Sequencer struct {
	Store  Store
	Keys   proof.Keys
	Origin string
	Clock  func() time.Time
	Logger *slog.Logger

	queue chan *request
	tail  *Tail // nil: read it first
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
	entries []domain.Entry // as built last
	done    chan error
}

func (r *request) answer(err error) { r.done <- err }

// Append records the drafts, in order and without a gap between them, together with the rows that effects makes of the
// entries. It returns after the commit. When ctx ends first the outcome is not known to the caller.
func (s *Sequencer) Append(
	ctx context.Context, drafts []domain.Draft, effects func([]domain.Entry) domain.Effects,
) ([]domain.Entry, error) {
	r := &request{drafts: drafts, effects: effects, nonces: make([][16]byte, len(drafts)), done: make(chan error, 1)}
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

// Run appends until ctx ends; what is queued by then is still appended.
func (s *Sequencer) Run(ctx context.Context) {
	for {
		select {
		case first := <-s.queue:
			s.process(context.WithoutCancel(ctx), s.gather(first))
		case <-ctx.Done():
			select {
			case first := <-s.queue:
				s.process(context.WithoutCancel(ctx), s.gather(first))
			default:
				return
			}
		}
	}
}

func (s *Sequencer) gather(first *request) []*request {
	batch := []*request{first}
	for len(batch) < maxRequests {
		select {
		case r := <-s.queue:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// process appends a batch and answers everybody in it.
func (s *Sequencer) process(ctx context.Context, batch []*request) {
	batch, err := s.append(ctx, batch)
	switch {
	case err == nil:
	case isRowConflict(err) && len(batch) > 1:
		// Somebody's row is there already: alone, each gets the answer that is its own.
		for _, r := range batch {
			s.process(ctx, []*request{r})
		}
		return
	case !isRowConflict(err):
		s.tail = nil
	}
	for _, r := range batch {
		r.answer(err)
	}
}

func isRowConflict(err error) bool {
	return errors.Is(err, domain.ErrSignatureExists) || errors.Is(err, domain.ErrDocumentExists)
}

// append tries at once on the tail in memory; if that is no longer the tail, or the outcome is unknown, in turn. It
// returns the requests that still wait for an answer: one whose statement cannot be encoded has had it.
func (s *Sequencer) append(ctx context.Context, batch []*request) ([]*request, error) {
	if s.tail == nil {
		tail, err := s.Store.Tail(ctx)
		if err != nil {
			return batch, err
		}
		s.tail = &tail
	}
	built, batch, err := s.build(*s.tail, batch)
	if err != nil || len(batch) == 0 {
		return batch, err
	}
	try, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	err = s.Store.Append(try, built)
	if errors.Is(err, ErrTailMoved) || errors.Is(err, ErrOutcomeUnknown) {
		return s.appendInTurn(ctx, batch, built, errors.Is(err, ErrOutcomeUnknown))
	}
	if err == nil {
		s.advance(built)
	}
	return batch, err
}

// appendInTurn appends when nobody else does. doubtful tells that last may be in the ledger already.
func (s *Sequencer) appendInTurn(ctx context.Context, batch []*request, last Batch, doubtful bool) ([]*request, error) {
	s.tail = nil
	for give, pause := s.Clock().Add(patience), 20*time.Millisecond; ; pause = min(2*pause, time.Second) {
		var fresh []*request
		built := last
		try, cancel := context.WithTimeout(ctx, attempt)
		already, err := s.Store.AppendInTurn(try, noncesOf(batch, doubtful), func(tail Tail) (_ Batch, err error) {
			s.tail = &tail
			built, fresh, err = s.build(tail, batch)
			return built, err
		})
		cancel()
		switch {
		case already:
			restore(batch, last)
			s.tail = nil
			return batch, nil
		case err == nil:
			s.advance(built)
			return fresh, nil
		case errors.Is(err, ErrOutcomeUnknown):
			last, doubtful = built, true
		case !errors.Is(err, domain.ErrDatabase) && !errors.Is(err, ErrTailMoved):
			return batch, err
		}
		if s.Clock().After(give) {
			return batch, domain.ErrDatabase.Because(err)
		}
		s.Logger.Warn("appending again", "error", err, "requests", len(batch))
		time.Sleep(pause)
	}
}

func noncesOf(batch []*request, doubtful bool) [][]byte {
	var nonces [][]byte
	if doubtful {
		for _, r := range batch {
			for i := range r.nonces {
				nonces = append(nonces, r.nonces[i][:])
			}
		}
	}
	return nonces
}

// restore gives requests the entries of a batch that turned out to be written.
func restore(batch []*request, written Batch) {
	at := 0
	for _, r := range batch {
		r.entries = written.Entries[at : at+len(r.drafts)]
		at += len(r.drafts)
	}
}

func (s *Sequencer) advance(b Batch) {
	all := nodes(s.tail.Nodes)
	for _, n := range b.Nodes {
		all[n.ID] = n.Hash
	}
	last := b.Entries[len(b.Entries)-1]
	s.tail.Size, s.tail.LastHash, s.tail.LastAt, s.tail.Root = b.Size, last.Hash, last.At, b.Root
	s.tail.Nodes = all.trim(b.Size)
}
