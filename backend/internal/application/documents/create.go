package documents

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// createAttempts bounds how often a random doc_id that happens to be taken is drawn again.
const createAttempts = 3

// Create makes the document that a reference names, or finds it; of two who are first at once, one creates and the other
// finds. created tells which.
func (s Service) Create(ctx context.Context, by domain.User, reference, title string) (_ View, created bool, err error) {
	if !s.Creators.Include(by.Role) {
		return View{}, false, domain.ErrDocumentForbidden
	}
	ref, err := parseReference(reference)
	if err != nil {
		return View{}, false, err
	}
	document, created, err := s.findOrCreate(ctx, by, ref, title)
	if err != nil {
		return View{}, false, err
	}
	if err := document.Readable(); err != nil {
		return View{}, false, err
	}
	view, err := s.view(ctx, by, document)
	return view, created, err
}

func (s Service) findOrCreate(
	ctx context.Context, by domain.User, ref domain.Reference, title string,
) (document domain.Document, created bool, err error) {
	for range createAttempts {
		document, err = s.Documents.ByReference(ctx, ref)
		if !errors.Is(err, domain.ErrDocumentNotFound) {
			return document, false, err
		}
		if document, err = domain.NewDocument(ref, title, by); err != nil {
			return document, false, err
		}
		entries, err := s.Ledger.Append(ctx, []domain.Draft{document.RevisionDraft(by.ID)}, func(e []domain.Entry) domain.Effects {
			made := document
			made.CreatedAt, made.UpdatedAt = e[0].At, e[0].At
			return domain.Effects{
				Documents: []domain.Document{made},
				Revisions: []domain.Revision{{Document: made, CreatedBy: by.ID, CreatedAt: e[0].At, Seq: e[0].Seq}},
				Audit:     []domain.AuditEvent{domain.Act(ctx, e[0].At, domain.ActDocumentMade, &by).On(domain.SubjectDocument, made.ID, made.Title)},
			}
		})
		if err == nil {
			document.CreatedAt, document.UpdatedAt = entries[0].At, entries[0].At
			return document, true, nil
		}
		if !errors.Is(err, domain.ErrDocumentExists) {
			return document, false, err
		}
	}
	return document, false, domain.ErrDocumentExists
}
