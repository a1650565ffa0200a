package signers

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// SetDeadline says until when everybody is to sign who has no deadline of their own, and records it of each of them. All of that
// is one transaction: where more people follow the deadline than one can record, it fails with domain.ErrTooManyFollow.
func (s Service) SetDeadline(ctx context.Context, by domain.User, docID string, in Deadline) (Status, error) {
	err := insist(func() error {
		document, err := s.editable(ctx, by, docID)
		if err != nil || in.DueAt.Equal(document.DueAt) {
			return err
		}
		if err := domain.CheckDeadline(in.DueAt, s.now()); err != nil {
			return err
		}
		reason, err := domain.DeadlineReason(document.DueAt, in.DueAt, in.Reason)
		if err != nil {
			return err
		}
		followers, err := s.Repository.Followers(ctx, docID, maxEntries+1)
		switch {
		case err != nil:
			return err
		case len(followers) > maxEntries:
			return domain.ErrTooManyFollow
		}
		r := domain.Roster{
			By: by.ID, Documents: []domain.Document{document}, Seen: followers, Told: followers,
			Deadline: &domain.NewDeadline{DocID: docID, DueAt: in.DueAt, Reason: reason, Followers: len(followers)},
		}
		return s.commit(ctx, r, func(at time.Time) []domain.AuditEvent {
			return []domain.AuditEvent{deadlineChanged(ctx, at, by, document, "document", in.DueAt)}
		})
	})
	if err != nil {
		return Status{}, err
	}
	return s.Status(ctx, by, docID)
}
