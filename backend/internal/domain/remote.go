package domain

import "time"

// RemoteOutcome is what a look at a document's address found.
type RemoteOutcome string

// The outcomes.
const (
	RemoteUnchecked   RemoteOutcome = "unchecked" // nobody has looked
	RemoteSame        RemoteOutcome = "same"
	RemoteChanged     RemoteOutcome = "changed"
	RemoteUnreachable RemoteOutcome = "unreachable"
)

// Remote is what is known of what a document's address shows.
type Remote struct {
	DocID         string
	State         RemoteOutcome
	Problem       string // code of the error, when unreachable
	FoundChecksum string // lower-case hex with the revision's algorithm, when changed
	Recheck       bool   // whether the server looks again by itself
	CheckedAt     time.Time
	NextCheckAt   time.Time
}

// VerificationSource is where a file came from that was compared with a document.
type VerificationSource string

// The sources.
const (
	VerifiedFile   VerificationSource = "file"   // somebody's, hashed in their browser
	VerifiedRemote VerificationSource = "remote" // what was at the document's address
)

// Verification is one comparison of a file with a document's checksum.
type Verification struct {
	ID           int64
	DocID        string
	Revision     int
	Source       VerificationSource
	VerifiedAt   time.Time
	VerifiedBy   string // user id, "system", or "erased:…"
	VerifierName string // only when listed; "" when there is none
	Stored       Checksum
	Calculated   string // lower-case hex; "" when there was nothing to hash
	Valid        bool
	Problem      string // code of the error that hindered it
}

// VerifiedBySystem is who verifies on schedule.
const VerifiedBySystem = "system"

// Errors about verifications.
var (
	ErrLegacyAlgorithm = Invalid("checksumAlgorithm", "checksum.algorithm_invalid", "MD5 is only for checksums that exist already: two contents with one MD5 can be made on purpose.")
	ErrNoChecksum      = E(KindNotFound, "checksum.none", "This revision has no checksum to compare with.")
	ErrNoURL           = Invalid("url", "url.none", "This document has no address to look at.")
	ErrURLInvalid      = Invalid("url", "url.invalid", "An address begins with http:// or https://.")
)

// lookErrors are what may hinder a look at an address.
var lookErrors = []*Error{
	ErrURLRefused, ErrURLUnreachable, ErrURLTLS, ErrURLTimeout, ErrURLTooLarge, ErrURLRedirects, ErrURLStatus, ErrURLOff,
	ErrFileEmpty, ErrFileTooLarge, ErrFileUnsupported, ErrFileMismatch, ErrFileSuspicious,
}

// LookProblem returns the error that hindered a look at an address, by its code; nil for any other.
func LookProblem(code string) *Error {
	for _, e := range lookErrors {
		if e.Code == code {
			return e
		}
	}
	return nil
}
