package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

const secretSize = 32

// Keys are the two private keys derived from an operator's one secret.
type Keys struct {
	Statement ed25519.PrivateKey // signs entries
	Ledger    ed25519.PrivateKey // signs checkpoints
}

// GenerateSecret returns 32 random bytes in standard base64: a new ACKIFY_SIGNING_KEY.
func GenerateSecret() (string, error) {
	var b [secretSize]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b[:]), nil
}

// ParseSecret derives the keys from a secret: HKDF-SHA256 (RFC 5869) without salt, 32 bytes for each Ed25519 seed. The
// secret is the canonical standard base64 of exactly 32 bytes; the error never repeats it.
func ParseSecret(s string) (Keys, error) {
	secret, ok := decodeBase64(s)
	if !ok {
		return Keys{}, errors.New("signing key is not standard base64")
	}
	if len(secret) != secretSize {
		return Keys{}, fmt.Errorf("signing key has %d bytes, not %d", len(secret), secretSize)
	}
	statement, err := derive(secret, "ackify/statement/v1")
	if err != nil {
		return Keys{}, err
	}
	ledger, err := derive(secret, "ackify/ledger/v1")
	if err != nil {
		return Keys{}, err
	}
	return Keys{Statement: statement, Ledger: ledger}, nil
}

func derive(secret []byte, info string) (ed25519.PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, info, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", info, err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// StatementPublic is the public key that entries are verified with.
func (k Keys) StatementPublic() ed25519.PublicKey { return publicOf(k.Statement) }

// LedgerPublic is the public key that checkpoints are verified with.
func (k Keys) LedgerPublic() ed25519.PublicKey { return publicOf(k.Ledger) }

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey {
	public, _ := key.Public().(ed25519.PublicKey) // its documented type
	return public
}

// SelfTest signs and verifies a message with both keys, each public half being derived afresh from its seed.
func (k Keys) SelfTest() error {
	message := []byte("ackify self test")
	for name, key := range map[string]ed25519.PrivateKey{"statement": k.Statement, "ledger": k.Ledger} {
		if len(key) != ed25519.PrivateKeySize {
			return fmt.Errorf("the %s key is missing", name)
		}
		fresh := publicOf(ed25519.NewKeyFromSeed(key.Seed()))
		if !bytes.Equal(fresh, publicOf(key)) || !ed25519.Verify(fresh, message, ed25519.Sign(key, message)) {
			return fmt.Errorf("the %s key does not verify its own signature", name)
		}
	}
	if bytes.Equal(k.Statement, k.Ledger) {
		return errors.New("the statement key and the ledger key are the same")
	}
	return nil
}

// KeyID is the SHA-256 of the raw 32-byte public key.
func KeyID(pub ed25519.PublicKey) Hash { return sha256.Sum256(pub) }

// VerifierKey is the ledger key in the text form of C2SP signed-note, "<origin>+<hash>+<base64>". It fails when the
// origin cannot name a key: empty, not UTF-8, or containing a space or a plus sign.
func VerifierKey(origin string, pub ed25519.PublicKey) (string, error) {
	vkey, err := note.NewEd25519VerifierKey(origin, pub)
	if err != nil {
		return "", fmt.Errorf("verifier key: %w", err)
	}
	// NewEd25519VerifierKey accepts any name; NewVerifier does not.
	if _, err := note.NewVerifier(vkey); err != nil {
		return "", fmt.Errorf("origin %q cannot name a key: %w", origin, err)
	}
	return vkey, nil
}
