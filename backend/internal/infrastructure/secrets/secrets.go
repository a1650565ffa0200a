// Package secrets keeps the keys of an Ackify that runs without configuration, and derives further keys.
package secrets

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Names of the files in the data directory. Each holds the base64 of 32 bytes and is readable by its owner only.
const (
	SigningKeyFile   = "signing.key"
	CookieSecretFile = "cookie.key"
)

// Keep returns the secret in a file of dir, and makes it where it is missing, if it may.
func Keep(dir, name string, mayMake bool) (string, error) {
	path := filepath.Join(dir, name)
	content, err := os.ReadFile(path) //nolint:gosec // a file of ours in the operator's directory
	if err == nil {
		secret := strings.TrimSpace(string(content))
		if _, err := proof.ParseSecret(secret); err != nil {
			return "", fmt.Errorf("%s is damaged (%w); put the backup of it back", path, err)
		}
		return secret, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if !mayMake {
		return "", fmt.Errorf("%s is missing, but the ledger was signed with it: put the backup of it back", path)
	}
	return create(path)
}

// create writes a new secret so that the file is there whole or not at all.
func create(path string) (_ string, err error) {
	secret, err := proof.GenerateSecret()
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-secret-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, removeIfThere(f.Name())) }()
	if _, err := f.WriteString(secret + "\n"); err != nil {
		return "", errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return "", err
	}
	// Link, unlike rename, refuses to replace a secret that another process has made meanwhile.
	if err := os.Link(f.Name(), path); err != nil {
		return "", err
	}
	return secret, nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Derive makes a key of 32 bytes for one purpose from a secret in base64, by HKDF-SHA256 (RFC 5869) without salt.
func Derive(secret, purpose string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(secret)
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, raw, nil, purpose, sha256.Size)
}

// Prepared is a secret that waits beside the one it will replace.
type Prepared struct {
	Path   string // where it waits
	target string
}

// Prepare writes a secret beside the one in a file of dir. It fails with fs.ErrExist, beside what is there, when one waits already.
func Prepare(dir, name, secret string) (_ Prepared, err error) {
	p := Prepared{Path: filepath.Join(dir, name+".next"), target: filepath.Join(dir, name)}
	f, err := os.OpenFile(p.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return p, err
	}
	if _, err := f.WriteString(secret + "\n"); err != nil {
		return p, errors.Join(err, f.Close(), p.Discard())
	}
	return p, errors.Join(f.Sync(), f.Close())
}

// Secret reads it.
func (p Prepared) Secret() (string, error) {
	content, err := os.ReadFile(p.Path)
	return strings.TrimSpace(string(content)), err
}

// Replace puts the secret in its place and keeps the one that was there, under a name with the time.
func (p Prepared) Replace() error {
	kept := p.target + ".retired-" + time.Now().UTC().Format("20060102T150405.000000Z")
	if err := os.Link(p.target, kept); err != nil {
		return err
	}
	return os.Rename(p.Path, p.target)
}

// Discard removes it.
func (p Prepared) Discard() error { return removeIfThere(p.Path) }
