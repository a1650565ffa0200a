package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// column is a readable value beside what it has to be. Findings name it and never quote it: they are kept, and may outlive an erasure.
type column struct{ name, have, want string }

func differing(columns []column) (column, bool) {
	for _, c := range columns {
		if c.have != c.want {
			return c, true
		}
	}
	return column{}, false
}

func formatTime(t time.Time) string { return proof.FormatTime(t.UTC()) }

// checkEntryColumns compares the columns of an entry with its payload.
func checkEntryColumns(e *StoredEntry, p proof.Payload) *Finding {
	hash := sha256.Sum256(e.Payload)
	if !bytes.Equal(e.PayloadHash, hash[:]) {
		return at(e.Seq, "entry.payload_hash", "the payload does not have the hash that was recorded")
	}
	// What is compared as bytes needs no text; a difference is rare and then may cost more.
	if e.Seq == p.Seq && e.Type == p.Type && e.CreatedAt.Equal(p.At) && bytes.Equal(e.Nonce, p.Nonce[:]) &&
		bytes.Equal(e.KeyID, p.KeyID[:]) && bytes.Equal(e.PrevHash, p.PrevHash[:]) {
		return nil
	}
	c, _ := differing([]column{
		{"seq", strconv.FormatInt(e.Seq, 10), strconv.FormatInt(p.Seq, 10)}, {"type", e.Type, p.Type},
		{"nonce", hex.EncodeToString(e.Nonce), hex.EncodeToString(p.Nonce[:])},
		{"key_id", hex.EncodeToString(e.KeyID), hex.EncodeToString(p.KeyID[:])},
		{"prev_hash", hex.EncodeToString(e.PrevHash), hex.EncodeToString(p.PrevHash[:])},
		{"created_at", formatTime(e.CreatedAt), formatTime(p.At)},
	})
	return at(e.Seq, "entry.column", "column %s does not say what was signed", c.name)
}

// checkSignatureRow compares a row of signatures with the entry that it was made of. Of an erased one only what the entry still
// has can be compared.
func checkSignatureRow(e *StoredEntry, p *proof.Payload) *Finding {
	r := e.Row
	switch {
	case e.Type != proof.TypeSignature && r == nil:
		return nil
	case e.Type != proof.TypeSignature:
		return at(e.Seq, "signature.stray", "there is a signature row for an entry of type %s", e.Type)
	case r == nil:
		return at(e.Seq, "signature.missing", "the readable row of this signature is gone")
	}
	columns := []column{
		{"payload_hash", r.PayloadHash, hex.EncodeToString(e.PayloadHash)},
		{"signature", r.Signature, base64.StdEncoding.EncodeToString(e.Signature)},
		{"prev_hash", r.PrevHash, hex.EncodeToString(e.PrevHash)},
	}
	switch {
	case !r.SignedAt.Equal(e.CreatedAt):
		columns = append(columns, column{"signed_at", formatTime(r.SignedAt), formatTime(e.CreatedAt)})
	case !r.CreatedAt.Equal(e.CreatedAt):
		columns = append(columns, column{"created_at", formatTime(r.CreatedAt), formatTime(e.CreatedAt)})
	}
	if p == nil {
		nobody := fmt.Sprintf("erased:%d", e.Seq)
		columns = append(columns, column{"user_sub", r.User, nobody}, column{"user_email", r.Email, nobody}, column{"user_name", r.Name, nobody},
			column{"nonce", r.Nonce, nobody}, column{"referer", r.Referer, ""})
	} else {
		columns = append(columns, column{"doc_id", r.DocID, p.Doc.ID}, column{"revision", strconv.Itoa(r.Revision), p.Doc.Revision},
			column{"user_sub", r.User, p.Signer.User}, column{"user_email", r.Email, p.Signer.Email}, column{"user_name", r.Name, p.Signer.Name},
			column{"nonce", r.Nonce, base64.StdEncoding.EncodeToString(p.Nonce[:])}, column{"referer", r.Referer, p.Referer})
	}
	if c, differs := differing(columns); differs {
		if p == nil {
			return at(e.Seq, "erasure.incomplete", "the entry was erased, and column signatures.%s was not, or not with it", c.name)
		}
		return at(e.Seq, "signature.column", "column signatures.%s does not say what was signed", c.name)
	}
	if p != nil {
		if r.Content == nil {
			return at(e.Seq, "signature.content", "there is no row of the revision that was signed")
		}
		signed := Content{p.Doc.Title, p.Doc.URL, p.Doc.Checksum, p.Doc.ChecksumAlgorithm}
		if fixed := r.Content.fixed(); signed != fixed {
			return at(e.Seq, "signature.content", "the person signed another content than the revision's entry fixed")
		}
	}
	return nil
}

// fixed is the content as it is signed: the algorithm of no checksum is left out.
func (c Content) fixed() Content {
	if c.Checksum == "" {
		c.Algorithm = ""
	}
	return c
}

// checkRevisionRow compares a row of document_revisions with the entry that it was made of.
func checkRevisionRow(e *StoredEntry, p *proof.Payload, r *domain.Revision) *Finding {
	switch {
	case p == nil || e.Type != proof.TypeRevision && r == nil:
		return nil
	case e.Type != proof.TypeRevision:
		return at(e.Seq, "revision.stray", "there is a row of a document's revision for an entry of type %s", e.Type)
	case r == nil:
		return at(e.Seq, "revision.missing", "the readable row of this revision is gone")
	}
	d := r.Document
	if d.Checksum == "" {
		d.ChecksumAlgorithm = "" // the algorithm of no checksum is not signed
	}
	if c, differs := differing([]column{
		{"doc_id", d.ID, p.Doc.ID}, {"revision", strconv.Itoa(d.Revision), p.Doc.Revision}, {"title", d.Title, p.Doc.Title},
		{"url", d.URL, p.Doc.URL}, {"checksum", d.Checksum, p.Doc.Checksum},
		{"checksum_algorithm", d.ChecksumAlgorithm, p.Doc.ChecksumAlgorithm}, {"created_by", r.CreatedBy, p.By},
		{"created_at", formatTime(r.CreatedAt), formatTime(p.At)}, {"material", change(d), changeSaid(p)},
	}); differs {
		return at(e.Seq, "revision.column", "column document_revisions.%s does not say what was signed", c.name)
	}
	return nil
}

// change is what a row of a revision says that it changed; the first one says nothing.
func change(d domain.Document) string {
	if d.Revision == 1 && d.Change() == domain.ChangeMaterial {
		return ""
	}
	return string(d.Change())
}

// changeSaid is what the entry of a revision says that it changed.
func changeSaid(p *proof.Payload) string {
	said, _ := p.Fields["change"].(string)
	return said
}
