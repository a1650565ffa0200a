package oidc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// faults are what a broken provider answers with. The slow one never does.
func faults(t testing.TB) map[string]http.HandlerFunc {
	t.Helper()
	return map[string]http.HandlerFunc{
		"500": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusInternalServerError, map[string]any{"error": "invalid_grant"})
		},
		"429": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "slow down", http.StatusTooManyRequests) },
		"html": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>"+clientSecret+"</html>")
		},
		"html with 404": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>"+clientSecret+"</html>\n", http.StatusNotFound)
		},
		"huge": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"x":"`+strings.Repeat("x", 2<<20)+`"}`)
		},
		"loop": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"?"+clientSecret, http.StatusTemporaryRedirect)
		},
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://localhost:1/", http.StatusTemporaryRedirect)
		},
		"slow":  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"empty": func(http.ResponseWriter, *http.Request) {},
	}
}

// clientFor gives a provider that never answers little time, and the others all they need on a busy machine.
func clientFor(fault string) *http.Client {
	if fault == "slow" {
		return &http.Client{Timeout: time.Second}
	}
	return nil
}

func TestDiscoveryFails(t *testing.T) {
	t.Parallel()
	for name, fault := range faults(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.handlers["/realm/.well-known/openid-configuration"] = fault
			p := f.provider(t, f.config(config.KindOIDC), clientFor(name))
			_, err := p.AuthURL(t.Context(), attempt())
			_, exchanged := p.Exchange(t.Context(), attempt(), goodCode)
			_, refreshed := p.Refresh(t.Context(), refreshToken)
			for _, err := range []error{err, exchanged, refreshed} {
				if !errors.Is(err, signin.ErrProviderUnavailable) {
					t.Fatalf("%v", err)
				}
				noSecrets(t, err.Error())
			}
		})
	}
}

func TestTheTokenEndpointFails(t *testing.T) {
	t.Parallel()
	unavailable := map[string]bool{"500": true, "429": true, "slow": true}
	for name, fault := range faults(t) {
		for _, kind := range []string{config.KindOIDC, config.KindOAuth2} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				f := newFake(t)
				f.handlers["/token"] = fault
				p := f.provider(t, f.config(kind), clientFor(name))
				want := signin.ErrProviderAnswer
				if unavailable[name] {
					want = signin.ErrProviderUnavailable
				}
				_, err := f.logIn(t, p)
				check(t, "exchange", err, want)
				_, err = p.Refresh(t.Context(), refreshToken)
				check(t, "refresh", err, want)
			})
		}
	}
}

func TestUserinfoFails(t *testing.T) {
	t.Parallel()
	unavailable := map[string]bool{"500": true, "429": true, "slow": true, "elsewhere": true} // a question without a body may be led elsewhere
	for name, fault := range faults(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.claims["name"] = nil
			f.handlers["/userinfo"] = fault
			want := signin.ErrProviderAnswer
			if unavailable[name] {
				want = signin.ErrProviderUnavailable
			}
			_, err := f.logIn(t, f.provider(t, f.config(config.KindOIDC), clientFor(name)))
			check(t, "userinfo", err, want)
		})
	}
}

func TestKeysFail(t *testing.T) {
	t.Parallel()
	unavailable := map[string]bool{"500": true, "429": true, "slow": true, "elsewhere": true}
	for name, fault := range faults(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.handlers["/keys"] = fault
			want := signin.ErrProviderAnswer
			if unavailable[name] {
				want = signin.ErrProviderUnavailable
			}
			_, err := f.logIn(t, f.provider(t, f.config(config.KindOIDC), clientFor(name)))
			check(t, "keys", err, want)
		})
	}
}

func check(t testing.TB, what string, err error, want *domain.Error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: %v, want %s", what, err, want.Code)
	}
	noSecrets(t, err.Error())
	if c := domain.AsError(err).Cause; c == nil || len([]rune(c.Error())) > 2*maxCause+50 {
		t.Errorf("%s: the cause is %v", what, c)
	}
}

func TestAProviderThatIsDown(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{config.KindOIDC, config.KindOAuth2} {
		f := newFake(t)
		p := f.provider(t, f.config(kind), nil)
		if _, err := f.logIn(t, p); err != nil {
			t.Fatal(err)
		}
		f.Close()
		_, err := p.Exchange(t.Context(), attempt(), goodCode)
		check(t, kind, err, signin.ErrProviderUnavailable)
		_, err = p.Refresh(t.Context(), refreshToken)
		check(t, kind, err, signin.ErrProviderUnavailable)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{config.KindOIDC, config.KindGoogle, config.KindGitLab, config.KindGitHub, config.KindOAuth2} {
		f := newFake(t)
		p := f.provider(t, f.config(kind), nil)
		want := signin.Refreshed{RefreshToken: rotatedToken, ExpiresAt: f.now.Add(300 * time.Second)}
		if got, err := p.Refresh(t.Context(), refreshToken); err != nil || got != want {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
		f.rotate, want.RefreshToken = false, refreshToken
		if got, err := p.Refresh(t.Context(), refreshToken); err != nil || got != want {
			t.Errorf("%s, not rotated: %+v, %v", kind, got, err)
		}
		_, err := p.Refresh(t.Context(), "gone")
		check(t, kind, err, signin.ErrGone)
		_, err = p.Refresh(t.Context(), "")
		check(t, kind+", none", err, signin.ErrProviderAnswer)
	}
}

// Whatever is not invalid_grant must leave everybody logged in.
func TestOnlyInvalidGrantEndsAnAccess(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]*domain.Error{
		"invalid_grant": signin.ErrGone, "invalid_client": signin.ErrProviderAnswer, "unauthorized_client": signin.ErrProviderAnswer,
		"invalid_request": signin.ErrProviderAnswer, "access_denied": signin.ErrProviderAnswer, "": signin.ErrProviderAnswer,
		"temporarily_unavailable": signin.ErrProviderUnavailable, "server_error": signin.ErrProviderUnavailable,
	} {
		f := newFake(t)
		f.handlers["/token"] = func(w http.ResponseWriter, r *http.Request) {
			answer(w, http.StatusBadRequest, map[string]any{
				"error": code, "error_description": "no " + r.PostForm.Get("refresh_token") + "\n" + clientSecret + strings.Repeat(" and so on", 100),
			})
		}
		_, err := f.provider(t, f.config(config.KindOIDC), nil).Refresh(t.Context(), refreshToken)
		check(t, code, err, want)
	}
}

func TestDiscoveryIsRemembered(t *testing.T) {
	t.Parallel()
	const path = "/realm/.well-known/openid-configuration"
	f := newFake(t)
	p := f.provider(t, f.config(config.KindOIDC), nil)
	works := func(step string, want bool, reads int) {
		t.Helper()
		if _, err := p.AuthURL(t.Context(), attempt()); (err == nil) != want || f.counts[path] != reads {
			t.Errorf("%s: %v, read %d times, want %d", step, err, f.counts[path], reads)
		}
	}
	f.handlers[path] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) }
	works("down", false, 1)
	works("down, asked again at once", false, 1)
	f.now = f.now.Add(discoveryRetry)
	works("down, a while later", false, 2)
	delete(f.handlers, path)
	f.now = f.now.Add(discoveryRetry)
	works("up", true, 3)
	f.now = f.now.Add(discoveryAge - time.Second)
	works("the same day", true, 3)
	f.handlers[path] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) }
	f.now = f.now.Add(time.Second)
	works("down the next day: the old one is used", true, 4)
	works("without asking each time", true, 4)
	delete(f.handlers, path)
	f.now = f.now.Add(discoveryRetry)
	works("up again", true, 5)
	works("and remembered", true, 5)
}

func TestSecretsInWordsOfOthers(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.handlers["/token"] = func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusBadRequest, map[string]any{
			"error":             "invalid_grant\r\n" + r.PostForm.Get("code"),
			"error_description": "I got " + r.PostForm.Encode() + " and " + r.PostForm.Get("code_verifier") + " " + clientSecret,
		})
	}
	f.metadata["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	_, err := f.logIn(t, f.provider(t, f.config(config.KindOIDC), nil))
	check(t, "all of it", err, signin.ErrProviderRefused)
}

// Everybody who comes while the first one reads the document waits for that one answer, also when it is none.
func TestManyAtOnceReadTheDocumentOnce(t *testing.T) {
	t.Parallel()
	const path = "/realm/.well-known/openid-configuration"
	for _, works := range []bool{true, false} {
		f := newFake(t)
		if !works {
			f.handlers[path] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) }
		}
		p := f.provider(t, f.config(config.KindOIDC), nil)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := p.AuthURL(t.Context(), attempt()); (err == nil) != works {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if f.counts[path] != 1 {
			t.Errorf("read %d times", f.counts[path])
		}
	}
}

// Who leaves does not spoil it for the others, and does not wait.
func TestSomebodyLeaves(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.provider(t, f.config(config.KindOIDC), nil)
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := p.AuthURL(gone, attempt()); err != nil && !errors.Is(err, signin.ErrProviderUnavailable) {
		t.Errorf("%v", err)
	}
	if _, err := p.AuthURL(t.Context(), attempt()); err != nil {
		t.Errorf("the next one: %v", err)
	}
}
