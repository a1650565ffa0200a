package passwords

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/ackify/ackify/backend/internal/domain"
)

func TestHasher(t *testing.T) {
	t.Parallel()
	h := NewHasher(2)
	hashed, err := h.Hash(t.Context(), "correct horse battery")
	if err != nil || !strings.HasPrefix(hashed, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %q, %v", hashed, err)
	}
	if matches, outdated, err := h.Verify(t.Context(), "correct horse battery", hashed); !matches || outdated || err != nil {
		t.Fatalf("right password: %v %v %v", matches, outdated, err)
	}
	if matches, _, err := h.Verify(t.Context(), "wrong", hashed); matches || err != nil {
		t.Fatalf("wrong password: %v %v", matches, err)
	}
	old, err := argon2id.CreateHash("old", &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	if matches, outdated, err := h.Verify(t.Context(), "old", old); !matches || !outdated || err != nil {
		t.Fatalf("hash with old parameters: %v %v %v", matches, outdated, err)
	}
	if err := h.Decoy(t.Context(), "anything"); err != nil {
		t.Fatal(err)
	}
}

func TestSoManyAtOnceAreWorkedOnSoManyWaitAndTheRestIsRefused(t *testing.T) {
	t.Parallel()
	h := NewHasher(1)
	for range 1 + waitingPerSlot {
		h.waiting <- struct{}{}
	}
	if _, err := h.Hash(t.Context(), "correct horse battery"); !errors.Is(err, ErrBusy) || domain.AsError(err).Wait == 0 {
		t.Fatalf("one more than may wait: %v", err)
	}
	<-h.waiting
	h.slots <- struct{}{}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := h.Hash(gone, "correct horse battery"); !errors.Is(err, context.Canceled) {
		t.Fatalf("somebody who left while waiting: %v", err)
	}
	if len(h.waiting) != waitingPerSlot {
		t.Errorf("who left still waits: %d", len(h.waiting))
	}
	<-h.slots
	if _, err := h.Hash(t.Context(), "correct horse battery"); err != nil || len(h.waiting) != waitingPerSlot || len(h.slots) != 0 {
		t.Errorf("after that: %v, %d, %d", err, len(h.waiting), len(h.slots))
	}
}
