package signing

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// SignInput is what a person asks to sign.
type SignInput struct {
	DocID    string
	Revision int    // the one that was read; 0: the current one
	Locale   string // language of the sentence shown; "": the person's own
	Referer  string
}

// Sign records the person's acknowledgement and answers after the commit; created is false when it was there already.
func (s Service) Sign(ctx context.Context, by domain.Session, in SignInput) (_ domain.Signature, created bool, err error) {
	document, err := s.Documents.Document(ctx, in.DocID)
	if err != nil {
		return domain.Signature{}, false, err
	}
	if err := document.Readable(); err != nil {
		return domain.Signature{}, false, err
	}
	if in.Revision != 0 && in.Revision != document.Revision {
		return domain.Signature{}, false, domain.ErrRevisionOutdated
	}
	locale, err := domain.ParseLocale(in.Locale, by.User.Locale)
	if err != nil {
		return domain.Signature{}, false, err
	}
	existing, err := s.Signatures.Find(ctx, document.ID, document.Revision, by.User.ID)
	if !errors.Is(err, domain.ErrSignatureNotFound) {
		return existing, false, err
	}
	acknowledgement := domain.Acknowledgement{
		Document: document, Session: by, Locale: locale, Text: s.Sentences.Acknowledgement(locale), Referer: in.Referer,
	}
	_, err = s.Ledger.Append(ctx, []domain.Draft{acknowledgement.Draft()}, func(entries []domain.Entry) domain.Effects {
		return domain.Effects{Signatures: []domain.Signature{acknowledgement.Signature(entries[0])}}
	})
	if err != nil && !errors.Is(err, domain.ErrSignatureExists) {
		return domain.Signature{}, false, err
	}
	signature, findErr := s.Signatures.Find(ctx, document.ID, document.Revision, by.User.ID)
	return signature, err == nil, findErr
}
