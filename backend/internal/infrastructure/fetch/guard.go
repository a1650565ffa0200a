package fetch

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// guard knows which addresses may be asked. It looks twice: at a URL before anything is done with it, and at each address that a
// connection is about to be made to, after DNS.
type guard struct {
	allowed hosts
	public  *ssrf.Guardian
	proxied bool // a proxy looks names up, so that only the first look is possible
}

func newGuard(allowed hosts, proxied bool) guard {
	return guard{allowed: allowed, public: ssrf.New(), proxied: proxied}
}

// refusal is why an address is not asked.
type refusal struct{ reason string }

func (r refusal) Error() string { return r.reason }

func refused(format string, args ...any) error { return refusal{fmt.Sprintf(format, args...)} }

// Addresses that hold secrets of the machine this runs on: neither a name nor a network that is allowed leads to them.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"), // link-local (RFC 3927, RFC 4291)
	netip.MustParsePrefix("fd00:ec2::254/128"),  // Amazon's
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba's
}

// isMetadata also sees IPv4 addresses that are written into IPv6 ones.
func isMetadata(addr netip.Addr) bool {
	addr = addr.WithZone("")
	for _, form := range append(inside(addr), addr.Unmap()) {
		for _, network := range metadata {
			if network.Contains(form) {
				return true
			}
		}
	}
	return false
}

// inside is the IPv4 address that an IPv6 address stands for, where translation is usual: in its last bytes, or after 2002:.
func inside(addr netip.Addr) []netip.Addr {
	b := addr.As16()
	switch {
	case !addr.Is6():
		return nil
	case sixToFour.Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case nat64.Contains(addr) || compatible.Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:]))}
	}
	return nil
}

var (
	sixToFour  = netip.MustParsePrefix("2002::/16")    // RFC 3056
	nat64      = netip.MustParsePrefix("64:ff9b::/32") // RFC 6052, and RFC 8215 within it
	compatible = netip.MustParsePrefix("::/96")        // RFC 4291
)

// url refuses what can be refused without asking DNS, and returns the URL with its host as DNS knows it.
func (g guard) url(u *url.URL) (*url.URL, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, refused("%q is neither http nor https", u.Scheme)
	}
	if u.User != nil {
		return nil, refused("it holds a user name")
	}
	host := u.Hostname()
	if name, err := idna.Lookup.ToASCII(host); !isASCII(host) && err == nil {
		host = name // before any look at it: other scripts have digits and dots, too
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if err := g.host(host, port); err != nil {
		return nil, err
	}
	asked := *u
	if asked.Host = host; strings.Contains(host, ":") {
		asked.Host = "[" + host + "]"
	}
	if u.Port() != "" {
		asked.Host += ":" + port
	}
	return &asked, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

// host looks at a host and its port as they are written.
func (g guard) host(host, port string) error {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return refused("%q is not a port", port)
	}
	addr, err := netip.ParseAddr(host)
	isAddress := err == nil
	switch {
	case isAddress && isMetadata(addr) && !g.allowed.literally(host, port):
		return refused("%s is link-local or holds metadata", host)
	case g.allowed.allow(host, port):
		return nil
	case isAddress:
		return g.address(netip.AddrPortFrom(addr, uint16(number)))
	}
	name := strings.ToLower(host)
	switch {
	case !hostName.MatchString(name):
		return refused("%q is not a host", host)
	case strings.HasSuffix(name, "."):
		return refused("%q ends with a dot", host)
	case name == "localhost" || strings.HasSuffix(name, ".localhost"):
		return refused("%s is this machine", host)
	case endsInNumber(name):
		return refused("%q is an address in an unusual form", host)
	case number != 80 && number != 443 && (g.proxied || len(g.allowed.networks) == 0):
		return refused("%d is an unusual port", number) // with networks, the dial tells
	}
	return nil
}

// endsInNumber tells whether old functions read a name as an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1 (WHATWG URL, "ends in a number").
func endsInNumber(name string) bool {
	last := name[strings.LastIndex(name, ".")+1:]
	if digits, isHex := strings.CutPrefix(last, "0x"); isHex {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// control looks at where a connection to host and port would go, for net.Dialer.
func (g guard) control(host, port string) func(network, address string, _ syscall.RawConn) error {
	byName := g.allowed.allow(host, port)
	literally := g.allowed.literally(host, port)
	return func(network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		_, isName := netip.ParseAddr(host)
		switch {
		case err != nil || network != "tcp4" && network != "tcp6":
			return refused("%s %s is no address", network, address)
		case isMetadata(to.Addr()):
			if isName == nil && literally {
				return nil
			}
			return refused("%s leads to %s, which is link-local or holds metadata", host, to.Addr())
		case byName || g.allowed.covers(to.Addr()):
			return nil
		}
		return g.address(to)
	}
}

// address refuses what is not on the internet, and unusual ports.
func (g guard) address(to netip.AddrPort) error {
	if err := g.public.SafeAddrPort(to); err != nil {
		return refused("%v", err)
	}
	return nil
}
