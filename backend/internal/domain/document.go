package domain

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Document is something to be read, at its current revision.
type Document struct {
	ID                string
	Reference         Reference
	Title             string
	URL               string // "" when the reference is no URL
	Description       string
	Checksum          string // lower-case hex, "" when unknown
	ChecksumAlgorithm string
	Content           Content // of the current revision; zero when nothing is kept
	Reader            ReaderOptions
	Revision          int
	MaterialRevision  int       // the newest that everyone has to sign; those after it changed only the wording
	Signatures        int       // how many count, as of when it was read
	DueAt             time.Time // until when everybody signs who has no deadline of their own; zero: no deadline
	DueReason         string    // why it was changed last
	CreatedBy         string    // user id
	CreatedAt         time.Time
	UpdatedAt         time.Time
	DeletedAt         time.Time // zero while it is there
}

// Errors about documents.
var (
	ErrDocumentNotFound   = E(KindNotFound, "document.not_found", "There is no such document.")
	ErrDocumentDeleted    = E(KindGone, "document.deleted", "This document was deleted.")
	ErrDocumentNotDeleted = E(KindConflict, "document.not_deleted", "This document was not deleted.")
	ErrDocumentExists     = E(KindConflict, "document.exists", "This document exists already.")
	ErrDocumentForbidden  = E(KindForbidden, "document.create_forbidden", "Your role does not include creating documents here.")
	ErrEditForbidden      = E(KindForbidden, "document.edit_forbidden", "Only the author of a document and administrators change it.")
	ErrAccessForbidden    = E(KindForbidden, "document.access_forbidden", "Only those who were asked to sign this document may read it.")
	ErrRevisionNotFound   = E(KindNotFound, "revision.not_found", "This document has no such revision.")
	ErrRevisionConflict   = E(KindConflict, "revision.conflict", "Somebody has changed this document meanwhile; look at the newest revision first.")
	ErrRevisionUnchanged  = E(KindInvalid, "revision.unchanged", "This is what the document says already.")
	ErrChecksumMismatch   = Invalid("checksum", "checksum.mismatch", "The content has another checksum than the one given.")
)

const titleMaxLength = 500

// NewDocument makes the first revision of a document. Without a title the reference is one. The id is the reference
// itself where it is an identifier, otherwise eight random characters.
func NewDocument(ref Reference, title string, by User) (Document, error) {
	title, err := ParseTitle(title)
	if err != nil {
		return Document{}, err
	}
	if title == "" {
		title = string(ref)
		if runes := []rune(title); len(runes) > titleMaxLength {
			title = string(runes[:titleMaxLength])
		}
	}
	id := string(ref)
	if !ref.IsIdentifier() {
		id = strings.ToLower(rand.Text())[:8]
	}
	return Document{
		ID: id, Reference: ref, Title: title, URL: ref.URL(),
		ChecksumAlgorithm: SHA256, Revision: 1, MaterialRevision: 1, CreatedBy: by.ID,
	}, nil
}

// ParseTitle refuses a title that is too long or not one line; spaces around it are dropped, and it may be empty.
func ParseTitle(title string) (string, error) {
	title = strings.TrimSpace(title)
	if utf8.RuneCountInString(title) > titleMaxLength || hasControl(title) || title != "" && !isVisible(title) {
		return "", Invalid("title", "title.invalid", "A title has at most 500 characters, none of them a line break or invisible.")
	}
	return title, nil
}

// CleanTitle makes a title of text that was found somewhere: one line, runs of space as one, what has no place in a title dropped, at
// most 500 characters; "" when nothing is left to see.
func CleanTitle(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	s = strings.Map(func(r rune) rune {
		if hasControl(string(r)) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > titleMaxLength {
		s = strings.TrimSpace(string(runes[:titleMaxLength-1])) + "…"
	}
	if !isVisible(s) {
		return ""
	}
	return s
}

const descriptionMaxLength = 5000

// ParseDescription refuses a description that is too long; it may have several lines.
func ParseDescription(s string) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	if utf8.RuneCountInString(s) > descriptionMaxLength || hasControl(strings.NewReplacer("\n", "", "\t", "").Replace(s)) {
		return "", Invalid("description", "description.invalid", "A description has at most 5,000 characters, none of them invisible.")
	}
	return s, nil
}

// Readable refuses a deleted document.
func (d Document) Readable() error {
	if !d.DeletedAt.IsZero() {
		return ErrDocumentDeleted
	}
	return nil
}

// ManagedBy tells whether the user sees who has signed.
func (d Document) ManagedBy(u User) bool { return u.Role.MayReadEverything() || d.CreatedBy == u.ID }

// EditableBy tells whether the user may change the document; creators says who makes documents here.
func (d Document) EditableBy(u User, creators Creators) bool {
	return u.Role == RoleAdmin || d.CreatedBy == u.ID && creators.Include(u.Role)
}

// Proof returns what a signed statement says of the current revision.
func (d Document) Proof() proof.Fields {
	fields := proof.Fields{"id": d.ID, "revision": strconv.Itoa(d.Revision), "title": d.Title, "url": d.URL}
	if d.Checksum != "" {
		fields["checksum"], fields["checksum_algorithm"] = d.Checksum, d.ChecksumAlgorithm
	}
	return fields
}

// RevisionDraft is the statement that the current revision was opened by a user. From the second on it says whether everyone has to sign
// again.
func (d Document) RevisionDraft(by string) Draft {
	fields := proof.Fields{"doc": d.Proof(), "by": by}
	if d.Revision > 1 {
		fields["previous_revision"] = strconv.Itoa(d.Revision - 1)
		fields["change"] = string(d.Change())
	}
	return Draft{Type: proof.TypeRevision, Fields: fields}
}

// Change is what a revision means to those who have signed an earlier one.
type Change string

// The changes.
const (
	ChangeMaterial  Change = "material"  // everyone signs again
	ChangeEditorial Change = "editorial" // only the wording: earlier signatures still count
)

// Change tells what the current revision changed; the first is material.
func (d Document) Change() Change {
	if d.MaterialRevision == d.Revision {
		return ChangeMaterial
	}
	return ChangeEditorial
}

// Next is the document with another content, as its next revision.
func (d Document) Next(change Change) Document {
	d.Revision++
	if change != ChangeEditorial {
		d.MaterialRevision = d.Revision
	}
	return d
}

// SameContent tells whether two revisions fix the same.
func (d Document) SameContent(other Document) bool {
	return d.Title == other.Title && d.URL == other.URL && d.Checksum == other.Checksum && d.ChecksumAlgorithm == other.ChecksumAlgorithm &&
		d.Content.Hash == other.Content.Hash && d.Content.FileName == other.Content.FileName
}

// RemovalDraft is the statement that the document was deleted or restored.
func (d Document) RemovalDraft(by string, deleted bool) Draft {
	kind := proof.TypeDocumentRestored
	if deleted {
		kind = proof.TypeDocumentDeleted
	}
	return Draft{Type: kind, Fields: proof.Fields{"doc": proof.Fields{"id": d.ID}, "by": by}}
}

// Counts tells whether a signature of a revision still stands for the document.
func (d Document) Counts(revision int) bool { return revision >= d.MaterialRevision }
