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
	Revision          int
	CreatedBy         string // user id
	CreatedAt         time.Time
	UpdatedAt         time.Time
	DeletedAt         time.Time // zero while it is there
}

// Errors about documents.
var (
	ErrDocumentNotFound  = E(KindNotFound, "document.not_found", "There is no such document.")
	ErrDocumentDeleted   = E(KindGone, "document.deleted", "This document was deleted.")
	ErrDocumentExists    = E(KindConflict, "document.exists", "This document exists already.")
	ErrDocumentForbidden = E(KindForbidden, "document.create_forbidden", "Your role does not include creating documents here.")
)

const titleMaxLength = 500

// NewDocument makes the first revision of a document. Without a title the reference is one. The id is the reference
// itself where it is an identifier, otherwise eight random characters.
func NewDocument(ref Reference, title string, by User) (Document, error) {
	title = strings.TrimSpace(title)
	if utf8.RuneCountInString(title) > titleMaxLength || hasControl(title) || title != "" && !isVisible(title) {
		return Document{}, Invalid("title", "title.invalid", "A title has at most 500 characters, none of them a line break or invisible.")
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
		ChecksumAlgorithm: "SHA-256", Revision: 1, CreatedBy: by.ID,
	}, nil
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

// Proof returns what a signed statement says of the current revision.
func (d Document) Proof() proof.Fields {
	fields := proof.Fields{"id": d.ID, "revision": strconv.Itoa(d.Revision), "title": d.Title, "url": d.URL}
	if d.Checksum != "" {
		fields["checksum"], fields["checksum_algorithm"] = d.Checksum, d.ChecksumAlgorithm
	}
	return fields
}

// RevisionDraft is the statement that the current revision was opened.
func (d Document) RevisionDraft() Draft {
	fields := proof.Fields{"doc": d.Proof(), "by": d.CreatedBy}
	if d.Revision > 1 {
		fields["previous_revision"] = strconv.Itoa(d.Revision - 1)
	}
	return Draft{Type: "revision", Fields: fields}
}
