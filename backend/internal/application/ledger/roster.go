package ledger

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// AppendRoster records who was asked to acknowledge a document and who no longer is, however many, without a gap between them and
// in one transaction with the rows that effects makes of the entries (nil: none): so that "was asked and has not signed" can be
// proven too. Asking again changes a deadline.
func (s *Sequencer) AppendRoster(
	ctx context.Context, asked, withdrawn []domain.Expectation, effects func(asked, withdrawn []domain.Entry) domain.Effects,
) error {
	drafts := make([]domain.Draft, 0, len(asked)+len(withdrawn))
	for _, e := range asked {
		drafts = append(drafts, e.ExpectedDraft())
	}
	for _, e := range withdrawn {
		drafts = append(drafts, e.UnexpectedDraft())
	}
	if len(drafts) == 0 {
		return nil
	}
	var rows func([]domain.Entry) domain.Effects
	if effects != nil {
		rows = func(entries []domain.Entry) domain.Effects {
			return effects(entries[:len(asked)], entries[len(asked):])
		}
	}
	_, err := s.Append(ctx, drafts, rows)
	return err
}
