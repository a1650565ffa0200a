// Package freeport finds addresses for the servers that tests start.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Below every system's range for outgoing connections (32768 on Linux, 49152 by RFC 6335, section 6), which would otherwise take an
// address between its choice and the server's start.
const first, last = 15000, 32000

// Address is one of 127.0.0.1 on which nobody listens. Until the test ends no other test, of this process or of another, is given it: a
// UDP socket on the same number stands for the claim.
func Address(t testing.TB) string {
	t.Helper()
	for range 1000 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(last-first))) //nolint:gosec // any will do
		claim, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", address)
		if err != nil {
			continue
		}
		server, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			_ = claim.Close()
			continue
		}
		_ = server.Close()
		t.Cleanup(func() { _ = claim.Close() })
		return address
	}
	t.Fatal("no free address")
	return ""
}
