package domain

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// NewSecret returns 32 random bytes in unpadded base64url, 43 characters: what a cookie, a link or a token holds. It is never kept.
func NewSecret() string {
	var raw [32]byte
	rand.Read(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// HashSecret is what is kept of a secret: its SHA-256. Secrets are random, so that nothing slower is needed.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }
