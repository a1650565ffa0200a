package reminders

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// History lists what was sent to whom about a document, and what became of it, the newest first.
func (s Service) History(
	ctx context.Context, by domain.User, docID string, filter Filter, page domain.PageRequest,
) (domain.Page[domain.Reminder], error) {
	if _, err := s.forReading(ctx, by, docID); err != nil {
		return domain.Page[domain.Reminder]{}, err
	}
	return s.Repository.History(ctx, docID, filter, page)
}
