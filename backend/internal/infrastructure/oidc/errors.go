package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/domain"
)

// maxCause is how many characters of a provider's words reach the log.
const maxCause = 200

// refusal is a provider's error answer (RFC 6749 section 5.2), cut and without secrets.
type refusal struct {
	code        string
	description string
}

func (r *refusal) Error() string {
	if r.description == "" {
		return "the provider answered " + r.code
	}
	return "the provider answered " + r.code + ": " + r.description
}

// ended tells whether a refresh was refused because the grant is gone. GitHub has a word of its own for `invalid_grant`.
func (r *refusal) ended() bool { return r.code == "invalid_grant" || r.code == "bad_refresh_token" }

// temporary tells whether the provider says that it does not work now.
func (r *refusal) temporary() bool {
	return r.code == "server_error" || r.code == "temporarily_unavailable" || r.code == "slow_down"
}

// cause is an error for the log: one short line without what the request carried. Of errors of others only the text is kept, and
// sentinels of ours.
type cause struct {
	text string
	is   error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.is }

// safe makes an error fit for the log; secrets are what must not be in it.
func (p *Provider) safe(err error, secrets ...string) error {
	secrets = append(secrets, p.cfg.ClientSecret)
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		if answer.ErrorCode == "" {
			return &cause{text: "the token endpoint answered " + answer.Response.Status}
		}
		return &refusal{oneLine(answer.ErrorCode, secrets), oneLine(answer.ErrorDescription, secrets)}
	}
	var known *refusal
	if errors.As(err, &known) {
		return known
	}
	safe := &cause{text: oneLine(err.Error(), secrets)}
	var request *url.Error
	if errors.As(err, &request) {
		safe.text = oneLine(strings.ToUpper(request.Op)+" "+withoutQuery(request.URL)+": "+request.Err.Error(), secrets)
	}
	if unreachable(err) {
		safe.is = errUnreachable
	}
	return safe
}

// answerError is an answer that is not what was asked for, but does not say that the provider is out of order.
type answerError struct {
	address string // without query
	status  int
}

func (e *answerError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.address, e.status, http.StatusText(e.status))
}

// errUnreachable marks causes that have nothing to do with what was asked.
var errUnreachable = errors.New("unreachable")

func unreachable(err error) bool {
	for _, ours := range []error{errTooLarge, errRedirects, errDowngrade, errElsewhere} {
		if errors.Is(err, ours) {
			return false
		}
	}
	var request *url.Error
	var status statusError
	var timeout interface{ Timeout() bool }
	return errors.Is(err, errUnreachable) || errors.As(err, &request) || errors.As(err, &status) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout()
}

// failed is the port's error for one that safe returned.
func failed(err error) *domain.Error {
	var said *refusal
	switch {
	case errors.As(err, &said) && said.temporary(), errors.Is(err, errUnreachable):
		return signin.ErrProviderUnavailable.Because(err)
	case said != nil:
		return signin.ErrProviderRefused.Because(err)
	}
	return signin.ErrProviderAnswer.Because(err)
}

func withoutQuery(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "…"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// oneLine takes secrets, in plain and as a form has them, and line ends out of a text, and cuts it.
func oneLine(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(strings.ReplaceAll(s, secret, "…"), url.QueryEscape(secret), "…")
		}
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxCause {
		s = string(runes[:maxCause-1]) + "…"
	}
	return s
}
