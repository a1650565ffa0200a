package documents

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// UpdateInput is what changes without a revision; nil leaves something as it is.
type UpdateInput struct {
	Description *string
	Reader      domain.ReaderChoice
	Recheck     *bool
}

// Update changes what needs no revision.
func (s Service) Update(ctx context.Context, by domain.User, id string, in UpdateInput) (View, error) {
	document, err := s.forEditing(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	if err := document.Readable(); err != nil {
		return View{}, err
	}
	changed := document
	if in.Description != nil {
		if changed.Description, err = domain.ParseDescription(*in.Description); err != nil {
			return View{}, err
		}
	}
	changed.Reader = in.Reader.Apply(document.Reader)
	if changed.Reader != document.Reader {
		if err := changed.Reader.Fit(changed); err != nil {
			return View{}, err
		}
	}
	if in.Recheck != nil {
		if document.URL == "" {
			return View{}, domain.ErrNoURL
		}
		if err := s.Remotes.SetRecheck(ctx, id, *in.Recheck, s.nextCheck(s.now()), s.updated(ctx, by, document)); err != nil {
			return View{}, err
		}
	}
	if changed != document {
		if err := s.Documents.Update(ctx, changed, s.updated(ctx, by, changed)); err != nil {
			return View{}, err
		}
	}
	return s.Get(ctx, by, id)
}

func (s Service) updated(ctx context.Context, by domain.User, document domain.Document) domain.Outbox {
	return domain.Outbox{Audit: []domain.AuditEvent{
		domain.Act(ctx, s.now(), domain.ActDocumentUpdated, &by).On(domain.SubjectDocument, document.ID, document.Title),
	}}
}

// Metadata is what a document says about itself; nil leaves something as it is.
type Metadata struct {
	Title, URL, Checksum, Algorithm, Description *string
}

// SetMetadata changes what a document says about itself, with a revision where the content changes: a material one unless it is only the
// title.
func (s Service) SetMetadata(ctx context.Context, by domain.User, id string, in Metadata) (View, error) {
	document, err := s.forEditing(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	if err := document.Readable(); err != nil {
		return View{}, err
	}
	if in.Description != nil {
		if _, err := domain.ParseDescription(*in.Description); err != nil {
			return View{}, err
		}
	}
	revision, changes, err := revisionFor(document, in)
	if err != nil {
		return View{}, err
	}
	if changes {
		if _, err := s.Revise(ctx, by, id, revision); err != nil {
			return View{}, err
		}
	}
	return s.Update(ctx, by, id, UpdateInput{Description: in.Description})
}

// revisionFor is the revision that metadata need, if they need one.
func revisionFor(document domain.Document, in Metadata) (revision ReviseInput, changes bool, err error) {
	revision = ReviseInput{Change: domain.ChangeEditorial, Previous: document.Revision, Lenient: true}
	if in.Title != nil {
		title, err := domain.ParseTitle(*in.Title)
		if err != nil {
			return revision, false, err
		}
		if title != "" && title != document.Title {
			revision.Title, changes = &title, true
		}
	}
	if in.URL != nil {
		url, err := parseURL(*in.URL)
		if err != nil {
			return revision, false, err
		}
		if url != document.URL {
			revision.URL, revision.Change, changes = &url, domain.ChangeMaterial, true
		}
	}
	checksum, err := domain.ParseChecksum(orElse(in.Checksum, document.Checksum), orElse(in.Algorithm, document.ChecksumAlgorithm))
	if err != nil {
		return revision, false, err
	}
	if checksum.Hex != document.Checksum || checksum.Hex != "" && checksum.Algorithm != document.ChecksumAlgorithm {
		revision.Checksum, revision.Algorithm = &checksum.Hex, &checksum.Algorithm
		revision.Change, changes = domain.ChangeMaterial, true
	} else if revision.URL != nil && in.Checksum != nil {
		revision.Checksum, revision.Algorithm = &checksum.Hex, &checksum.Algorithm // what is there has to have it
	}
	return revision, changes, nil
}
