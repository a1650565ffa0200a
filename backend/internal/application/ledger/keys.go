package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// KeyStore keeps the origin and the public keys.
type KeyStore interface {
	// Open remembers origin at the first start and returns the one remembered. It records keys as the current ones where
	// there are none, or none that signed anything, and otherwise fails with domain.ErrKeyRetired if they are not.
	Open(ctx context.Context, origin string, keys proof.Keys, now time.Time) (string, error)
}

// OriginOf names a ledger after the base URL of its first start: host, path and "/ledger".
func OriginOf(base *url.URL) string {
	return base.Host + strings.TrimSuffix(base.Path, "/") + "/ledger"
}

// Open tests the keys, makes sure that they are the ledger's current ones, and returns the ledger's origin.
func Open(ctx context.Context, store KeyStore, base *url.URL, keys proof.Keys, now time.Time) (string, error) {
	if err := keys.SelfTest(); err != nil {
		return "", fmt.Errorf("the signing key does not work: %w", err)
	}
	origin, err := store.Open(ctx, OriginOf(base), keys, now.UTC().Truncate(time.Microsecond))
	if domain.AsError(err).Code == domain.ErrKeyRetired.Code {
		return "", errors.New("ACKIFY_SIGNING_KEY is not this ledger's current key: start with the secret that signed its newest entries")
	}
	return origin, err
}
