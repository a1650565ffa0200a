package freeport_test

import (
	"net"
	"testing"

	"github.com/ackify/ackify/backend/internal/freeport"
)

func TestAnAddressIsGivenOnceAndCanBeListenedOn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		address := freeport.Address(t)
		if seen[address] {
			t.Errorf("%s was given twice", address)
		}
		seen[address] = true
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = listener.Close()
	}
}
