package domain

import (
	"fmt"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Certificate is a signature as it is printed for a person: what its receipt says, and the receipt itself.
type Certificate struct {
	Payload     proof.Payload
	EntryHash   proof.Hash
	PayloadHash proof.Hash
	Receipt     []byte
	ReceiptName string // file name
	FileName    string // of the certificate
	Locale      Locale // of the words around the facts
	Zone        *time.Location
}

// NewCertificate reads the receipt of a signature; what is printed is what was signed, not what the database says.
func NewCertificate(signed Signature, receipt []byte, locale Locale, zone *time.Location) (Certificate, error) {
	verdict, err := proof.CheckConsistency(receipt)
	if err != nil {
		return Certificate{}, fmt.Errorf("receipt of entry %d: %w", signed.Seq, err)
	}
	if verdict.Payload.Type != proof.TypeSignature {
		return Certificate{}, fmt.Errorf("entry %d is not an acknowledgement but of type %q", signed.Seq, verdict.Payload.Type)
	}
	return Certificate{
		Payload: verdict.Payload, EntryHash: verdict.Entry.Hash(), PayloadHash: verdict.Entry.PayloadHash,
		Receipt: receipt, ReceiptName: signed.ReceiptName(), FileName: signed.CertificateName(), Locale: locale, Zone: zone,
	}, nil
}

// ReceiptName is the name of the receipt's file.
func (s Signature) ReceiptName() string { return s.fileName() + ".tlog-proof" }

// CertificateName is the name of the certificate's file.
func (s Signature) CertificateName() string { return s.fileName() + ".pdf" }

func (s Signature) fileName() string { return fmt.Sprintf("%s-r%d-%d", s.DocID, s.Revision, s.Seq) }

// maxZoneLength is beyond any name in the IANA time zone database.
const maxZoneLength = 64

// ParseTimeZone finds a time zone by its name in the IANA database, such as Europe/Paris; "" is UTC.
func ParseTimeZone(name string) (*time.Location, error) {
	invalid := Invalid("timeZone", "time_zone.invalid", "A time zone is a name of the IANA database, such as Europe/Paris.")
	// Beside the database's names a system may know its own: what they mean, or whether they exist, depends on the host.
	ofTheHost := name == "Local" || name == "localtime" || name == "Factory" || strings.HasPrefix(name, "posix") || strings.HasPrefix(name, "right/")
	if ofTheHost || len(name) > maxZoneLength {
		return nil, invalid
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, invalid.Because(err)
	}
	return zone, nil
}
