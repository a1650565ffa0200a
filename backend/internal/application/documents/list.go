package documents

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Find returns the one document that a reference names, if there is one.
func (s Service) Find(ctx context.Context, by domain.User, reference string) ([]View, error) {
	ref, err := parseReference(reference)
	if err != nil {
		return nil, err
	}
	document, err := s.Documents.ByReference(ctx, ref)
	if errors.Is(err, domain.ErrDocumentNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	view, err := s.view(ctx, by, document)
	if err != nil {
		return nil, err
	}
	return []View{view}, nil
}

// List holds every document for those who read everything, and one's own for everybody else.
func (s Service) List(ctx context.Context, by domain.User, filter Filter, page domain.PageRequest) (domain.Page[View], error) {
	if filter.Author = by.ID; by.Role.MayReadEverything() {
		filter.Author = ""
	}
	filter.Reader, filter.Now = askable(by), s.now()
	found, err := s.Documents.List(ctx, filter, page)
	if err != nil {
		return domain.Page[View]{}, err
	}
	views := domain.Page[View]{NextCursor: found.NextCursor, Items: make([]View, len(found.Items))}
	for i, d := range found.Items {
		views.Items[i] = View{
			Document: d.Document, Managed: true, Editable: d.EditableBy(by, s.Creators), Remote: d.Remote, Expectation: d.Expectation, Overdue: &d.Overdue,
		}
	}
	return views, nil
}
