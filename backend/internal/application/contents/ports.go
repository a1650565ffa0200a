// Package contents takes in, keeps and shows what documents consist of: files that are uploaded, and what is at an address.
package contents

import (
	"context"
	"io"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Fetcher reads what is at an address, without being led to where it must not look.
type Fetcher interface {
	// Fetch asks with GET. It fails with one of the domain.ErrURL… errors, also while Body is read: with ErrURLTooLarge after more than limit
	// bytes, with ErrURLTimeout when all of it takes too long. The caller closes Body.
	Fetch(ctx context.Context, url string, limit int64) (Remote, error)
}

// Remote is an answer.
type Remote struct {
	Body      io.ReadCloser
	MediaType string // as the server says, with parameters; "" when it does not
	FileName  string // of Content-Disposition or the last address, not cleaned; may be ""
}

// Spool takes a stream in to a temporary file.
type Spool interface {
	// Take reads all of r. It fails with domain.ErrFileEmpty, with domain.ErrFileTooLarge after more than limit bytes, with domain.ErrStorage
	// or ErrStorageFull when the file cannot be written, and with whatever error r gives. It needs the same little memory for any size.
	Take(ctx context.Context, r io.Reader, limit int64) (Spooled, error)
}

// Spooled is a temporary file whose bytes no longer change.
type Spooled interface {
	io.ReaderAt
	Size() int64
	Hash() proof.Hash // SHA-256 of all bytes
	// Checksum returns the hash with one of the domain's algorithms.
	Checksum(algorithm string) (domain.Checksum, error)
	// Close removes the file.
	Close() error
}

// Inspector finds out what a file is.
type Inspector interface {
	// Inspect sniffs the type of size bytes and compares it with the file's name and with the media type that somebody claims, both of which
	// may be "". It fails with domain.ErrFileUnsupported, ErrFileMismatch or ErrFileSuspicious.
	Inspect(r io.ReaderAt, size int64, fileName, claimed string) (Inspection, error)
}

// Inspection is what a file is.
type Inspection struct {
	MediaType string // one that is kept, without parameters
	Title     string // found in the content, clean (domain.CleanTitle); "" when there is none
}

// Store keeps files under the SHA-256 of their bytes. What it keeps is whole or not there.
type Store interface {
	// Put stores size bytes; it is no error when they are there already. It fails with domain.ErrStorage or ErrStorageFull and then leaves
	// nothing behind.
	Put(ctx context.Context, hash proof.Hash, r io.ReaderAt, size int64) error
	// Open fails with domain.ErrContentMissing or domain.ErrStorage.
	Open(ctx context.Context, hash proof.Hash) (Blob, error)
	// Delete removes a file; it is no error when there is none.
	Delete(ctx context.Context, hash proof.Hash) error
	// Check tells whether files can be stored, by storing one and removing it. It fails with domain.ErrStorage or ErrStorageFull.
	Check(ctx context.Context) error
}

// Blob is a stored file. Reading it may fail with domain.ErrStorage.
type Blob interface {
	io.ReadSeekCloser
	Size() int64
	// Version changes when the stored bytes may have changed; as long as it does not, a check of them still holds.
	Version() string
}

// Registry knows which files are stored, and which of them a revision needs.
type Registry interface {
	// Use notes that a file is stored or about to be, so that nobody deletes it for a day. It fails with ErrBeingDeleted.
	Use(ctx context.Context, hash proof.Hash, size int64, now time.Time) error
	// Condemn claims up to max files for deletion, until the lease ends: those that no revision needs and nobody used since.
	Condemn(ctx context.Context, since, now, lease time.Time, limit int) ([]proof.Hash, error)
	// Forget ends a claim: the file is gone.
	Forget(ctx context.Context, hash proof.Hash) error
}

// Renderer shows text.
type Renderer interface {
	// Render makes a whole HTML page of Markdown, HTML or text, in which nothing runs and nothing is loaded from elsewhere.
	Render(kind domain.ContentKind, content []byte, title string) ([]byte, error)
	// Compare tells how to get from one text to the other. What reads as HTML is compared by its visible text.
	Compare(fromKind domain.ContentKind, from []byte, toKind domain.ContentKind, to []byte) (Difference, error)
}

// Difference is how to get from one text to another.
type Difference struct {
	Parts     []Part
	Truncated bool // there is more than is shown
}

// Part is a run of text that stayed, came or went.
type Part struct {
	Change PartChange
	Text   string
}

// PartChange is what became of a part.
type PartChange string

// What becomes of parts.
const (
	PartSame    PartChange = "same"
	PartAdded   PartChange = "added"
	PartRemoved PartChange = "removed"
)
