package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
)

// boxVersion is the first byte of what a Box seals. A later version may have another key or algorithm and still open this one.
const boxVersion = 1

// Box encrypts with AES-256-GCM: a version byte, a random nonce of 12 bytes, the ciphertext and its tag of 16 bytes.
type Box struct{ aead cipher.AEAD }

// NewBox makes a box with a key of 32 bytes, as Derive makes them.
func NewBox(key []byte) (Box, error) {
	if len(key) != 32 {
		return Box{}, errors.New("a box needs a key of 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Box{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return Box{aead}, err
}

// Seal encrypts plain. It opens only with the same context, which is not secret and not part of the result.
func (b Box) Seal(plain, context []byte) []byte {
	return b.aead.Seal([]byte{boxVersion}, nil, plain, context) //nolint:gosec // the first argument is what to append to; the nonce is random
}

var errBox = errors.New("cannot be opened with this key and context")

// Open decrypts what Seal made; it fails when the key, the context or the sealed bytes are others.
func (b Box) Open(sealed, context []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != boxVersion {
		return nil, errBox
	}
	plain, err := b.aead.Open(nil, nil, sealed[1:], context)
	if err != nil {
		return nil, errBox
	}
	return plain, nil
}
