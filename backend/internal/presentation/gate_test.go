package presentation

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/api"
)

func openGate(t *testing.T, path string, log *bytes.Buffer) *Gate {
	t.Helper()
	base, err := url.Parse("https://sign.example.com" + path)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	if log != nil {
		logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return NewGate(Router{API: &api.Server{BaseURL: base, Clock: time.Now, Problems: api.Problems{Logger: logger}}, Logger: logger})
}

func ask(g *Gate, method, path string) (status int, code, body string) {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	var problem struct{ Code string }
	_ = json.Unmarshal(w.Body.Bytes(), &problem)
	return w.Code, problem.Code, w.Body.String()
}

var application = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })

func able(context.Context) error { return nil }

func TestTheGateTellsWhetherTheServerLivesAndIsReady(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/sign"} {
		g := openGate(t, path, nil)
		check := func(what string, ready int, code string) {
			t.Helper()
			for _, address := range []string{path, ""} { // the proxy may strip the path, or not
				if status, _, _ := ask(g, http.MethodGet, address+"/healthz"); status != http.StatusOK {
					t.Error(what, address, "does not live:", status)
				}
				if status, got, body := ask(g, http.MethodGet, address+"/readyz"); status != ready || got != code || strings.Count(body, "\n") != 1 {
					t.Error(what, address, status, got, body)
				}
				if status, _, _ := ask(g, http.MethodHead, address+"/readyz"); status != ready {
					t.Error(what, "HEAD", status)
				}
			}
		}
		check("starting", http.StatusServiceUnavailable, "server.starting")
		var wrong error
		g.Open(application, func(context.Context) error { return wrong })
		check("open", http.StatusOK, "")
		wrong = domain.ErrDatabase
		check("without a database", http.StatusServiceUnavailable, "database.unavailable")
		wrong = domain.ErrInconsistent
		check("inconsistent", http.StatusServiceUnavailable, "ledger.inconsistent")
		wrong = context.DeadlineExceeded
		check("broken", http.StatusServiceUnavailable, "internal")
		wrong = nil
		g.Stop()
		check("stopping", http.StatusServiceUnavailable, "server.stopping")
		if status, _, _ := ask(g, http.MethodGet, path+"/"); status != http.StatusTeapot {
			t.Error("what is in flight while the server stops is answered", status)
		}
		if status, code, _ := ask(g, http.MethodPost, path+"/readyz"); status != http.StatusMethodNotAllowed || code != "method.not_allowed" {
			t.Error("POST", status, code)
		}
	}
}

func TestARequestThatComesWhileTheServerStartsWaits(t *testing.T) {
	t.Parallel()
	g := openGate(t, "", nil)
	g.Patience = time.Minute
	answered := make(chan int)
	go func() {
		status, _, _ := ask(g, http.MethodPost, "/api/v1/signatures")
		answered <- status
	}()
	status, _, body := ask(g, http.MethodGet, "/api/v1/health")
	var health api.Health
	if err := json.Unmarshal([]byte(body), &health); err != nil || status != http.StatusServiceUnavailable || health.Status != api.Unhealthy {
		t.Error("health", status, body, err)
	}
	g.Open(application, able)
	if status := <-answered; status != http.StatusTeapot {
		t.Error(status)
	}
}

func TestARequestDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	g := openGate(t, "", nil)
	g.Patience = time.Millisecond
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, code, _ := ask(g, method, "/api/v1/health/else"); status != http.StatusServiceUnavailable || code != "server.starting" {
			t.Error(method, status, code)
		}
	}
}

func TestProbesAreLoggedForDebuggingOnly(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	g := openGate(t, "/sign", &log)
	ask(g, http.MethodGet, "/sign/healthz")
	ask(g, http.MethodGet, "/readyz")
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || strings.Count(log.String(), `"level":"DEBUG"`) != 2 {
		t.Errorf("%q", lines)
	}
}
