// Package middleware is what every request passes before it reaches a handler.
package middleware

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"

	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
)

type key int

const (
	keyFacts key = iota
	keyExchange
)

// facts are what is known of a request; later middleware adds to them.
type facts struct {
	requestID string
	clientIP  string
	session   *domain.Session
	code      string // of the problem that was answered
}

func factsOf(ctx context.Context) *facts {
	if f, ok := ctx.Value(keyFacts).(*facts); ok {
		return f
	}
	return &facts{}
}

// RequestID returns the id that log and answer name the request by.
func RequestID(ctx context.Context) string { return factsOf(ctx).requestID }

// Session returns who is logged in; it fails with domain.ErrUnauthenticated.
func Session(ctx context.Context) (domain.Session, error) {
	if s := factsOf(ctx).session; s != nil {
		return *s, nil
	}
	return domain.Session{}, domain.ErrUnauthenticated
}

// NoteProblem lets the access log name the code that was answered.
func NoteProblem(ctx context.Context, code string) { factsOf(ctx).code = code }

var cleanID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// Identify gives each request its id, taking one that a proxy has set, and finds out where it comes from.
func Identify(clientIP func(*http.Request) string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get("X-Request-Id")
			if !cleanID.MatchString(id) {
				id = strings.ToLower(rand.Text())
			}
			w.Header().Set("X-Request-Id", id)
			f := &facts{requestID: id, clientIP: clientIP(r)}
			ctx := context.WithValue(r.Context(), keyFacts, f)
			device := Device(r.WithContext(ctx))
			next.ServeHTTP(w, r.WithContext(domain.WithOrigin(ctx, domain.Origin{
				Kind: domain.ActorUser, IPAddress: device.IPAddress, UserAgent: device.UserAgent, RequestID: id,
			})))
		})
	}
}

// Device describes where a request comes from.
func Device(r *http.Request) sessions.Device {
	agent := strings.ToValidUTF8(r.UserAgent(), "")
	if len(agent) > 300 {
		agent = strings.ToValidUTF8(agent[:300], "")
	}
	return sessions.Device{UserAgent: agent, IPAddress: factsOf(r.Context()).clientIP}
}

// exchange lets handlers that are given only a context set a cookie.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

// WithExchange keeps writer and request in the context.
func WithExchange(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), keyExchange, &exchange{w, r})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Exchange returns what WithExchange kept.
func Exchange(ctx context.Context) (http.ResponseWriter, *http.Request) {
	x := ctx.Value(keyExchange).(*exchange) //nolint:forcetypeassert // the router installs it before every handler
	return x.w, x.r
}
