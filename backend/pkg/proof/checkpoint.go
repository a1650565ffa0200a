package proof

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// maxTreeSize is the largest size of a checkpoint. No ledger gets there, and beyond it tlog's search for a power of two
// below the size would never end.
const maxTreeSize = 1 << 62

// Checkpoint states a ledger's size and RFC 6962 Merkle root (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   int64 // number of entries
	Root   Hash
}

// body is the note's text: origin, size in decimal, root in base64, each on a line. There are no extension lines.
func (c Checkpoint) body() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// noteSigner is a note.Signer for a key in memory; the library's own wants it as text.
type noteSigner struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s noteSigner) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }

// SignCheckpoint writes c as a signed note (C2SP signed-note) with one signature by the ledger key. Signing is
// deterministic: the same key and checkpoint give the same bytes.
func SignCheckpoint(k Keys, c Checkpoint) ([]byte, error) {
	if c.Size < 0 || c.Size > maxTreeSize {
		return nil, fmt.Errorf("checkpoint size %d is negative or above %d", c.Size, int64(maxTreeSize))
	}
	vkey, err := VerifierKey(c.Origin, k.LedgerPublic())
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	text, err := note.Sign(&note.Note{Text: c.body()}, noteSigner{verifier, k.Ledger})
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return text, nil
}

// ParseCheckpoint reads a signed note without verifying its signature. It accepts only what SignCheckpoint can write:
// three lines, a blank one, and exactly one signature in canonical base64 whose name is the origin.
func ParseCheckpoint(text []byte) (Checkpoint, error) {
	if len(text) > MaxSize || !utf8.Valid(text) {
		return Checkpoint{}, invalid("checkpoint is too long or not UTF-8")
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != 6 || lines[3] != "" || lines[5] != "" {
		return Checkpoint{}, invalid("checkpoint is not three lines, a blank line and one signature")
	}
	size, ok := parseDecimal(lines[1])
	if !ok || size > maxTreeSize {
		return Checkpoint{}, invalid("checkpoint: size is not a decimal number of at most %d", int64(maxTreeSize))
	}
	root, ok := decodeBase64(lines[2])
	if !ok || len(root) != len(Hash{}) {
		return Checkpoint{}, invalid("checkpoint: root is not the base64 of 32 bytes")
	}
	encoded, ok := strings.CutPrefix(lines[4], "— "+lines[0]+" ")
	signature, canonical := decodeBase64(encoded)
	const keyHashSize = 4
	if !ok || !canonical || len(signature) != keyHashSize+ed25519.SignatureSize {
		return Checkpoint{}, invalid("checkpoint: signature line is malformed or not by the origin")
	}
	if lines[0] == "" || strings.ContainsFunc(lines[0], notInOrigin) {
		return Checkpoint{}, invalid("checkpoint: origin is malformed")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}, nil
}

// notInOrigin reports characters that signed-note allows in no key's name, and control characters.
func notInOrigin(r rune) bool { return r == '+' || unicode.IsSpace(r) || unicode.IsControl(r) }

// OpenCheckpoint reads a signed note and verifies that a ledger key of keys signed it. Any key of the set will do,
// whatever its window: a checkpoint carries no time, and one of an older key stays true.
func OpenCheckpoint(text []byte, keys KeySet) (Checkpoint, LedgerKey, error) {
	c, err := ParseCheckpoint(text)
	if err != nil {
		return Checkpoint{}, LedgerKey{}, err
	}
	if c.Origin != keys.Origin {
		return Checkpoint{}, LedgerKey{}, invalid("checkpoint is of %s, the trusted keys are of %s",
			printable(c.Origin), printable(keys.Origin))
	}
	for _, key := range keys.Ledger {
		verifier, err := note.NewVerifier(key.Vkey)
		if err != nil {
			return Checkpoint{}, LedgerKey{}, fmt.Errorf("ledger key: %w", err)
		}
		if _, err := note.Open(text, note.VerifierList(verifier)); err == nil {
			return c, key, nil
		}
	}
	return Checkpoint{}, LedgerKey{}, invalid("checkpoint is not signed by a trusted ledger key")
}
