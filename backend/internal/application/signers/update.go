package signers

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// UpdateInput is what changes of somebody who is asked; nil leaves something as it is.
type UpdateInput struct {
	Name, Notes *string
	Muted       *bool
	Deadline    *Deadline
}

// Deadline is another deadline.
type Deadline struct {
	DueAt  time.Time // zero: none; of a person, then the document's counts
	Reason string
}

// Update changes what is known of somebody who is asked. It fails with domain.ErrSignerNotFound, also when they are no longer.
func (s Service) Update(ctx context.Context, by domain.User, docID, address string, in UpdateInput) (Listed, error) {
	var document domain.Document
	var row domain.ExpectedSigner
	err := insist(func() (err error) {
		if document, row, err = s.signer(ctx, by, docID, address); err != nil {
			return err
		}
		if !row.Asked() {
			return domain.ErrSignerNotFound
		}
		changed, details, err := s.changed(document, row, in)
		if err != nil || changed == row {
			return err
		}
		r := domain.Roster{By: by.ID, Documents: []domain.Document{document}, Seen: []domain.ExpectedSigner{row}, Details: &details}
		if !changed.Deadline(document).Equal(row.Deadline(document)) {
			r.Told = []domain.ExpectedSigner{changed}
		}
		return s.commit(ctx, r, func(at time.Time) []domain.AuditEvent {
			if !changed.DueAt.Equal(row.DueAt) {
				return []domain.AuditEvent{deadlineChanged(ctx, at, by, document, "person", changed.DueAt)}
			}
			return []domain.AuditEvent{domain.Act(ctx, at, domain.ActSignerChanged, &by).On(domain.SubjectDocument, document.ID, document.Title)}
		})
	})
	if err != nil {
		return Listed{}, err
	}
	return s.Repository.One(ctx, document, row.Email, s.now())
}

// changed is somebody as they are to be, and what of that is another.
func (s Service) changed(
	d domain.Document, row domain.ExpectedSigner, in UpdateInput,
) (changed domain.ExpectedSigner, details domain.SignerDetails, err error) {
	changed, details = row, domain.SignerDetails{DocID: row.DocID, Email: row.Email, Muted: in.Muted}
	if in.Name != nil {
		if changed.Name, err = domain.ParseOptionalName(*in.Name); err != nil {
			return row, details, err
		}
		details.Name = &changed.Name
	}
	if in.Notes != nil {
		if changed.Notes, err = domain.ParseNotes(*in.Notes); err != nil {
			return row, details, err
		}
		details.Notes = &changed.Notes
	}
	if in.Muted != nil {
		changed.Muted = *in.Muted
	}
	if in.Deadline != nil && !in.Deadline.DueAt.Equal(row.DueAt) {
		changed.DueAt = in.Deadline.DueAt
		if err = domain.CheckDeadline(changed.DueAt, s.now()); err != nil {
			return row, details, err
		}
		changed.DueReason, err = domain.DeadlineReason(row.Deadline(d), changed.Deadline(d), in.Deadline.Reason)
		details.DueReason, details.DueAt = &changed.DueReason, changed.DueAt
	}
	return changed, details, err
}

func deadlineChanged(ctx context.Context, at time.Time, by domain.User, d domain.Document, of string, due time.Time) domain.AuditEvent {
	event := domain.Act(ctx, at, domain.ActDeadlineChanged, &by).On(domain.SubjectDocument, d.ID, d.Title).With("of", of)
	if !due.IsZero() {
		event = event.With("due", due.UTC().Format(time.RFC3339))
	}
	return event
}
