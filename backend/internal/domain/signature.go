package domain

import (
	"errors"
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
}

// Draft is the statement of the acknowledgement.
func (a Acknowledgement) Draft() Draft {
	return Draft{Type: "signature", Fields: proof.Fields{
		"doc":       a.Document.Proof(),
		"statement": proof.Fields{"locale": string(a.Locale), "text": a.Text},
		"signer":    a.Session.Signer(),
		"referer":   a.Referer,
	}}
}
