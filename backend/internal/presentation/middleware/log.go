package middleware

import (
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Log writes one line a request. Neither query strings nor the secrets of links are in it.
func Log(logger *slog.Logger, clock func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := clock()
			watched := chimiddleware.NewWrapResponseWriter(w, r.ProtoMajor)
			next.ServeHTTP(watched, r)
			f := factsOf(r.Context())
			attrs := []slog.Attr{
				slog.String("request_id", f.requestID), slog.String("method", r.Method), slog.String("path", loggedPath(r.URL.Path)),
				slog.Int("status", watched.Status()), slog.Float64("duration_ms", float64(clock().Sub(start).Microseconds())/1000),
				slog.Int("bytes", watched.BytesWritten()), slog.String("client", f.clientIP),
			}
			if f.session != nil {
				attrs = append(attrs, slog.String("user", f.session.User.ID))
			}
			if f.code != "" {
				attrs = append(attrs, slog.String("code", f.code))
			}
			level := slog.LevelInfo
			if routine(r.URL.Path) {
				level = slog.LevelDebug
			}
			logger.LogAttrs(r.Context(), level, "request", attrs...)
		})
	}
}

// routine tells whether a request is one of many that nobody wants to read about.
func routine(path string) bool {
	return strings.HasPrefix(path, "/assets/") || path == HealthPath || path == "/healthz" || path == "/readyz"
}

// invitation is the part of a path that lets in whoever has it, in any case, as the web app takes it.
var invitation = regexp.MustCompile(`(?is)/invite/.*`)

func loggedPath(path string) string { return invitation.ReplaceAllString(path, "/invite/…") }

// Recover answers a panic with a problem and logs where it was.
func Recover(logger *slog.Logger, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				thrown := recover()
				if thrown == nil {
					return
				}
				if thrown == http.ErrAbortHandler { //nolint:errorlint // net/http's own sentinel, compared as net/http does
					panic(thrown)
				}
				logger.ErrorContext(r.Context(), "panic", "request_id", RequestID(r.Context()), "panic", thrown, "stack", string(debug.Stack()))
				fail(w, r, domain.E(domain.KindInternal, "internal", "Something went wrong on the server."))
			}()
			next.ServeHTTP(w, r)
		})
	}
}
