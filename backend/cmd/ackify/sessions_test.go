package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// due makes every session ask its provider at its next request.
func due(t testing.TB, db dbtest.Database) {
	t.Helper()
	change(t, db, "UPDATE sessions SET refresh_due_at = now() - interval '1 second' WHERE refresh_due_at IS NOT NULL")
}

func change(t testing.TB, db dbtest.Database, statement string, args ...any) {
	t.Helper()
	if _, err := db.AsOwner(t).Pool.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, db dbtest.Database, query string, args ...any) (n int) {
	t.Helper()
	if err := db.AsOwner(t).Pool.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestWhoIsDisabledAtTheProviderIsOutHere(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	db := dbtest.New(t)
	env := append(withDatabase(t, db), p.env("acme", "TRUST_EMAIL=true")...)
	one := serveIt(t, env...)
	two := serveIt(t, env...)
	c := visitor(t, one)
	c.enter(t, "acme", "")
	elsewhere := *c
	elsewhere.base = two.base
	for i := range 3 {
		due(t, db)
		c.get("/users/me").want(t, http.StatusOK)
		elsewhere.get("/users/me").want(t, http.StatusOK)
		if p.asked() != i+1 {
			t.Errorf("asked %d times, want %d", p.asked(), i+1)
		}
	}
	// Of many at once, at two processes, one asks.
	due(t, db)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if a := []*client{c, &elsewhere}[i%2].get("/users/me"); a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	if p.asked() != 4 {
		t.Errorf("asked %d times, want 4", p.asked())
	}
	for _, secret := range p.secrets() {
		if n := count(t, db, "SELECT count(*) FROM oauth_sessions WHERE position(convert_to($1, 'UTF8') IN coalesce(refresh_token_encrypted, '') || coalesce(id_token_encrypted, '')) > 0", secret); n > 0 {
			t.Errorf("%.12s… is in the database as it is", secret)
		}
	}
	// A provider in trouble throws nobody out, and is not asked again at once.
	for name, handler := range map[string]http.HandlerFunc{
		"500":            func(w http.ResponseWriter, _ *http.Request) { reply(w, 500, object{"error": "invalid_grant"}) },
		"HTML":           func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"invalid_client": func(w http.ResponseWriter, _ *http.Request) { reply(w, 401, object{"error": "invalid_client"}) },
		"nothing":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		var asked atomic.Int64
		p.with(func() {
			p.handlers["/token"] = func(w http.ResponseWriter, r *http.Request) { asked.Add(1); handler(w, r) }
		})
		due(t, db)
		for range 3 {
			c.get("/users/me").want(t, http.StatusOK)
		}
		if n := asked.Load(); n < 1 || n > 2 { // the transport may repeat a request that was cut off
			t.Errorf("%s: asked %d times", name, n)
		}
		if n := count(t, db, "SELECT count(*) FROM sessions WHERE refresh_due_at > now() AND refresh_due_at <= now() + interval '1 minute'"); n != 1 {
			t.Errorf("%s: not asked again within a minute", name)
		}
	}
	p.with(func() { delete(p.handlers, "/token"); p.ended = true })
	due(t, db)
	if a := c.get("/users/me"); a.status != http.StatusUnauthorized || a.code() != "auth.required" {
		t.Errorf("%d %s", a.status, a.body)
	}
	elsewhere.get("/users/me").want(t, http.StatusUnauthorized)
	if n := count(t, db, "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM oauth_sessions)"); n != 0 {
		t.Error("the session or its tokens are still there")
	}
	if n := count(t, db, "SELECT count(*) FROM audit_log WHERE action = 'session.provider_ended' AND actor_email = 'ada@example.com' AND detail->>'provider' = 'acme'"); n != 1 {
		t.Errorf("%d lines in the trail", n)
	}
	for _, secret := range p.secrets() {
		if strings.Contains(one.logged()+two.logged(), secret) {
			t.Errorf("the log holds %.12s…", secret)
		}
	}
}

func TestSessionsOutliveTheReplacementOfTheCookieSecret(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	db := dbtest.New(t)
	s := serveIt(t, append(withDatabase(t, db), p.env("acme", "TRUST_EMAIL=true")...)...)
	c, lost := visitor(t, s), visitor(t, s)
	c.enter(t, "acme", "")
	lost.enter(t, "acme", "")
	restart := func(env ...string) {
		s.stop(t)
		s.env = append(s.env, env...)
		s.start(t)
	}
	restart("ACKIFY_OAUTH_COOKIE_SECRET="+testSigningKey, "ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS="+testCookieSecret)
	due(t, db)
	c.get("/users/me").want(t, http.StatusOK)
	restart("ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS=")
	due(t, db)
	c.get("/users/me").want(t, http.StatusOK)
	lost.get("/users/me").want(t, http.StatusUnauthorized)
	if p.asked() != 2 {
		t.Errorf("asked %d times", p.asked())
	}
}

func TestASessionWithoutRefreshTokenLastsAsConfigured(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	p.noRefresh = true
	db := dbtest.New(t)
	s := serveIt(t, append(withDatabase(t, db), p.env("acme", "TRUST_EMAIL=true", "SESSION_MAX_AGE=2h")...)...)
	c := visitor(t, s)
	set := c.send(http.MethodGet, c.leave(t, "acme", "/"), nil).want(t, http.StatusSeeOther).header.Get("Set-Cookie")
	if !strings.Contains(set, "ackify_session=") || !strings.Contains(set, "Max-Age=7200") || !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") {
		t.Errorf("cookie %s", set)
	}
	if n := count(t, db, "SELECT count(*) FROM sessions WHERE expires_at = created_at + interval '2 hours' AND refresh_due_at IS NULL"); n != 1 {
		t.Error("the session lasts another time")
	}
	c.get("/users/me").want(t, http.StatusOK)
	change(t, db, "UPDATE sessions SET expires_at = now()")
	c.get("/users/me").want(t, http.StatusUnauthorized)
}

func TestLogOutIsEverywhereAndAtTheProviderToo(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	db := dbtest.New(t)
	env := append(withDatabase(t, db), p.env("acme", "TRUST_EMAIL=true")...)
	one, two := serveIt(t, env...), serveIt(t, env...)
	c := visitor(t, one)
	c.enter(t, "acme", "")
	cookie := c.cookie(t, "ackify_session")
	copied := func(s *server) int {
		return visitor(t, s).send(http.MethodGet, "/api/v1/users/me", nil, "Cookie", "ackify_session="+cookie).status
	}
	if copied(two) != http.StatusOK {
		t.Fatal("the session is not shared")
	}
	var out struct{ URL string }
	c.post("/auth/logout", nil).want(t, http.StatusOK).into(t, &out)
	to, err := url.Parse(out.URL)
	if err != nil || !strings.HasPrefix(out.URL, p.URL+"/logout?") || strings.Count(to.Query().Get("id_token_hint"), ".") != 2 || to.Query().Get("post_logout_redirect_uri") != one.base+"/" || to.Query().Get("client_id") != clientID {
		t.Errorf("sent to %s, %v", out.URL, err)
	}
	if copied(one) != http.StatusUnauthorized || copied(two) != http.StatusUnauthorized {
		t.Error("the cookie still works")
	}
	out.URL = ""
	c.post("/auth/logout", nil).want(t, http.StatusOK).into(t, &out)
	if out.URL != "" {
		t.Errorf("nobody is sent to %s", out.URL)
	}
	local := loggedIn(t, one, "zoe@example.com", "signer")
	local.post("/auth/logout", nil).want(t, http.StatusOK).into(t, &out)
	if out.URL != "" {
		t.Errorf("who did not come from a provider is sent to %s", out.URL)
	}
	if n := count(t, db, "SELECT count(*) FROM oauth_sessions"); n != 0 {
		t.Error("the provider's tokens are still there")
	}
}

func TestACookieOnAnotherKindOfDeviceEndsTheSession(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	c := loggedIn(t, s, "zoe@example.com", "signer")
	cookie := c.cookie(t, "ackify_session")
	at := func(agent string) int {
		return visitor(t, s).send(http.MethodGet, "/api/v1/users/me", nil, "Cookie", "ackify_session="+cookie, "User-Agent", agent).status
	}
	if got := at("Go-http-client/2.0"); got != http.StatusOK {
		t.Errorf("after an update: %d", got)
	}
	if got := at("Mozilla/5.0 (stolen)"); got != http.StatusUnauthorized {
		t.Errorf("on another device: %d", got)
	}
	c.get("/users/me").want(t, http.StatusUnauthorized)
	if n := count(t, db, "SELECT count(*) FROM audit_log WHERE action = 'session.device_changed' AND actor_email = 'zoe@example.com' AND user_agent = 'Mozilla/5.0 (stolen)'"); n != 1 {
		t.Errorf("%d lines in the trail", n)
	}
}

func TestTwoProcessesShareWhatTheyKnowOfPeople(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	env := append(withDatabase(t, db), "ACKIFY_RATE_LIMIT_AUTH=3")
	one, two := serveIt(t, env...), serveIt(t, env...)
	c := loggedIn(t, one, "zoe@example.com", "author")
	var csrf struct{ Token string }
	c.get("/csrf").want(t, http.StatusOK).into(t, &csrf)
	elsewhere := *c
	elsewhere.base = two.base
	elsewhere.send(http.MethodPatch, "/api/v1/users/me", object{"name": "Zoë"}, "X-CSRF-Token", csrf.Token).want(t, http.StatusOK)
	guesser, other := newClient(t, one), newClient(t, two)
	wrong := object{"email": "zoe@example.com", "password": "wrong"}
	guesser.post("/auth/login", wrong).want(t, http.StatusUnauthorized)
	other.post("/auth/login", wrong).want(t, http.StatusUnauthorized)
	guesser.post("/auth/login", wrong).want(t, http.StatusUnauthorized)
	for _, c := range []*client{guesser, other} {
		for _, path := range []string{"/auth/login", "/auth/token"} {
			a := c.post(path, object{"email": " ZOE@example.com", "password": testPassword})
			if path == "/auth/token" {
				a = c.post(path, object{"grantType": "password", "email": "zoe@example.com", "password": testPassword})
			}
			if a.status != http.StatusTooManyRequests || a.code() != "auth.too_many_attempts" || a.header.Get("Retry-After") == "" {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	}
	change(t, db, "UPDATE login_failures SET blocked_until = now() - interval '1 second'")
	other.post("/auth/login", object{"email": "zoe@example.com", "password": testPassword}).want(t, http.StatusOK)
	if n := count(t, db, "SELECT count(*) FROM login_failures"); n != 0 {
		t.Error("not forgiven")
	}
}
