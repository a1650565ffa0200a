package domain

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Signature is one person's acknowledgement of one revision, as recorded.
type Signature struct {
	ID          int64
	Seq         int64 // position in the ledger
	DocID       string
	DocTitle    string // of the revision that was signed
	DocAuthor   string // user id; only where one signature is loaded by id
	Revision    int
	UserID      string
	UserEmail   string // an Email, or "erased:<seq>"
	UserName    string
	SignedAt    time.Time
	PayloadHash string // lower-case hex
	Signature   string // base64
	Nonce       string // base64
	PrevHash    string // lower-case hex
	EntryHash   string // lower-case hex
	Referer     string
}

// Errors about signatures.
var (
	ErrSignatureErased   = E(KindGone, "signature.erased", "The person's data was erased; a receipt that somebody kept still proves the signature.")
	ErrSignatureNotFound = E(KindNotFound, "signature.not_found", "There is no such signature.")
	ErrDocumentChanged   = E(KindConflict, "signature.document_changed", "What was shown is not what the document says now; read that.")
	ErrChecksumMissing   = E(KindConflict, "signature.checksum_missing", "This document is only signed with the checksum of what was shown.")
	ErrReadingIncomplete = Invalid("reading", "reading.incomplete", "This document has to be read to its end before it is signed.")
	ErrReadingInvalid    = Invalid("reading", "reading.invalid", "No more pages can be seen than there are.")
	ErrRevisionOutdated  = E(KindConflict, "signature.revision_outdated", "The document has a newer revision; read that one.")
)

// ErrSignatureExists is why a second signature is not written; nobody is told, as the first one is the answer.
var ErrSignatureExists = errors.New("this person has signed this revision already")

// Erased tells whether the person's data was erased.
func (s Signature) Erased() bool { return strings.HasPrefix(s.UserEmail, "erased:") }

// ReadableBy tells whether the user may see this signature.
func (s Signature) ReadableBy(u User) bool {
	return s.UserID == u.ID || s.DocAuthor == u.ID || u.Role.MayReadEverything()
}

// Acknowledgement is what a person is about to sign.
type Acknowledgement struct {
	Document Document
	Session  Session
	Locale   Locale
	Text     string // the sentence as shown
	Referer  string // where the person came from; "" when unknown
	Reading  Reading
}

// Allowed refuses an acknowledgement of something else than was shown, or of what was not read as the document wants it.
func (a Acknowledgement) Allowed() error {
	d, r := a.Document, a.Reading
	switch {
	case r.DisplayedChecksum != "" && r.DisplayedChecksum != d.Checksum:
		return ErrDocumentChanged
	case r.DisplayedChecksum == "" && d.Reader.ChecksumRequired:
		return ErrChecksumMissing
	case r.PagesSeen > r.Pages:
		return ErrReadingInvalid
	case d.Reader.FullRead && (r.Pages == 0 || r.PagesSeen < r.Pages):
		return ErrReadingIncomplete
	}
	return nil
}

// Draft is the statement of the acknowledgement.
func (a Acknowledgement) Draft() Draft {
	return Draft{Type: "signature", Fields: proof.Fields{
		"doc":       a.Document.Proof(),
		"statement": proof.Fields{"locale": string(a.Locale), "text": a.Text},
		"signer":    a.Session.Signer(),
		"reading":   a.Reading.proof(),
		"referer":   a.Referer,
	}}
}

// proof returns what a signed statement says of the reading, as far as it is known.
func (r Reading) proof() proof.Fields {
	fields := proof.Fields{"displayed_checksum": r.DisplayedChecksum}
	if r.Known {
		fields["pages"], fields["pages_seen"], fields["seconds"] = strconv.Itoa(r.Pages), strconv.Itoa(r.PagesSeen), strconv.Itoa(r.Seconds)
	}
	return fields
}
