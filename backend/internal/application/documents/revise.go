package documents

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// ReviseInput is how the content of a document changes; nil leaves something as it is.
type ReviseInput struct {
	Change    domain.Change
	Title     *string
	URL       *string
	Checksum  *string
	Algorithm *string
	Refresh   bool            // fix what is at the address now
	File      *contents.Found // a new file, which is not at an address
	Reader    domain.ReaderChoice
	Lenient   bool // options that the new content cannot keep are given up, not refused
	Previous  int  // the revision that this one is meant to follow; 0: whichever is current
}

// Revise opens a revision.
func (s Service) Revise(ctx context.Context, by domain.User, id string, in ReviseInput) (_ View, err error) {
	document, err := s.forEditing(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	if err := document.Readable(); err != nil {
		return View{}, err
	}
	if in.Previous != 0 && in.Previous != document.Revision {
		return View{}, domain.ErrRevisionConflict
	}
	next := document.Next(in.Change)
	if in.Title != nil {
		if next.Title, err = domain.ParseTitle(*in.Title); err != nil {
			return View{}, err
		}
		if next.Title == "" {
			next.Title = document.Title
		}
	}
	next, found, remote, err := s.content(ctx, document, next, in)
	if found != nil && found != in.File {
		defer func() { err = errors.Join(err, found.Close()) }()
	}
	if err != nil {
		return View{}, err
	}
	if next.SameContent(document) {
		return View{}, domain.ErrRevisionUnchanged
	}
	if next.Reader, err = readerOf(document, next, in); err != nil {
		return View{}, err
	}
	if found != nil {
		if err := s.Contents.Keep(ctx, found); err != nil {
			return View{}, err
		}
	}
	if err := s.append(ctx, by, next, remote); err != nil {
		return View{}, err
	}
	return s.Get(ctx, by, id)
}

func (s Service) append(ctx context.Context, by domain.User, next domain.Document, remote *domain.Remote) error {
	_, err := s.Ledger.Append(ctx, []domain.Draft{next.RevisionDraft(by.ID)}, func(e []domain.Entry) domain.Effects {
		effects := revisionEffects(next, by, e[0])
		effects.Remotes = remoteOf(next, remote)
		effects.Audit = []domain.AuditEvent{domain.Act(ctx, e[0].At, domain.ActDocumentChanged, &by).On(domain.SubjectDocument, next.ID, next.Title).
			With("revision", strconv.Itoa(next.Revision)).With("change", string(next.Change()))}
		return effects
	})
	return err
}

// content gives a revision its new content: a file, what is at an address, or only a checksum. Whoever calls it closes what was found.
func (s Service) content(
	ctx context.Context, document, next domain.Document, in ReviseInput,
) (_ domain.Document, found *contents.Found, remote *domain.Remote, err error) {
	given, err := domain.ParseChecksum(value(in.Checksum), orElse(in.Algorithm, document.ChecksumAlgorithm))
	if err != nil {
		return next, nil, nil, err
	}
	if in.File != nil {
		next.URL, next.Content, next.Checksum, next.ChecksumAlgorithm = "", in.File.Content, in.File.Checksum.Hex, in.File.Checksum.Algorithm
		return next, in.File, nil, nil
	}
	if in.URL != nil {
		if next.URL, err = parseURL(*in.URL); err != nil {
			return next, nil, nil, err
		}
	}
	moved := next.URL != document.URL
	claims := in.Checksum != nil && (given.Hex != document.Checksum || given.Algorithm != document.ChecksumAlgorithm)
	recounts := given.Algorithm != document.ChecksumAlgorithm
	if recounts && given.Hex == "" && (given.Algorithm == domain.MD5 || document.Checksum != "" && !document.Content.Kept()) {
		return next, nil, nil, errChecksumNeeded
	}
	if in.Refresh && next.URL == "" {
		return next, nil, nil, domain.ErrNoURL
	}
	if document.Content.Kept() && !moved && !in.Refresh && (claims || recounts) {
		own, err := s.Contents.Sum(ctx, document.Content, checksumOf(document), given.Algorithm)
		switch {
		case err != nil:
			return next, nil, nil, err
		case given.Hex == "" || given.Hex == own.Hex:
			next.Checksum, next.ChecksumAlgorithm = own.Hex, own.Algorithm
			return next, nil, nil, nil
		case next.URL == "":
			return next, nil, nil, domain.ErrChecksumMismatch
		}
		return s.relook(ctx, next, given, true) // what is kept is not it; what is there now may be
	}
	switch {
	case next.URL != "" && (moved || in.Refresh || claims):
		return s.relook(ctx, next, given, in.Refresh)
	case moved, claims, recounts:
		next.Content, next.Checksum, next.ChecksumAlgorithm = domain.Content{}, given.Hex, given.Algorithm
	}
	return next, nil, nil, nil
}

var errChecksumNeeded = domain.Invalid("checksum", "checksum.invalid", "Another algorithm needs the checksum that goes with it.")

// relook takes in what is at the revision's address; when it must not fail, a revision without content is made of what cannot be had.
func (s Service) relook(
	ctx context.Context, next domain.Document, given domain.Checksum, must bool,
) (domain.Document, *contents.Found, *domain.Remote, error) {
	found, remote, err := s.look(ctx, next.URL, given)
	if err != nil {
		return next, nil, nil, err
	}
	if found == nil {
		if must {
			return next, nil, nil, orOff(domain.LookProblem(remote.Problem))
		}
		next.Content, next.Checksum, next.ChecksumAlgorithm = domain.Content{}, given.Hex, given.Algorithm
		return next, nil, remote, nil
	}
	next.Content, next.Checksum, next.ChecksumAlgorithm = found.Content, found.Checksum.Hex, found.Checksum.Algorithm
	return next, found, remote, nil
}

func orOff(err *domain.Error) error {
	if err == nil {
		return domain.ErrURLOff
	}
	return err
}

// readerOf is how the next revision is read: as chosen, else as before; what could not be read in the page until now is, once it can.
func readerOf(document, next domain.Document, in ReviseInput) (domain.ReaderOptions, error) {
	options := document.Reader
	if in.Reader.Mode == nil && !document.Content.Readable() && next.Content.Readable() {
		options.Mode = domain.DefaultReader(next.URL, next.Content).Mode
	}
	if in.Lenient {
		options.ChecksumRequired = options.ChecksumRequired && next.Checksum != ""
		if !next.Content.Readable() {
			options.Mode, options.FullRead = domain.ReadExternal, false
		}
	}
	options = in.Reader.Apply(options)
	return options, options.Fit(next)
}

func parseURL(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	ref, err := parseReference(s)
	if err != nil || ref.URL() == "" {
		return "", domain.ErrURLInvalid
	}
	return ref.URL(), nil
}

func (s Service) nextCheck(now time.Time) time.Time {
	if s.Recheck == 0 {
		return now
	}
	return now.Add(s.Recheck)
}

func value(p *string) string { return orElse(p, "") }

func orElse(p *string, otherwise string) string {
	if p != nil {
		return *p
	}
	return otherwise
}
