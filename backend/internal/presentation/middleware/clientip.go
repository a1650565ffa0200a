package middleware

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientIP returns a function that finds the client's address: the peer's, or, where the peer is a trusted proxy, the
// rightmost address of X-Forwarded-For that is not one.
func ClientIP(trusted []netip.Prefix) func(*http.Request) string {
	isTrusted := func(a netip.Addr) bool {
		for _, prefix := range trusted {
			if prefix.Contains(a) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return ""
		}
		client := peer.Addr().Unmap().WithZone("")
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && isTrusted(client); i-- {
			hop, err := parseHop(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			client = hop
		}
		return client.String()
	}
}

// parseHop reads an address with or without a port.
func parseHop(s string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap().WithZone(""), nil
	}
	hop, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return hop.Unmap().WithZone(""), err
}
