package documents

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Get returns one document as the person sees it; a deleted one only for those who manage it.
func (s Service) Get(ctx context.Context, by domain.User, id string) (View, error) {
	document, err := s.Documents.Document(ctx, id)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, by, document)
}

// ForReading returns a document that the person may read and sign. It fails with domain.ErrDocumentNotFound, ErrDocumentDeleted or
// ErrAccessForbidden.
func (s Service) ForReading(ctx context.Context, by domain.User, id string) (domain.Document, error) {
	document, err := s.Documents.Document(ctx, id)
	if err != nil {
		return document, err
	}
	if err := document.Readable(); err != nil {
		return document, err
	}
	return document, s.mayRead(ctx, by, document)
}

// forEditing returns a document that the person may change; a deleted one too.
func (s Service) forEditing(ctx context.Context, by domain.User, id string) (domain.Document, error) {
	document, err := s.Documents.Document(ctx, id)
	if err == nil && !document.EditableBy(by, s.Creators) {
		err = domain.ErrEditForbidden
	}
	return document, err
}

// visible returns a document that the person may look at: also a deleted one, for those who manage it.
func (s Service) visible(ctx context.Context, by domain.User, id string) (domain.Document, error) {
	document, err := s.Documents.Document(ctx, id)
	if err != nil || document.ManagedBy(by) {
		return document, err
	}
	if err := document.Readable(); err != nil {
		return document, err
	}
	return document, s.mayRead(ctx, by, document)
}

// mayRead refuses who was not asked, where only those may read who were.
func (s Service) mayRead(ctx context.Context, by domain.User, document domain.Document) error {
	if s.Access != domain.AccessExpected || document.ManagedBy(by) {
		return nil
	}
	if by.Verified {
		asked, err := s.Documents.Asked(ctx, document.ID, by.Email)
		if err != nil || asked {
			return err
		}
	}
	_, err := s.Signatures.Newest(ctx, document.ID, by.ID)
	if errors.Is(err, domain.ErrSignatureNotFound) {
		return domain.ErrAccessForbidden
	}
	return err
}

// view is the document for a person who may look at it.
func (s Service) view(ctx context.Context, by domain.User, document domain.Document) (View, error) {
	view := View{Document: document, Managed: document.ManagedBy(by), Editable: document.EditableBy(by, s.Creators)}
	if !view.Managed {
		if err := document.Readable(); err != nil {
			return View{}, err
		}
		if err := s.mayRead(ctx, by, document); err != nil {
			return View{}, err
		}
	} else if err := s.manage(ctx, &view); err != nil {
		return View{}, err
	}
	var err error
	if view.Expectation, err = s.Documents.Expectation(ctx, document.ID, askable(by), view.Managed); err != nil {
		return View{}, err
	}
	newest, err := s.Signatures.Newest(ctx, document.ID, by.ID)
	switch {
	case errors.Is(err, domain.ErrSignatureNotFound):
	case err != nil:
		return View{}, err
	case document.Counts(newest.Revision):
		view.Mine = &newest
	default:
		view.Earlier = &newest
	}
	return view, nil
}

// manage adds what only those see who manage a document.
func (s Service) manage(ctx context.Context, view *View) error {
	if view.URL == "" {
		return nil
	}
	remote, err := s.Remotes.Remote(ctx, view.ID)
	view.Remote = &remote
	return err
}

// askable is the address by which somebody is asked: one that is known to be theirs.
func askable(by domain.User) domain.Email {
	if !by.Verified {
		return ""
	}
	return by.Email
}
