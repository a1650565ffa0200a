package secrets

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
)

// sealVersion begins everything sealed: AES-256-GCM under a key derived by HKDF, named by its first bytes of SHA-256.
const (
	sealVersion  = 1
	sealKeyIDLen = 4
)

// ErrSealed is the answer for what no key of ours opens.
var ErrSealed = errors.New("it was not sealed with ACKIFY_OAUTH_COOKIE_SECRET, nor with ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS")

// Sealer encrypts what the database must keep and nobody may read there. It seals with its first key and opens with any, so that the
// secret can be replaced.
type Sealer struct {
	keys []sealKey
}

type sealKey struct {
	id   []byte
	aead cipher.AEAD
}

// NewSealer derives a key for one purpose from each secret (base64 of 32 bytes); empty secrets are left out.
func NewSealer(purpose string, cookieSecrets ...string) (Sealer, error) {
	var s Sealer
	for _, secret := range cookieSecrets {
		if secret == "" {
			continue
		}
		raw, err := Derive(secret, purpose)
		if err != nil {
			return s, err
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return s, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return s, err
		}
		id := sha256.Sum256(raw)
		s.keys = append(s.keys, sealKey{id[:sealKeyIDLen], aead})
	}
	if len(s.keys) == 0 {
		return s, errors.New("there is no secret to seal with")
	}
	return s, nil
}

// Seal returns version (1 byte), key id (4), nonce (12), ciphertext and tag (16). What it is about must be given again to open it, so
// that what was sealed for one row is of no use in another.
func (s Sealer) Seal(plain, about []byte) []byte {
	key := s.keys[0]
	return key.aead.Seal(append([]byte{sealVersion}, key.id...), nil, plain, about) //nolint:gosec // the first argument is what to append to; the nonce is random
}

// Open fails with ErrSealed.
func (s Sealer) Open(sealed, about []byte) ([]byte, error) {
	const start = 1 + sealKeyIDLen
	if len(sealed) < start || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	for _, key := range s.keys {
		if !bytes.Equal(sealed[1:start], key.id) {
			continue
		}
		if plain, err := key.aead.Open(nil, nil, sealed[start:], about); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}
