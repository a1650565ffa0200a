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
	Reading  domain.Reading
}

// Sign records the person's acknowledgement and answers after the commit; created is false when one was there already that counts.
func (s Service) Sign(ctx context.Context, by domain.Session, in SignInput) (_ domain.Signature, created bool, err error) {
	document, err := s.Readers.ForReading(ctx, by.User, in.DocID)
	if err != nil {
		return domain.Signature{}, false, err
	}
	if in.Revision != 0 && in.Revision != document.Revision {
		return domain.Signature{}, false, domain.ErrRevisionOutdated
	}
	locale, err := domain.ParseLocale(in.Locale, by.User.Locale)
	if err != nil {
		return domain.Signature{}, false, err
	}
	existing, err := s.Signatures.Newest(ctx, document.ID, by.User.ID)
	if err == nil && document.Counts(existing.Revision) {
		return existing, false, nil
	}
	if err != nil && !errors.Is(err, domain.ErrSignatureNotFound) {
		return domain.Signature{}, false, err
	}
	acknowledgement := domain.Acknowledgement{
		Document: document, Session: by, Locale: locale, Text: s.Sentences.Acknowledgement(locale), Referer: in.Referer, Reading: in.Reading,
	}
	if err := acknowledgement.Allowed(); err != nil {
		return domain.Signature{}, false, err
	}
	_, err = s.Ledger.Append(ctx, []domain.Draft{acknowledgement.Draft()}, func(entries []domain.Entry) domain.Effects {
		return domain.Effects{Signatures: []domain.Signature{acknowledgement.Signature(entries[0])}}
	})
	if err != nil && !errors.Is(err, domain.ErrSignatureExists) {
		return domain.Signature{}, false, err
	}
	signature, findErr := s.Signatures.Newest(ctx, document.ID, by.User.ID)
	return signature, err == nil, findErr
}
