// Package fetch reads what is at addresses that people enter, without being led to where only this server can look: its own machine, the
// network around it, a cloud's metadata.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	defaultTimeout = 10 * time.Second
	maxHeader      = 64 << 10 // bytes
	maxRedirects   = 5
)

// Config says where to look, and how.
type Config struct {
	// AllowedHosts are internal hosts that may be asked: a host or host:port as addresses name it, *.example.com for everything below
	// example.com, or a network such as 10.1.0.0/16. Without a port, a host may be asked at any, and what is in a network, too. Link-local
	// addresses, which a cloud's metadata have, are asked only where the address itself is in the list.
	AllowedHosts []string
	// Proxy is an http, https or socks5 URL through which everything goes, listed hosts too; nil: none. Proxies of the environment are not
	// used. Behind a proxy it is the proxy that looks names up and connects, so Ackify cannot check where a name leads: only what can be
	// seen in the address itself is refused, such as 10.0.0.1 or localhost. The proxy has to refuse names that lead to private addresses.
	Proxy     *url.URL
	Timeout   time.Duration  // for everything, redirects and body included; 0: 10 seconds
	UserAgent string         // "": Ackify
	Resolver  *net.Resolver  // nil: the system's
	RootCAs   *x509.CertPool // nil: the system's
	Off       bool           // nothing is asked: every Fetch fails with domain.ErrURLOff
	// Watch is put around what sends requests; nil: nothing is.
	Watch func(http.RoundTripper) http.RoundTripper
}

// Client asks addresses. It may be used by several goroutines.
type Client struct {
	cfg       Config
	guard     guard
	transport *http.Transport
	through   http.RoundTripper // the transport, and what is around it
}

var _ contents.Fetcher = (*Client)(nil)

// New makes a client; it fails when a host or the proxy cannot be understood.
func New(cfg Config) (*Client, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "Ackify"
	}
	allowed, err := parseHosts(cfg.AllowedHosts)
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, guard: newGuard(allowed, cfg.Proxy != nil)}
	c.transport = &http.Transport{
		DialContext: c.dial, TLSClientConfig: &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: cfg.Timeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // little that comes in would become much
		DisableKeepAlives:      true, // each request looks at where it connects to
	}
	if cfg.Proxy != nil {
		if !slices.Contains([]string{"http", "https", "socks5"}, cfg.Proxy.Scheme) || cfg.Proxy.Hostname() == "" {
			return nil, errors.New("the proxy is not an http, https or socks5 address")
		}
		c.transport.Proxy = http.ProxyURL(cfg.Proxy)
	}
	c.through = c.transport
	if cfg.Watch != nil {
		c.through = cfg.Watch(c.transport)
	}
	return c, nil
}

// dial connects to a host, or to the proxy, which is where the operator says.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{Resolver: c.cfg.Resolver, KeepAlive: -1}
	if c.cfg.Proxy == nil {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		dialer.Control = c.guard.control(host, port)
	}
	return dialer.DialContext(ctx, network, address)
}

// Fetch implements contents.Fetcher. When ctx ends, its error is returned. Nothing is sent along: no name, no cookies, no Referer.
func (c *Client) Fetch(ctx context.Context, address string, limit int64) (contents.Remote, error) {
	if c.cfg.Off {
		return contents.Remote{}, domain.ErrURLOff
	}
	within, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	v := &visit{guard: c.guard, ctx: ctx, within: within, cancel: cancel, left: limit}
	remote, err := v.start(c, address)
	if err != nil {
		err = v.failure(err)
		cancel()
	}
	return remote, err
}

// visit is one Fetch, redirects and body included.
type visit struct {
	guard  guard
	ctx    context.Context // the caller's
	within context.Context // which also ends in time
	cancel context.CancelFunc
	hops   int         // redirects followed
	tls    atomic.Bool // whether a handshake failed
	body   io.ReadCloser
	left   int64 // bytes that the body may still have
	failed error // what the body could not be read for
}

func (v *visit) start(c *Client, address string) (contents.Remote, error) {
	entered, err := url.Parse(address)
	if err != nil {
		return contents.Remote{}, refused("it cannot be parsed")
	}
	asked, err := v.guard.url(entered)
	if err != nil {
		return contents.Remote{}, err
	}
	ctx := httptrace.WithClientTrace(v.within, &httptrace.ClientTrace{TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
		v.tls.Store(isTLS(err))
	}})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, asked.String(), nil)
	if err != nil {
		return contents.Remote{}, refused("it cannot be asked: %v", err)
	}
	request.Header = http.Header{"User-Agent": {c.cfg.UserAgent}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}}
	response, err := (&http.Client{Transport: c.through, CheckRedirect: v.redirect}).Do(request)
	if err != nil {
		return contents.Remote{}, err
	}
	if err := v.accept(response); err != nil {
		return contents.Remote{}, errors.Join(err, response.Body.Close())
	}
	v.body = response.Body
	return contents.Remote{Body: v, MediaType: response.Header.Get("Content-Type"), FileName: fileName(response)}, nil
}

// redirect looks at each address that an answer leads to.
func (v *visit) redirect(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return domain.ErrURLRedirects.Because(fmt.Errorf("more than %d redirects", maxRedirects))
	}
	if via[len(via)-1].URL.Scheme == "https" && request.URL.Scheme != "https" {
		return domain.ErrURLRedirects.Because(errors.New("a redirect from https to http"))
	}
	v.hops = len(via)
	asked, err := v.guard.url(request.URL)
	if err != nil {
		return err
	}
	request.URL, request.Host = asked, ""
	request.Header.Del("Referer")
	return nil
}

// accept refuses answers that are not what is at the address.
func (v *visit) accept(response *http.Response) error {
	if response.StatusCode != http.StatusOK {
		return domain.ErrURLStatus.Because(fmt.Errorf("answered %s", response.Status))
	}
	for _, encoding := range strings.Split(strings.Join(response.Header.Values("Content-Encoding"), ","), ",") {
		if encoding = strings.TrimSpace(encoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
			return domain.ErrURLUnreachable.Because(fmt.Errorf("answered in an encoding that was not asked for: %q", encoding))
		}
	}
	if response.ContentLength > v.left {
		return domain.ErrURLTooLarge.Because(fmt.Errorf("%d bytes", response.ContentLength))
	}
	return nil
}

// Read reads the body.
func (v *visit) Read(p []byte) (int, error) {
	if v.failed != nil {
		return 0, v.failed
	}
	if int64(len(p)) > v.left+1 {
		p = p[:v.left+1]
	}
	n, err := v.body.Read(p)
	if v.left -= int64(n); v.left < 0 {
		v.failed = domain.ErrURLTooLarge.Because(errors.New("the body goes on"))
		return 0, v.failed
	}
	if err != nil && !errors.Is(err, io.EOF) {
		v.failed = v.failure(err)
		return n, v.failed
	}
	return n, err
}

// Close ends the visit.
func (v *visit) Close() error {
	err := v.body.Close()
	v.cancel()
	return err
}

// failure makes of an error what the caller is promised.
func (v *visit) failure(err error) error {
	var ours *domain.Error
	var slow net.Error
	var why refusal
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err // without the address, which may hold a secret
	}
	switch {
	case v.ctx.Err() != nil:
		return v.ctx.Err()
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &why) && v.hops > 0:
		return domain.ErrURLRedirects.Because(err)
	case errors.As(err, &why):
		return domain.ErrURLRefused.Because(err)
	case v.within.Err() != nil || errors.As(err, &slow) && slow.Timeout():
		return domain.ErrURLTimeout.Because(err)
	case v.tls.Load():
		return domain.ErrURLTLS.Because(err)
	}
	return domain.ErrURLUnreachable.Because(err)
}

// isTLS tells whether a handshake failed by what the server is, and not because the connection broke.
func isTLS(err error) bool {
	var broken syscall.Errno
	return err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &broken)
}

// fileName is what the server calls the file, else how its address ends.
func fileName(response *http.Response) string {
	if _, params, err := mime.ParseMediaType(response.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	if name := path.Base(response.Request.URL.Path); name != "/" && name != "." {
		return name
	}
	return ""
}
