package documents

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Verify records what somebody's browser computed of a file; revision 0 is the current one.
func (s Service) Verify(ctx context.Context, by domain.User, id string, revision int, calculated string) (domain.Verification, error) {
	document, err := s.revisionFor(ctx, by, id, revision)
	if err != nil {
		return domain.Verification{}, err
	}
	if document.Checksum == "" {
		return domain.Verification{}, domain.ErrNoChecksum
	}
	checksum, err := domain.ParseChecksum(calculated, document.ChecksumAlgorithm)
	if err == nil && checksum.Hex == "" {
		err = domain.Invalid("calculatedChecksum", "checksum.invalid", "The checksum of the file is missing.")
	}
	if err != nil {
		known := *domain.AsError(err)
		known.Field = "calculatedChecksum"
		return domain.Verification{}, &known
	}
	verification, err := s.Verifications.Add(ctx, domain.Verification{
		DocID: id, Revision: document.Revision, Source: domain.VerifiedFile, VerifiedAt: s.now(), VerifiedBy: by.ID,
		Stored: checksumOf(document), Calculated: checksum.Hex, Valid: checksum.Hex == document.Checksum,
	})
	verification.VerifierName = by.Name
	return verification, err
}

// VerifyRemote looks at a document's address for somebody who may change it.
func (s Service) VerifyRemote(ctx context.Context, by domain.User, id string) (domain.Verification, error) {
	document, err := s.Documents.Document(ctx, id)
	if err != nil {
		return domain.Verification{}, err
	}
	switch {
	case !document.EditableBy(by, s.Creators):
		return domain.Verification{}, domain.ErrEditForbidden
	case document.Readable() != nil:
		return domain.Verification{}, document.Readable()
	case document.URL == "":
		return domain.Verification{}, domain.ErrNoURL
	case document.Checksum == "":
		return domain.Verification{}, domain.ErrNoChecksum
	}
	verification, err := s.verifyRemote(ctx, document, by.ID)
	verification.VerifierName = by.Name
	return verification, err
}

// ListVerifications lists the comparisons of a document: everyone's for those who manage it, otherwise only the caller's.
func (s Service) ListVerifications(ctx context.Context, by domain.User, id string, page domain.PageRequest) (domain.Page[domain.Verification], error) {
	document, err := s.visible(ctx, by, id)
	if err != nil {
		return domain.Page[domain.Verification]{}, err
	}
	only := by.ID
	if document.ManagedBy(by) {
		only = ""
	}
	return s.Verifications.List(ctx, id, only, page)
}

// verifyRemote compares what is at a document's address with the document, and records it.
func (s Service) verifyRemote(ctx context.Context, document domain.Document, by string) (_ domain.Verification, err error) {
	verification := domain.Verification{
		DocID: document.ID, Revision: document.Revision, Source: domain.VerifiedRemote, VerifiedBy: by, Stored: checksumOf(document),
	}
	remote := domain.Remote{DocID: document.ID, State: domain.RemoteSame}
	found, err := s.Contents.Look(ctx, document.URL, document.ChecksumAlgorithm)
	if err != nil {
		problem := domain.LookProblem(domain.AsError(err).Code)
		if problem == nil || problem.Code == domain.ErrURLOff.Code || ctx.Err() != nil {
			return verification, err
		}
		remote.State, remote.Problem, verification.Problem = domain.RemoteUnreachable, problem.Code, problem.Code
	} else {
		verification.Calculated = found.Checksum.Hex
		same, compareErr := s.same(ctx, document, found)
		if err := errors.Join(compareErr, found.Close()); err != nil {
			return verification, err
		}
		if verification.Valid = same; !same {
			remote.State, remote.FoundChecksum = domain.RemoteChanged, found.Checksum.Hex
		}
	}
	now := s.now()
	verification.VerifiedAt, remote.CheckedAt, remote.NextCheckAt = now, now, s.nextCheck(now)
	return s.record(ctx, document, verification, remote)
}

// leastText is how many letters a web page has to show for its text to stand for it: a page that a program fills in shows none.
const leastText = 100

// same tells whether what was found is what the document fixed. Many web pages are never twice the same byte for byte: of them decides what can be
// read, text and links, and the checksum that was fixed then stands for it.
func (s Service) same(ctx context.Context, document domain.Document, found *contents.Found) (bool, error) {
	if found.Checksum.Hex == document.Checksum {
		return true, nil
	}
	if document.Content.Kind() != domain.ContentHTML || found.Kind() != domain.ContentHTML {
		return false, nil
	}
	kept, err := s.Contents.Page(ctx, document.Content, checksumOf(document), document.Title)
	if err != nil {
		return false, err
	}
	text, err := found.Text()
	if err != nil {
		return false, err
	}
	page, err := s.Contents.Render(ctx, found.Kind(), text, document.Title)
	if err != nil {
		return false, err
	}
	return bytes.Equal(kept, page) && letters(kept) >= leastText, nil
}

// letters counts what a page shows outside of its tags and its head.
func letters(page []byte) (n int) {
	_, body, _ := strings.Cut(string(page), "<body")
	inTag := true
	for _, r := range body {
		switch {
		case r == '<':
			inTag = true
		case r == '>':
			inTag = false
		case !inTag && unicode.IsLetter(r):
			n++
		}
	}
	return n
}
