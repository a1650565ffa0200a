package documents

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Preview is what a reference would become.
type Preview struct {
	Reference domain.Reference
	URL       string
	Existing  string // doc_id of the document that it names already; "" when there is none
	Title     string // found there; "" when none was
	Content   domain.Content
	Checksum  domain.Checksum
	Reader    domain.ReaderOptions
	Problem   *domain.Error // what hindered looking
}

// Preview looks at a reference as Create would, and keeps nothing.
func (s Service) Preview(ctx context.Context, by domain.User, reference string) (_ Preview, err error) {
	if err := s.MayCreate(by); err != nil {
		return Preview{}, err
	}
	ref, err := parseReference(reference)
	if err != nil {
		return Preview{}, err
	}
	preview := Preview{Reference: ref, URL: ref.URL(), Reader: domain.DefaultReader(ref.URL(), domain.Content{})}
	existing, err := s.Documents.ByReference(ctx, ref)
	if err == nil && !existing.ManagedBy(by) {
		err = existing.Readable()
	}
	if err == nil {
		preview.Existing, preview.Title = existing.ID, existing.Title
		return preview, s.mayRead(ctx, by, existing)
	}
	if !errors.Is(err, domain.ErrDocumentNotFound) || preview.URL == "" {
		return preview, nilIfNotFound(err)
	}
	found, err := s.Contents.Look(ctx, preview.URL, domain.SHA256)
	if err != nil {
		if preview.Problem = domain.LookProblem(domain.AsError(err).Code); preview.Problem == nil || ctx.Err() != nil {
			return preview, err
		}
		return preview, nil
	}
	preview.Title, preview.Content, preview.Checksum = found.Title, found.Content, found.Checksum
	preview.Reader = domain.DefaultReader(preview.URL, found.Content)
	return preview, found.Close()
}

func nilIfNotFound(err error) error {
	if errors.Is(err, domain.ErrDocumentNotFound) {
		return nil
	}
	return err
}
