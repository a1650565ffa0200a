package domain

import "net/netip"

// ClientNetwork is what a client is counted by: its IPv4 address, or the /64 that an IPv6 address is in, of which one client has all
// addresses. What is no address stays as it is.
func ClientNetwork(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.Unmap().Is4() {
		return address
	}
	prefix, err := parsed.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.Addr().String()
}
