package reminders

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Count is how many of those who are missing a reminder would go to, or why not.
type Count struct {
	Recipients int // neither muted nor waiting for one, nor reminded just now
	Muted      int
	Waiting    int // not muted, and have one that is not sent yet, or were reminded just now
	Failed     int // of the recipients, whose newest could not be sent or came back
}

// Count tells what reminding everybody who is missing would do, before it is done.
func (s Service) Count(ctx context.Context, by domain.User, docID string) (Count, error) {
	if _, err := s.forReading(ctx, by, docID); err != nil {
		return Count{}, err
	}
	return s.Repository.Count(ctx, docID, recently(s.now()))
}
