package documents

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// createAttempts bounds how often a random doc_id that happens to be taken is drawn again.
const createAttempts = 3

// CreateInput is what somebody wants a document to be.
type CreateInput struct {
	Reference   string
	Title       string // "": what is found at the URL, else the reference
	Description string
	Checksum    string // "": that of what is found at the URL
	Algorithm   string // "": SHA-256
	Reader      domain.ReaderChoice
}

// Create makes the document that a reference names, or finds it; of two who are first at once, one creates and the other
// finds. created tells which.
func (s Service) Create(ctx context.Context, by domain.User, in CreateInput) (_ View, created bool, err error) {
	if !s.Creators.Include(by.Role) {
		return View{}, false, domain.ErrDocumentForbidden
	}
	ref, err := parseReference(in.Reference)
	if err != nil {
		return View{}, false, err
	}
	document, err := s.Documents.ByReference(ctx, ref)
	if errors.Is(err, domain.ErrDocumentNotFound) {
		document, created, err = s.create(ctx, by, ref, in)
	}
	if err != nil {
		return View{}, false, err
	}
	if err := document.Readable(); err != nil {
		return View{}, false, err
	}
	view, err := s.view(ctx, by, document)
	return view, created, err
}

// create makes a document, unless somebody else was faster.
func (s Service) create(ctx context.Context, by domain.User, ref domain.Reference, in CreateInput) (_ domain.Document, created bool, err error) {
	document, err := domain.NewDocument(ref, in.Title, by)
	if err != nil {
		return document, false, err
	}
	if document.Description, err = domain.ParseDescription(in.Description); err != nil {
		return document, false, err
	}
	given, err := domain.ParseChecksum(in.Checksum, in.Algorithm)
	if err != nil {
		return document, false, err
	}
	if given.Algorithm == domain.MD5 && given.Hex == "" {
		return document, false, domain.ErrLegacyAlgorithm
	}
	document.Checksum, document.ChecksumAlgorithm = given.Hex, given.Algorithm
	found, remote, err := s.look(ctx, document.URL, given)
	if err != nil {
		return document, false, err
	}
	if found != nil {
		defer func() { err = errors.Join(err, found.Close()) }()
		document.Content, document.Checksum = found.Content, found.Checksum.Hex
		if in.Title == "" && found.Title != "" {
			document.Title = found.Title
		}
	}
	return s.add(ctx, by, document, in.Reader, found, remote)
}

// look takes in what is at a URL. What hinders it is part of the answer, but not that the storage fails, nor that there is something else
// than the checksum says.
func (s Service) look(ctx context.Context, url string, given domain.Checksum) (*contents.Found, *domain.Remote, error) {
	if url == "" {
		return nil, nil, nil
	}
	now := s.now()
	remote := domain.Remote{State: domain.RemoteSame, Recheck: true, CheckedAt: now, NextCheckAt: s.nextCheck(now)}
	found, err := s.Contents.Look(ctx, url, given.Algorithm)
	if err != nil {
		problem := domain.LookProblem(domain.AsError(err).Code)
		if problem == nil || ctx.Err() != nil {
			return nil, nil, err
		}
		remote.State, remote.Problem = domain.RemoteUnreachable, problem.Code
		if problem.Code == domain.ErrURLOff.Code {
			remote.State, remote.Problem, remote.CheckedAt = domain.RemoteUnchecked, "", domain.Remote{}.CheckedAt
		}
		return nil, &remote, nil
	}
	if given.Hex != "" && given.Hex != found.Checksum.Hex {
		return nil, nil, errors.Join(domain.ErrChecksumMismatch, found.Close())
	}
	return found, &remote, nil
}

// add keeps the content and records the first revision of a document.
func (s Service) add(
	ctx context.Context, by domain.User, document domain.Document, choice domain.ReaderChoice, found *contents.Found, remote *domain.Remote,
) (_ domain.Document, created bool, err error) {
	document.Reader = choice.Apply(domain.DefaultReader(document.URL, document.Content))
	if err := document.Reader.Fit(document); err != nil {
		return document, false, err
	}
	if found != nil {
		if err := s.Contents.Keep(ctx, found); err != nil {
			return document, false, err
		}
	}
	for range createAttempts {
		entries, err := s.Ledger.Append(ctx, []domain.Draft{document.RevisionDraft(by.ID)}, func(e []domain.Entry) domain.Effects {
			made := document
			made.CreatedAt, made.UpdatedAt = e[0].At, e[0].At
			effects := revisionEffects(made, by, e[0])
			effects.Documents = []domain.Document{made}
			effects.Remotes = remoteOf(made, remote)
			effects.Audit = []domain.AuditEvent{domain.Act(ctx, e[0].At, domain.ActDocumentMade, &by).On(domain.SubjectDocument, made.ID, made.Title)}
			return effects
		})
		if err == nil {
			document.CreatedAt, document.UpdatedAt = entries[0].At, entries[0].At
			return document, true, nil
		}
		if !errors.Is(err, domain.ErrDocumentExists) {
			return document, false, err
		}
		existing, findErr := s.Documents.ByReference(ctx, document.Reference)
		if !errors.Is(findErr, domain.ErrDocumentNotFound) {
			return existing, false, findErr
		}
		again, err := domain.NewDocument(document.Reference, document.Title, by)
		if err != nil {
			return document, false, err
		}
		document.ID = again.ID
	}
	return document, false, domain.ErrDocumentExists
}

func revisionEffects(document domain.Document, by domain.User, e domain.Entry) domain.Effects {
	return domain.Effects{Revisions: []domain.Revision{{Document: document, CreatedBy: by.ID, CreatedAt: e.At, Seq: e.Seq}}}
}

func remoteOf(document domain.Document, remote *domain.Remote) []domain.Remote {
	if remote == nil {
		return nil
	}
	of := *remote
	of.DocID = document.ID
	return []domain.Remote{of}
}
