// Package proof implements version 1 of Ackify's proof format: the encoding, signing, chaining and offline checking
// of acknowledgements. It is built from published formats, so that tools written by others can check a ledger:
//
//   - the payload is a JSON object in JCS form (RFC 8785) whose leaves are all strings;
//   - its signature is Ed25519 (RFC 8032) over the DSSE pre-authentication encoding;
//   - an entry is a leaf of an RFC 6962 Merkle tree, and its hash is the next entry's prev_hash;
//   - a checkpoint is a C2SP tlog-checkpoint, a receipt a C2SP tlog-proof (c2sp.org).
//
// The package imports nothing else of Ackify and touches neither network nor disk.
package proof

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

const (
	// PayloadType is the DSSE payload type of every entry.
	PayloadType = "application/vnd.ackify.entry.v1+json"
	// MaxSize is the largest payload, receipt or key set accepted, in bytes.
	MaxSize = 1 << 20
)

// Hash is a SHA-256 digest.
type Hash = [sha256.Size]byte

// ErrIssuerUnknown is returned for a receipt that is consistent in itself but was checked without any key to trust.
var ErrIssuerUnknown = errors.New("consistent in itself, issuer unknown")

// InvalidError says that something was checked and found wrong: it is disproven, not merely unreadable.
type InvalidError struct {
	Reason string // one line, for a person
}

func (e *InvalidError) Error() string { return e.Reason }

func invalid(format string, args ...any) error {
	return &InvalidError{Reason: fmt.Sprintf(format, args...)}
}
