package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// hosts are the internal ones that may be asked. Its zero value has none.
type hosts struct {
	names    map[string]bool // as an address names them, in lower case: host or host:port
	suffixes []string        // ".example.com"
	networks []netip.Prefix
}

// CheckAllowedHost tells what is wrong with one entry of Config.AllowedHosts.
func CheckAllowedHost(entry string) error {
	var h hosts
	return h.add(entry)
}

var (
	errEntry = errors.New("is neither a host, host:port, *.domain nor a network")
	hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?$`)
)

func parseHosts(entries []string) (h hosts, err error) {
	for _, entry := range entries {
		if err := h.add(entry); err != nil {
			return hosts{}, fmt.Errorf("%q %w", entry, err)
		}
	}
	return h, nil
}

func (h *hosts) add(entry string) error {
	entry = strings.ToLower(strings.TrimSpace(entry))
	if network, err := netip.ParsePrefix(entry); err == nil {
		h.networks = append(h.networks, network.Masked())
		return nil
	}
	if suffix, found := strings.CutPrefix(entry, "*."); found {
		if !hostName.MatchString(suffix) {
			return errEntry
		}
		h.suffixes = append(h.suffixes, "."+suffix)
		return nil
	}
	host, port := entry, ""
	if inner := strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]"); isAddress(inner) && (inner == entry || "["+inner+"]" == entry) {
		host = inner
	} else if before, after, err := net.SplitHostPort(entry); err == nil {
		if number, err := strconv.ParseUint(after, 10, 16); err != nil || number == 0 {
			return errEntry
		}
		host, port = before, after
	}
	if !isAddress(host) && !hostName.MatchString(host) {
		return errEntry
	}
	if host = canonical(host); port != "" {
		host = net.JoinHostPort(host, port)
	}
	if h.names == nil {
		h.names = map[string]bool{}
	}
	h.names[host] = true
	return nil
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// literally tells whether the host itself is in the list, by name or as an address, and not merely covered.
func (h hosts) literally(host, port string) bool {
	host = canonical(host)
	return h.names[host] || h.names[net.JoinHostPort(host, port)]
}

// allow tells whether a host may be asked although it is internal, at that port.
func (h hosts) allow(host, port string) bool {
	if h.literally(host, port) {
		return true
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return h.covers(addr)
	}
	for _, suffix := range h.suffixes {
		if strings.HasSuffix(canonical(host), suffix) {
			return true
		}
	}
	return false
}

// covers tells whether an address is in one of the networks.
func (h hosts) covers(addr netip.Addr) bool {
	for _, network := range h.networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// canonical makes one spelling of an address; names are in lower case.
func canonical(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.String()
	}
	return strings.ToLower(host)
}
