package signing

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// CertificateInput is which signature's certificate a person wants, and how.
type CertificateInput struct {
	Signature int64
	Locale    string // "": the person's own
	TimeZone  string // of the IANA database; "": UTC
}

// Certificate returns the certificate of a signature, a PDF with the receipt attached, and its file name. It is for
// those who may have the receipt; the same input gives the same bytes.
func (s Service) Certificate(ctx context.Context, by domain.User, in CertificateInput) (pdf []byte, fileName string, err error) {
	locale, err := domain.ParseLocale(in.Locale, by.Locale)
	if err != nil {
		return nil, "", err
	}
	zone, err := domain.ParseTimeZone(in.TimeZone)
	if err != nil {
		return nil, "", err
	}
	receipt, signed, err := s.Receipt(ctx, by, in.Signature)
	if err != nil {
		return nil, "", err
	}
	certificate, err := domain.NewCertificate(signed, receipt, locale, zone)
	if err != nil {
		return nil, "", err
	}
	pdf, err = s.Certificates.Render(certificate)
	return pdf, certificate.FileName, err
}
