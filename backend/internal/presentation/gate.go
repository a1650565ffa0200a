package presentation

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/api"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

var (
	errStarting = domain.E(domain.KindUnavailable, "server.starting", "The server is starting: it waits for its database, or brings it up to date.")
	errStopping = domain.E(domain.KindUnavailable, "server.stopping", "The server is stopping.")
)

// startPatience is how long a request that comes while the server starts waits for it.
const startPatience = 5 * time.Second

// Gate answers from the moment the port is open until it closes: whether the process lives and whether it can work, and everything else as
// soon as the application is there.
type Gate struct {
	Patience time.Duration // of a request that comes while the server starts; 0: 5 seconds

	base     string // the path of the site, without a slash at its end
	probes   http.Handler
	problems api.Problems
	once     sync.Once
	opened   chan struct{}
	app      http.Handler                    // once opened is closed
	able     func(ctx context.Context) error // likewise
	stopping atomic.Bool
}

// NewGate makes a gate for a router that will have these fields; of its API only what is needed to say that there is none yet.
func NewGate(rt Router) *Gate {
	g := &Gate{base: strings.TrimSuffix(rt.API.BaseURL.Path, "/"), problems: rt.API.Problems, opened: make(chan struct{})}
	r := chi.NewRouter()
	rt.begin(r)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, "alive") })
	r.Get("/readyz", g.readyz)
	r.Get("/api/v1/health", rt.API.Starting)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) { g.problems.Answer(w, r, errStarting) })
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		if !isProbe(r.URL.Path) {
			g.problems.Answer(w, r, errStarting)
			return
		}
		w.Header().Set("Allow", "GET, HEAD")
		rt.API.MethodNotAllowed(w, r)
	})
	g.probes = underPath(g.base, headAsGet(r))
	return g
}

// Open lets requests through to the application. able tells why it cannot work right now, nil when it can.
func (g *Gate) Open(app http.Handler, able func(ctx context.Context) error) {
	g.once.Do(func() {
		g.app, g.able = app, able
		close(g.opened)
	})
}

// Stop makes the server not ready, for good. Requests are answered all the same, each the last of its connection.
func (g *Gate) Stop() { g.stopping.Store(true) }

// Ready tells why the server cannot work right now; nil when it can.
func (g *Gate) Ready(ctx context.Context) error {
	if g.stopping.Load() {
		return errStopping
	}
	select {
	case <-g.opened:
	default:
		return errStarting
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return g.able(ctx)
}

func (g *Gate) readyz(w http.ResponseWriter, r *http.Request) {
	if err := g.Ready(r.Context()); err != nil {
		g.problems.Answer(w, r, domain.E(domain.KindUnavailable, domain.AsError(err).Code, domain.AsError(err).Detail))
		return
	}
	say(w, "ready")
}

func say(w http.ResponseWriter, status string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	// Whoever asked and has gone cannot be told so.
	_, _ = w.Write([]byte(`{"status":"` + status + `"}` + "\n"))
}

func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.stopping.Load() {
		w.Header().Set("Connection", "close")
	}
	path := strings.TrimPrefix(r.URL.Path, g.base)
	switch {
	case isProbe(path):
		g.probes.ServeHTTP(w, r)
	case g.isOpen(r, path):
		g.app.ServeHTTP(w, r)
	default:
		g.probes.ServeHTTP(w, r)
	}
}

// isOpen waits a little for the application; not where it is asked whether it is there.
func (g *Gate) isOpen(r *http.Request, path string) bool {
	select {
	case <-g.opened:
		return true
	default:
	}
	if path == middleware.HealthPath {
		return false
	}
	patience := g.Patience
	if patience == 0 {
		patience = startPatience
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-g.opened:
		return true
	case <-timer.C:
	case <-r.Context().Done():
	}
	return false
}

func isProbe(path string) bool { return path == "/healthz" || path == "/readyz" }
