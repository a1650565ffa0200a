package documents

import (
	"context"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Revisions lists every content that a document had, the newest first.
func (s Service) Revisions(ctx context.Context, by domain.User, id string, page domain.PageRequest) (_ domain.Page[Revision], managed bool, err error) {
	document, err := s.visible(ctx, by, id)
	if err != nil {
		return domain.Page[Revision]{}, false, err
	}
	revisions, err := s.Documents.Revisions(ctx, id, page)
	return revisions, document.ManagedBy(by), err
}

// Difference is what a revision changed.
type Difference struct {
	contents.Difference
	From, To int
}

// Difference tells what a revision changed since another one; from 0: the one before.
func (s Service) Difference(ctx context.Context, by domain.User, id string, from, to int) (Difference, error) {
	if _, err := s.visible(ctx, by, id); err != nil {
		return Difference{}, err
	}
	if from == 0 {
		from = to - 1
	}
	old, oldText, err := s.textOf(ctx, id, from)
	if err != nil {
		return Difference{}, err
	}
	recent, recentText, err := s.textOf(ctx, id, to)
	if err != nil {
		return Difference{}, err
	}
	difference, err := s.Contents.Compare(ctx, old, recent, oldText, recentText)
	return Difference{Difference: difference, From: from, To: to}, err
}

func (s Service) textOf(ctx context.Context, id string, revision int) (domain.Content, []byte, error) {
	document, err := s.Documents.Revision(ctx, id, revision)
	if err != nil {
		return domain.Content{}, nil, err
	}
	text, err := s.Contents.Text(ctx, document.Content, checksumOf(document))
	return document.Content, text, err
}

func checksumOf(d domain.Document) domain.Checksum {
	return domain.Checksum{Algorithm: d.ChecksumAlgorithm, Hex: d.Checksum}
}

// File is a document's content, ready to be given out.
type File struct {
	contents.Blob
	Document domain.Document // as the revision fixed it
}

// Content opens what a revision fixed, for somebody who may read the document; revision 0 is the current one. download tells that they want
// to keep it.
func (s Service) Content(ctx context.Context, by domain.User, id string, revision int, download bool) (File, error) {
	document, err := s.revisionFor(ctx, by, id, revision)
	if err != nil {
		return File{}, err
	}
	shown := !download && document.Reader.Mode == domain.ReadIntegrated && document.Content.Readable()
	if !shown && !document.Reader.Download && !document.ManagedBy(by) {
		return File{}, domain.ErrDownloadForbidden
	}
	blob, err := s.Contents.Open(ctx, document.Content, checksumOf(document))
	return File{Blob: blob, Document: document}, err
}

// Rendition shows what a revision fixed as a page.
func (s Service) Rendition(ctx context.Context, by domain.User, id string, revision int) ([]byte, error) {
	document, err := s.revisionFor(ctx, by, id, revision)
	if err != nil {
		return nil, err
	}
	return s.Contents.Page(ctx, document.Content, checksumOf(document), document.Title)
}

// revisionFor is a document as one of its revisions fixed it, for somebody who may look at it; 0 is the current one.
func (s Service) revisionFor(ctx context.Context, by domain.User, id string, revision int) (domain.Document, error) {
	document, err := s.visible(ctx, by, id)
	if err != nil || revision == 0 || revision == document.Revision {
		return document, err
	}
	return s.Documents.Revision(ctx, id, revision)
}
