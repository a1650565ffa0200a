package oidc

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// stepTimeout bounds one request to a provider, answer included, and one step of a log-in (code exchange, refresh, userinfo).
	stepTimeout = 5 * time.Second
	// maxAnswer is how many bytes of an answer are read; what is longer is refused. Key sets and discovery documents have a few KiB.
	maxAnswer = 1 << 20
	// maxRedirects is how many redirects of one request are followed.
	maxRedirects = 3
)

var (
	errTooLarge  = errors.New("the answer is larger than 1 MiB")
	errRedirects = errors.New("more than 3 redirects")
	errDowngrade = errors.New("a redirect from https to http")
	errElsewhere = errors.New("a redirect of secrets to another host")
)

// statusError is an answer that says that the provider does not work now: 5xx or 429.
type statusError struct{ status int }

func (e statusError) Error() string {
	return fmt.Sprintf("answered %d %s", e.status, http.StatusText(e.status))
}

// hardened is a client for one provider. From the given one, which may be nil, it takes the transport and a timeout that is shorter
// than stepTimeout. Proxies of the environment (HTTPS_PROXY) are used, as in many networks there is no other way out.
func hardened(client *http.Client) *http.Client {
	h := &http.Client{Timeout: stepTimeout, CheckRedirect: checkRedirect}
	var base http.RoundTripper
	if client != nil {
		base = client.Transport
		if client.Timeout > 0 {
			h.Timeout = min(client.Timeout, stepTimeout)
		}
	}
	if base == nil {
		base = &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: stepTimeout}).DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: stepTimeout, MaxIdleConns: 4, IdleConnTimeout: 90 * time.Second,
		}
	}
	h.Transport = transport{base}
	return h
}

// transport bounds answers and turns those that say "not now" into errors.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	if request.Header.Get("Accept") == "" {
		request.Header.Set("Accept", "application/json") // without it, GitHub answers as a form
	}
	request.Header.Set("User-Agent", "Ackify")
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if s := response.StatusCode; s >= http.StatusInternalServerError || s == http.StatusTooManyRequests {
		return nil, errors.Join(statusError{s}, response.Body.Close())
	}
	response.Body = &limited{ReadCloser: response.Body, left: maxAnswer}
	return response, nil
}

// limited fails, where io.LimitReader would pretend that the answer ends.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// checkRedirect keeps secrets where they were sent: not to plain HTTP, and with a body not to another host.
func checkRedirect(request *http.Request, via []*http.Request) error {
	first, last := via[0], via[len(via)-1]
	switch {
	case len(via) > maxRedirects:
		return errRedirects
	case last.URL.Scheme == "https" && request.URL.Scheme != "https":
		return errDowngrade
	case first.Method != http.MethodGet && origin(request.URL) != origin(first.URL):
		return errElsewhere
	}
	return nil
}

// origin is a URL's scheme, host and port (RFC 6454).
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
