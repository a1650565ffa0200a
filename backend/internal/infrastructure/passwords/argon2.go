// Package passwords hashes passwords with Argon2id (RFC 9106), parameters inside the hash.
package passwords

import (
	"context"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/ackify/ackify/backend/internal/domain"
)

// current are the parameters of new hashes: OWASP's first recommendation with 19 MiB, two passes, one lane.
var current = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// ErrBusy is the answer when so many passwords are being checked that one more would wait too long.
var ErrBusy = domain.E(domain.KindUnavailable, "auth.busy", "Too many people are logging in at this moment; try again in a few seconds.").After(5 * time.Second)

// waitingPerSlot is how many may wait for each that is worked on: about two seconds' work.
const waitingPerSlot = 16

// Hasher hashes a few passwords at once, lets a few others wait and refuses the rest, so that log-ins exhaust neither memory nor patience.
type Hasher struct {
	slots   chan struct{}
	waiting chan struct{}
	decoy   func() (string, error)
}

// NewHasher makes a hasher that works on up to atOnce passwords at a time, with 19 MiB each.
func NewHasher(atOnce int) *Hasher {
	return &Hasher{
		slots: make(chan struct{}, atOnce), waiting: make(chan struct{}, atOnce*(1+waitingPerSlot)),
		decoy: sync.OnceValues(func() (string, error) { return argon2id.CreateHash("nobody has this password", current) }),
	}
}

// enter fails with ErrBusy, or when ctx ends.
func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.waiting <- struct{}{}:
	default:
		return ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-h.waiting
		return ctx.Err()
	}
}

func (h *Hasher) leave() { <-h.slots; <-h.waiting }

// Hash returns the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return argon2id.CreateHash(password, current)
}

// Verify compares in constant time; outdated tells that the hash has other parameters than new ones get.
func (h *Hasher) Verify(ctx context.Context, password, hashed string) (matches, outdated bool, err error) {
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	matches, params, err := argon2id.CheckHash(password, hashed)
	return matches, err == nil && *params != *current, err
}

// Decoy takes as long as Verify does.
func (h *Hasher) Decoy(ctx context.Context, password string) error {
	hashed, err := h.decoy()
	if err != nil {
		return err
	}
	_, _, err = h.Verify(ctx, password, hashed)
	return err
}
