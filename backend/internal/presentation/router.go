// Package presentation is the outside of the server: one router for API, ledger and web app.
package presentation

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/otel/trace"

	"github.com/ackify/ackify/backend/internal/presentation/api"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
	"github.com/ackify/ackify/backend/internal/presentation/web"
)

const (
	// maxBody is the largest request body of the API, in bytes.
	maxBody = 1 << 20
	// bodyPatience is how long a body may take to arrive.
	bodyPatience = 10 * time.Second
)

// Router answers every request.
type Router struct {
	API            *api.Server
	Web            *web.SPA
	Logger         *slog.Logger
	Requests       middleware.Requests
	TrustedProxies []netip.Prefix
	LimitGeneral   int          // a minute and session, token or address; 0: none
	Tracer         trace.Tracer // nil: nothing is traced
}

// Handler builds the chain that every request passes, in this order: metrics, trace, id and client address, log, recovery, headers; for the API
// also origin, session, rate limits, body, CSRF and the contract's validator.
func (rt Router) Handler() (http.Handler, error) {
	s, fail := rt.API, rt.API.Problems.Write
	r := chi.NewRouter()
	r.Use(rt.watch()...)
	rt.begin(r)
	var err error
	r.Group(func(r chi.Router) {
		r.Use(
			middleware.SameOrigin(s.BaseURL, fail), s.Store.Load(fail),
			middleware.RateLimit(rt.LimitGeneral, fail),
			middleware.Body(maxBody, s.MaxFileSize+maxBody, bodyPatience, fail), s.Store.RequireCSRF(fail),
		)
		err = s.Mount(r)
	})
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r.URL.Path) {
			s.NotFound(w, r)
			return
		}
		rt.Web.ServeHTTP(w, r)
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Allow", strings.Join(allowed(r, req.URL.Path), ", "))
		s.MethodNotAllowed(w, req)
	})
	return underPath(s.BaseURL.Path, headAsGet(r)), err
}

// watch is what looks at requests from outside.
func (rt Router) watch() []func(http.Handler) http.Handler {
	if rt.Tracer == nil {
		return []func(http.Handler) http.Handler{rt.Requests.Watch}
	}
	return []func(http.Handler) http.Handler{rt.Requests.Watch, middleware.Trace(rt.Tracer)}
}

// begin adds what every request passes first.
func (rt Router) begin(r chi.Router) {
	r.Use(
		middleware.Identify(middleware.ClientIP(rt.TrustedProxies)), middleware.Log(rt.Logger, rt.API.Clock),
		middleware.Recover(rt.Logger, rt.API.Problems.Write), middleware.Headers(rt.API.BaseURL),
	)
}

// allowed lists the methods that an address knows.
func allowed(routes chi.Routes, path string) (methods []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if routes.Match(chi.NewRouteContext(), method, path) {
			methods = append(methods, method)
		}
	}
	return methods
}

// headAsGet answers HEAD with the headers of GET; net/http leaves the body out.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead && (isAPI(r.URL.Path) || isProbe(r.URL.Path)) {
			get := r.Clone(r.Context())
			get.Method = http.MethodGet
			r = get
		}
		next.ServeHTTP(w, r)
	})
}

func isAPI(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || path == "/ledger" || strings.HasPrefix(path, "/ledger/")
}

// underPath serves a site whose base URL has a path, whether the proxy in front of it strips that path or not.
func underPath(prefix string, next http.Handler) http.Handler {
	if prefix = strings.TrimSuffix(prefix, "/"); prefix == "" {
		return next
	}
	stripped := http.StripPrefix(prefix, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == prefix {
			http.Redirect(w, r, prefix+"/", http.StatusMovedPermanently)
			return
		}
		if strings.HasPrefix(r.URL.Path, prefix+"/") {
			stripped.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
