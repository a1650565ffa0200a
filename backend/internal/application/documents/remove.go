package documents

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Delete takes a document away from its readers. Everything that was signed stays as it is.
func (s Service) Delete(ctx context.Context, by domain.User, id string) error {
	document, err := s.forEditing(ctx, by, id)
	if err != nil {
		return err
	}
	if err := document.Readable(); err != nil {
		return err
	}
	return s.remove(ctx, by, document, true)
}

// Restore takes a deletion back.
func (s Service) Restore(ctx context.Context, by domain.User, id string) (View, error) {
	document, err := s.forEditing(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	if document.Readable() == nil {
		return View{}, domain.ErrDocumentNotDeleted
	}
	if err := s.remove(ctx, by, document, false); err != nil {
		return View{}, err
	}
	return s.Get(ctx, by, id)
}

func (s Service) remove(ctx context.Context, by domain.User, document domain.Document, deleted bool) error {
	action := domain.ActDocumentRestored
	if deleted {
		action = domain.ActDocumentDeleted
	}
	_, err := s.Ledger.Append(ctx, []domain.Draft{document.RemovalDraft(by.ID, deleted)}, func(e []domain.Entry) domain.Effects {
		removal := domain.Removal{DocID: document.ID, Seen: document.UpdatedAt}
		if deleted {
			removal.DeletedAt = e[0].At
		}
		return domain.Effects{
			Removals: []domain.Removal{removal},
			Audit:    []domain.AuditEvent{domain.Act(ctx, e[0].At, action, &by).On(domain.SubjectDocument, document.ID, document.Title)},
		}
	})
	return err
}
