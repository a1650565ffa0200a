package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"
)

// reload reloads Nginx while connections are being made: they have reached one of its workers when that is told to end, and speak only then. Nginx tells
// connections of HTTP/2 to go that it knows when it is told to end; those it hears of later stay, and all that is asked on them is answered by the
// configuration of before.
func (c *crowd) reload(t *testing.T) error {
	t.Helper()
	var waiting []net.Conn
	for range 3 {
		c.mu.Lock()
		c.late++
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, c.late)}}
		c.mu.Unlock()
		conn, err := dialer.DialContext(t.Context(), "tcp", c.front.address)
		if err != nil {
			return err
		}
		waiting = append(waiting, conn)
	}
	time.Sleep(100 * time.Millisecond) // Nginx takes them
	out, err := exec.Command("sh", "-c", c.front.reload).CombinedOutput()
	if err != nil {
		t.Logf("%s", out)
	}
	for _, conn := range waiting {
		c.work.Go(func() { c.latecomer(conn) })
	}
	return err
}

// latecomer speaks on a connection, and goes on for as long as the crowd does.
func (c *crowd) latecomer(conn net.Conn) {
	time.Sleep(500 * time.Millisecond) // until its worker was told to end
	transport := &http.Transport{ForceAttemptHTTP2: true}
	transport.DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		if conn == nil {
			var err error
			if conn, err = (&net.Dialer{}).DialContext(ctx, network, c.front.address); err != nil {
				return nil, err
			}
		}
		secure := tls.Client(conn, &tls.Config{RootCAs: c.front.roots, ServerName: siteName, NextProtos: []string{"h2"}})
		conn = nil
		return secure, secure.HandshakeContext(ctx)
	}
	defer transport.CloseIdleConnections()
	visitor := &client{base: "https://" + siteName, http: &http.Client{Timeout: patient, Transport: &counted{c, transport, true}}}
	for !c.ending.Load() {
		c.expect("a latecomer's page", visitor.send(http.MethodGet, "/", nil), http.StatusOK)
		time.Sleep(100 * time.Millisecond)
	}
}
