package domain

import (
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Draft is a statement before it has its place in the ledger: its type and what it says beyond the common fields.
type Draft struct {
	Type   string
	Fields proof.Fields
}

// Entry is one row of the ledger.
type Entry struct {
	proof.Entry
	Type    string
	Payload []byte // the exact bytes that were signed
	Nonce   [16]byte
	At      time.Time // UTC, microseconds
	Hash    proof.Hash
}

// Effects are the rows that follow from entries and are written in the same transaction.
type Effects struct {
	Documents  []Document // each with its first revision
	Revisions  []Revision // those after the first become their documents' current one
	Removals   []Removal
	Remotes    []Remote // of new addresses
	Signatures []Signature
	Rosters    []Roster
	Audit      []AuditEvent
}

// Add appends the rows of another request.
func (e *Effects) Add(more Effects) {
	e.Documents = append(e.Documents, more.Documents...)
	e.Revisions = append(e.Revisions, more.Revisions...)
	e.Removals = append(e.Removals, more.Removals...)
	e.Remotes = append(e.Remotes, more.Remotes...)
	e.Signatures = append(e.Signatures, more.Signatures...)
	e.Rosters = append(e.Rosters, more.Rosters...)
	e.Audit = append(e.Audit, more.Audit...)
}

// Revision is one fixed content of a document, bound to the entry that recorded it.
type Revision struct {
	Document  Document // as the revision made it
	CreatedBy string   // user id
	CreatedAt time.Time
	Seq       int64
}

// Removal is a document that was deleted, or restored.
type Removal struct {
	DocID     string
	DeletedAt time.Time // zero: it was restored
	Seen      time.Time // when the document had last changed, as far as whoever did it knew
}

// Signature returns the readable row of a signature entry; its id is given by the database.
func (a Acknowledgement) Signature(e Entry) Signature {
	return Signature{
		Seq: e.Seq, DocID: a.Document.ID, DocTitle: a.Document.Title, DocAuthor: a.Document.CreatedBy,
		Revision: a.Document.Revision,
		UserID:   a.Session.User.ID, UserEmail: string(a.Session.User.Email), UserName: a.Session.User.Name,
		SignedAt: e.At, PayloadHash: hex.EncodeToString(e.PayloadHash[:]),
		Signature: base64.StdEncoding.EncodeToString(e.Signature[:]), Nonce: base64.StdEncoding.EncodeToString(e.Nonce[:]),
		PrevHash: hex.EncodeToString(e.PrevHash[:]), EntryHash: hex.EncodeToString(e.Hash[:]),
		Referer: a.Referer,
	}
}

// Errors of a ledger that must not be written to.
var (
	ErrClockSuspect = E(KindUnavailable, "clock.suspect", "This server's clock disagrees with the database's; nothing is signed until it is right.")
	ErrKeyRetired   = E(KindUnavailable, "ledger.key_retired", "This server still has a retired signing key; it must be restarted with the current one.")
	ErrInconsistent = E(KindUnavailable, "ledger.inconsistent", "The ledger does not continue what was published; nothing is signed until the operator has looked at it.")
	ErrLedgerEmpty  = E(KindNotFound, "ledger.empty", "The ledger has no entry yet.")
)
