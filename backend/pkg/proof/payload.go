package proof

import (
	"errors"
	"time"
)

// The types of entry whose meaning this version knows.
const (
	TypeSignature        = "signature"
	TypeRevision         = "revision"
	TypeDocumentDeleted  = "document.deleted"
	TypeDocumentRestored = "document.restored"
	TypeDeclined         = "declined"
	TypeExpected         = "expected"
	TypeUnexpected       = "unexpected"
	TypeErased           = "erased"
	TypeLedgerAccepted   = "ledger.accepted"
	TypeImported         = "imported"
	TypeKeyRotated       = "key.rotated"
)

// Payload is a parsed statement. The fields from V to Nonce are common to every type; those after are filled in as far
// as the type has them, and not at all for a type this version does not know.
type Payload struct {
	V        string // "1"
	Type     string
	Origin   string    // of the ledger, as in its checkpoints
	Seq      int64     // position in the ledger, from 0
	PrevHash Hash      // hash of the entry before, zero for the first
	KeyID    Hash      // of the statement key that signs
	At       time.Time // the server's clock, UTC, microseconds
	Nonce    [16]byte

	Doc              Doc
	Statement        Statement
	Signer           Signer
	Reading          Reading
	By               string // user who acted
	PreviousRevision string
	Referer          string
	Reason           string
	Email            string // person asked
	DueAt            string
	Seqs             []int64 // entries erased
	Checkpoint       string  // the note that no longer fits
	System           string  // where an imported record comes from
	Record           Fields  // the other system's row
	StatementKey     []byte  // new public keys, 32 bytes each
	LedgerKey        []byte

	Fields Fields // everything, the common fields included
	Raw    []byte // the exact bytes that were signed
}

// Doc names a document, or one fixed content of it.
type Doc struct{ ID, Revision, Title, URL, Checksum, ChecksumAlgorithm string }

// Statement is the sentence a person accepted, as shown, with its locale.
type Statement struct{ Locale, Text string }

// Signer is the person who acted, as the server knew them.
type Signer struct{ User, Email, Name, Issuer, Subject, Method, AuthenticatedAt string }

// Reading is what the reader reported. Numbers are decimal; Seconds counts the time the document was shown.
type Reading struct{ DisplayedChecksum, Pages, PagesSeen, Seconds string }

// Known reports whether this version knows what the payload's type means.
func (p Payload) Known() bool {
	switch p.Type {
	case TypeSignature, TypeRevision, TypeDocumentDeleted, TypeDocumentRestored, TypeDeclined, TypeExpected,
		TypeUnexpected, TypeErased, TypeLedgerAccepted, TypeImported, TypeKeyRotated:
		return true
	}
	return false
}

// ParsePayload reads a payload. It refuses, with an *InvalidError: more than 1 MiB, bytes that are not their own JCS
// form (hence duplicate keys), leaves that are not strings, an unknown v, and a common or known field of wrong format.
// An unknown type is no error. Raw is a copy of b.
func ParsePayload(b []byte) (Payload, error) {
	if len(b) > MaxSize {
		return Payload{}, invalid("payload has %d bytes, more than %d", len(b), MaxSize)
	}
	fields, err := decodeCanonical(b)
	if err != nil {
		return Payload{}, invalid("payload: %v", err)
	}
	p := Payload{Fields: fields, Raw: append([]byte(nil), b...)}
	r := fieldReader{fields: fields}
	p.readCommon(&r)
	if r.err == nil && p.Known() {
		p.readKnown(&r)
	}
	if r.err != nil {
		return Payload{}, invalid("payload: %v", r.err)
	}
	return p, nil
}

func (p *Payload) readCommon(r *fieldReader) {
	if p.V = r.text("v"); p.V != "1" {
		r.fail("v", "unknown version")
		return
	}
	var ok bool
	if p.Type = r.text("type"); p.Type == "" {
		r.fail("type", "missing")
	}
	if p.Origin = r.text("origin"); p.Origin == "" {
		r.fail("origin", "missing")
	}
	if p.Seq, ok = parseDecimal(r.text("seq")); !ok {
		r.fail("seq", "not a decimal number")
	}
	if p.PrevHash, ok = parseHash(r.text("prev_hash")); !ok {
		r.fail("prev_hash", "not a SHA-256 in lower-case hex")
	}
	if (p.Seq == 0) != (p.PrevHash == Hash{}) {
		r.fail("prev_hash", "zero belongs to seq 0, and only there")
	}
	if p.KeyID, ok = parseHash(r.text("key_id")); !ok {
		r.fail("key_id", "not a SHA-256 in lower-case hex")
	}
	var err error
	if p.At, err = ParseTime(r.text("at")); err != nil {
		r.fail("at", err.Error())
	}
	nonce, ok := decodeBase64(r.text("nonce"))
	if !ok || len(nonce) != len(p.Nonce) {
		r.fail("nonce", "not 16 bytes in base64")
		return
	}
	p.Nonce = [16]byte(nonce)
}

func (p *Payload) readKnown(r *fieldReader) {
	doc := r.object("doc")
	p.Doc = Doc{
		ID: doc.text("id"), Revision: doc.text("revision"), Title: doc.text("title"), URL: doc.text("url"),
		Checksum: doc.text("checksum"), ChecksumAlgorithm: doc.text("checksum_algorithm"),
	}
	r.adopt("doc", doc)
	p.By, p.Reason, p.Referer = r.text("by"), r.text("reason"), r.text("referer")
	p.PreviousRevision = r.text("previous_revision")
	p.Email, p.DueAt = r.text("email"), r.text("due_at")
	p.Checkpoint, p.System = r.text("checkpoint"), r.text("system")
	switch p.Type {
	case TypeSignature, TypeDeclined:
		p.readPerson(r)
	case TypeErased:
		p.readErased(r)
	case TypeImported:
		p.Record = r.object("record").fields
	case TypeKeyRotated:
		p.StatementKey, p.LedgerKey = r.publicKey("statement_key"), r.publicKey("ledger_key")
	}
}

func (p *Payload) readPerson(r *fieldReader) {
	statement, signer, reading := r.object("statement"), r.object("signer"), r.object("reading")
	p.Statement = Statement{Locale: statement.text("locale"), Text: statement.text("text")}
	p.Signer = Signer{
		User: signer.text("user"), Email: signer.text("email"), Name: signer.text("name"),
		Issuer: signer.text("issuer"), Subject: signer.text("subject"), Method: signer.text("method"),
		AuthenticatedAt: signer.text("authenticated_at"),
	}
	p.Reading = Reading{
		DisplayedChecksum: reading.text("displayed_checksum"), Pages: reading.text("pages"),
		PagesSeen: reading.text("pages_seen"), Seconds: reading.text("seconds"),
	}
	r.adopt("statement", statement)
	r.adopt("signer", signer)
	r.adopt("reading", reading)
}

func (p *Payload) readErased(r *fieldReader) {
	list, ok := r.fields["seqs"].([]string)
	if !ok {
		r.fail("seqs", "not a list")
	}
	for _, s := range list {
		seq, ok := parseDecimal(s)
		if !ok {
			r.fail("seqs", "not decimal numbers")
		}
		p.Seqs = append(p.Seqs, seq)
	}
}

// fieldReader reads fields of expected kinds and keeps the first error. A missing field reads as empty.
type fieldReader struct {
	fields Fields
	err    error
}

func (r *fieldReader) fail(key, reason string) {
	if r.err == nil {
		r.err = fieldError(key, errors.New(reason))
	}
}

func (r *fieldReader) text(key string) string {
	s, ok := r.fields[key].(string)
	if _, present := r.fields[key]; present && !ok {
		r.fail(key, "not a string")
	}
	return s
}

func (r *fieldReader) object(key string) *fieldReader {
	f, ok := r.fields[key].(Fields)
	if _, present := r.fields[key]; present && !ok {
		r.fail(key, "not an object")
	}
	return &fieldReader{fields: f}
}

func (r *fieldReader) adopt(key string, child *fieldReader) {
	if r.err == nil && child.err != nil {
		r.err = fieldError(key, child.err)
	}
}

func (r *fieldReader) publicKey(key string) []byte {
	b, ok := decodeBase64(r.text(key))
	if !ok || len(b) != 32 {
		r.fail(key, "not the base64 of a 32-byte public key")
	}
	return b
}
