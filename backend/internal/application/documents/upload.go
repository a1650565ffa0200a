package documents

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// MayCreate refuses who may not make documents, before they send a file.
func (s Service) MayCreate(by domain.User) error {
	if !s.Creators.Include(by.Role) {
		return domain.ErrDocumentForbidden
	}
	return nil
}

// MayEdit refuses who may not change a document, before they send a file.
func (s Service) MayEdit(ctx context.Context, by domain.User, id string) error {
	document, err := s.forEditing(ctx, by, id)
	if err != nil {
		return err
	}
	return document.Readable()
}

// Receive takes in a file that somebody sends; whoever calls it closes what it returns.
func (s Service) Receive(ctx context.Context, r io.Reader, fileName, claimed, algorithm string) (*contents.Found, error) {
	return s.Contents.Receive(ctx, r, fileName, claimed, algorithm)
}

// Upload makes a document of a file. Without a reference the new doc_id is one.
func (s Service) Upload(ctx context.Context, by domain.User, found *contents.Found, in CreateInput) (View, error) {
	if err := s.MayCreate(by); err != nil {
		return View{}, err
	}
	reference := in.Reference
	if strings.TrimSpace(reference) == "" {
		reference = strings.ToLower(rand.Text())[:8]
	}
	ref, err := parseReference(reference)
	if err != nil {
		return View{}, err
	}
	switch _, err := s.Documents.ByReference(ctx, ref); {
	case err == nil:
		return View{}, domain.ErrDocumentExists
	case !errors.Is(err, domain.ErrDocumentNotFound):
		return View{}, err
	}
	document, err := domain.NewDocument(ref, in.Title, by)
	if err != nil {
		return View{}, err
	}
	if strings.TrimSpace(in.Title) == "" && found.Title != "" {
		document.Title = found.Title
	}
	if document.Description, err = domain.ParseDescription(in.Description); err != nil {
		return View{}, err
	}
	document.URL = "" // what was uploaded is not what is at an address
	document.Content, document.Checksum, document.ChecksumAlgorithm = found.Content, found.Checksum.Hex, found.Checksum.Algorithm
	document, created, err := s.add(ctx, by, document, in.Reader, found, nil)
	if err == nil && !created {
		err = domain.ErrDocumentExists
	}
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, by, document)
}
