package documents

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Get returns one document as the person sees it.
func (s Service) Get(ctx context.Context, by domain.User, id string) (View, error) {
	document, err := s.Documents.Document(ctx, id)
	if err != nil {
		return View{}, err
	}
	if err := document.Readable(); err != nil {
		return View{}, err
	}
	return s.view(ctx, by, document)
}

func (s Service) view(ctx context.Context, by domain.User, document domain.Document) (View, error) {
	view := View{Document: document, Managed: document.ManagedBy(by)}
	if view.Managed {
		counts, err := s.Signatures.Count(ctx, []string{document.ID})
		if err != nil {
			return View{}, err
		}
		view.Signatures = counts[document.ID]
	}
	mine, err := s.Signatures.Find(ctx, document.ID, document.Revision, by.ID)
	switch {
	case err == nil:
		view.Mine = &mine
	case !errors.Is(err, domain.ErrSignatureNotFound):
		return View{}, err
	}
	return view, nil
}
