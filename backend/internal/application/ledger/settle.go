package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// settle finds out what became of a batch whose sending failed with err, tries again what can be tried, and answers everybody in it.
func (s *Sequencer) settle(ctx context.Context, requests []*request, last Batch, err error) {
	if errors.Is(err, ErrTailMoved) || errors.Is(err, ErrOutcomeUnknown) {
		err = s.appendInTurn(ctx, requests, last, errors.Is(err, ErrOutcomeUnknown))
	}
	s.conclude(ctx, requests, err)
}

// conclude answers everybody in a batch whose outcome is final; where one person's row refused all, each tries alone.
func (s *Sequencer) conclude(ctx context.Context, requests []*request, err error) {
	switch {
	case err == nil:
		s.answer(ctx, requests, nil)
	case !isRowConflict(err):
		s.tail = nil
		s.answer(ctx, requests, err)
	case len(requests) == 1:
		s.answer(ctx, requests, err)
	default:
		// Somebody's row is there already: alone, each gets the answer that is its own.
		for _, r := range requests {
			one := []*request{r}
			s.conclude(ctx, one, s.appendInTurn(ctx, one, Batch{}, false))
		}
	}
}

// isRowConflict tells whether somebody's row was refused, and not the batch.
func isRowConflict(err error) bool {
	for _, conflict := range []error{
		domain.ErrSignatureExists, domain.ErrDocumentExists, domain.ErrRevisionConflict, domain.ErrRevisionOutdated, domain.ErrDocumentDeleted,
		domain.ErrContentMissing, domain.ErrRosterConflict,
	} {
		if errors.Is(err, conflict) {
			return true
		}
	}
	return false
}

// appendInTurn appends when nobody else does. doubtful tells that last may be in the ledger already.
func (s *Sequencer) appendInTurn(ctx context.Context, requests []*request, last Batch, doubtful bool) error {
	s.tail = nil
	give := s.Clock().Add(patience)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		var built Batch
		var after Tail
		try, cancel := context.WithTimeout(ctx, attempt)
		already, err := s.Store.AppendInTurn(try, noncesOf(requests, doubtful), func(tail Tail) (_ Batch, err error) {
			if err = s.trust(try, tail); err == nil {
				built, after, err = s.rebuild(tail, requests)
			}
			return built, err
		})
		cancel()
		switch {
		case already:
			restore(requests, last)
			return nil
		case err == nil:
			s.arrived(built, after)
			return nil
		case errors.Is(err, ErrOutcomeUnknown):
			last, doubtful = built, true
		case !errors.Is(err, domain.ErrDatabase) && !errors.Is(err, ErrTailMoved):
			return err
		}
		if s.Clock().After(give) {
			return domain.ErrDatabase.Because(err)
		}
		s.Logger.Warn("appending again", "error", err, "requests", len(requests))
		time.Sleep(pause)
	}
}

// rebuild seals requests that were sealed before onto another tail.
func (s *Sequencer) rebuild(tail Tail, requests []*request) (Batch, Tail, error) {
	a := s.assemble(tail)
	for _, r := range requests {
		if err := a.add(r); err != nil {
			return Batch{}, Tail{}, err
		}
	}
	return a.finish()
}

func noncesOf(requests []*request, doubtful bool) [][]byte {
	if !doubtful {
		return nil
	}
	var nonces [][]byte
	for _, r := range requests {
		for i := range r.nonces {
			nonces = append(nonces, r.nonces[i][:])
		}
	}
	return nonces
}

// restore gives requests the entries of a batch that turned out to be written.
func restore(requests []*request, written Batch) {
	at := 0
	for _, r := range requests {
		r.entries = written.Entries[at : at+len(r.drafts)]
		at += len(r.drafts)
	}
}
