package main

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// changed is a path with a parameter of its query replaced; "" drops it.
func changed(t testing.TB, path, name, value string) string {
	t.Helper()
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	if query.Set(name, value); value == "" {
		query.Del(name)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func TestACallbackThatNobodyAskedForIsRefused(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	db := dbtest.New(t)
	env := append(withDatabase(t, db), p.env("acme", "TRUST_EMAIL=true")...)
	env = append(env, p.env("other", "TRUST_EMAIL=true")...)
	s := serveIt(t, env...)
	second := serveIt(t, append(env, "ACKIFY_BASE_URL="+s.base)...)
	victim := visitor(t, s)
	victim.leave(t, "acme", "/")
	used := victim.leave(t, "acme", "/")
	attacker := visitor(t, s)
	refused := func(name string, c *client, path, problem string, header ...string) {
		t.Helper()
		if _, got := c.comeBack(t, path, header...); got != problem {
			t.Errorf("%s: %q, want %s", name, got, problem)
		}
		c.get("/users/me").want(t, http.StatusUnauthorized)
	}
	refused("no state", victim, changed(t, victim.leave(t, "acme", "/"), "state", ""), "auth.state_invalid")
	refused("a wrong state", victim, changed(t, victim.leave(t, "acme", "/"), "state", strings.Repeat("x", 43)), "auth.state_invalid")
	refused("a long state", victim, changed(t, victim.leave(t, "acme", "/"), "state", strings.Repeat("x", 4000)), "auth.state_invalid")
	refused("a state that is no text", victim, changed(t, victim.leave(t, "acme", "/"), "state", "\x00\xff"), "auth.state_invalid")
	refused("nothing", victim, "/api/v1/auth/callback/acme", "auth.state_invalid")
	refused("another provider's state", victim, strings.Replace(victim.leave(t, "acme", "/"), "/acme", "/other", 1), "auth.state_invalid")
	refused("a provider that is none", victim, strings.Replace(victim.leave(t, "acme", "/"), "/acme", "/none", 1), "auth.provider_unknown")
	// Log-in CSRF: the attacker's own log-in is finished in the victim's browser.
	refused("another browser's state", victim, attacker.leave(t, "acme", "/"), "auth.state_invalid")
	refused("a browser without its cookie", visitor(t, s), attacker.leave(t, "acme", "/"), "auth.state_invalid")
	refused("a forged cookie", visitor(t, s), attacker.leave(t, "acme", "/"), "auth.state_invalid", "Cookie", "ackify_login="+strings.Repeat("A", 43))
	refused("access denied", victim, changed(t, changed(t, victim.leave(t, "acme", "/"), "code", ""), "error", "access_denied"), "auth.provider_refused")
	refused("a long error", victim, changed(t, changed(t, victim.leave(t, "acme", "/"), "code", ""), "error", strings.Repeat("e", 4000)), "auth.provider_refused")
	refused("no code", victim, changed(t, victim.leave(t, "acme", "/"), "code", ""), "auth.provider_refused")
	refused("a wrong code", victim, changed(t, victim.leave(t, "acme", "/"), "code", "made-up"), "auth.provider_refused")
	refused("another log-in's code", victim, changed(t, victim.leave(t, "acme", "/"), "code", mustQuery(t, attacker.leave(t, "acme", "/"), "code")), "auth.provider_refused")
	refused("a foreign issuer", victim, changed(t, victim.leave(t, "acme", "/"), "iss", "https://evil.example.com"), "auth.provider_answer")
	expired := victim.leave(t, "acme", "/")
	if _, err := db.AsOwner(t).Pool.Exec(t.Context(), "UPDATE login_attempts SET expires_at = now()"); err != nil {
		t.Fatal(err)
	}
	refused("an expired state", victim, expired, "auth.state_invalid")

	// A log-in that was begun at one process is finished at the other; then it is used up.
	elsewhere := *victim
	elsewhere.base = second.base
	path := victim.leave(t, "acme", "/")
	if a := elsewhere.send(http.MethodGet, path, nil); a.status != http.StatusSeeOther || a.header.Get("Location") != s.base+"/" {
		t.Errorf("at the other process: %d %s", a.status, a.header.Get("Location"))
	}
	victim.get("/users/me").want(t, http.StatusOK)
	refused("a code and state used twice", visitor(t, s), path, "auth.state_invalid", "Cookie", "ackify_login="+victim.cookie(t, "ackify_login"))
	refused("an expired state of before", visitor(t, s), used, "auth.state_invalid", "Cookie", "ackify_login="+victim.cookie(t, "ackify_login"))
	for _, secret := range append(p.secrets(), clientSecret, testCookieSecret) {
		if strings.Contains(s.logged()+second.logged(), secret) {
			t.Errorf("the log holds %.40s", secret)
		}
	}
	if log := s.logged(); strings.Contains(log, "state=") || strings.Contains(log, mustQuery(t, path, "state")) {
		t.Error("the log holds a state")
	}
}

func mustQuery(t testing.TB, path, name string) string {
	t.Helper()
	u, err := url.Parse(path)
	if err != nil || u.Query().Get(name) == "" {
		t.Fatalf("%s has no %s, %v", path, name, err)
	}
	return u.Query().Get(name)
}

func TestTheCookieChangesAtLogIn(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), p.env("acme", "TRUST_EMAIL=true")...)...)
	c := visitor(t, s)
	planted := strings.Repeat("A", 43)
	u, _ := url.Parse(s.base)
	c.http.Jar.SetCookies(u, []*http.Cookie{{Name: "ackify_session", Value: planted, Path: "/"}})
	var before, after struct{ Token string }
	c.get("/csrf").want(t, http.StatusOK).into(t, &before)
	c.enter(t, "acme", "")
	first := c.cookie(t, "ackify_session")
	c.get("/csrf").want(t, http.StatusOK).into(t, &after)
	if first == planted || before.Token == after.Token {
		t.Error("the cookie or the CSRF token is the one from before the log-in")
	}
	if a := visitor(t, s).send(http.MethodGet, "/api/v1/users/me", nil, "Cookie", "ackify_session="+planted); a.status != http.StatusUnauthorized {
		t.Errorf("the planted cookie: %d", a.status)
	}
	c.enter(t, "acme", "")
	if a := visitor(t, s).send(http.MethodGet, "/api/v1/users/me", nil, "Cookie", "ackify_session="+first); a.status != http.StatusUnauthorized {
		t.Errorf("the cookie from before the second log-in: %d", a.status)
	}
	if a := c.send(http.MethodPatch, "/api/v1/users/me", object{"name": "x"}, "X-CSRF-Token", after.Token); a.code() != "csrf.invalid" {
		t.Errorf("the CSRF token from before: %d %s", a.status, a.body)
	}
}

func TestAnAnswerThatDoesNotVerifyIsRefused(t *testing.T) {
	t.Parallel()
	p, foreign := openProvider(t), openProvider(t)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), p.env("acme", "TRUST_EMAIL=true")...)...)
	claim := func(name string, value any) func(map[string]any) string {
		return func(c map[string]any) string {
			if c[name] = value; value == nil {
				delete(c, name)
			}
			return p.sign(jose.ES256, p.key, c)
		}
	}
	for name, token := range map[string]func(map[string]any) string{
		"expired":        claim("exp", time.Now().Add(-time.Hour).Unix()),
		"foreign issuer": claim("iss", foreign.URL), "foreign audience": claim("aud", "another-client"), "wrong nonce": claim("nonce", "x"), "no nonce": claim("nonce", nil),
		"no subject": claim("sub", nil), "foreign key": func(c map[string]any) string { return p.sign(jose.ES256, foreign.key, c) },
		"HS256 with the client's secret": func(c map[string]any) string { return p.sign(jose.HS256, []byte(strings.Repeat(clientSecret, 2)), c) },
		"alg none": func(c map[string]any) string {
			signed := strings.Split(p.sign(jose.ES256, p.key, c), ".")
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + signed[1] + "."
		},
		"none at all": func(map[string]any) string { return "" }, "nonsense": func(map[string]any) string { return "a.b.c" },
	} {
		p.with(func() { p.idToken = token })
		c := visitor(t, s)
		if location, problem := c.comeBack(t, c.leave(t, "acme", "/d/policy")); problem != "auth.provider_answer" || !strings.Contains(location, "next=%2Fd%2Fpolicy") {
			t.Errorf("%s: sent to %s", name, location)
		}
		c.get("/users/me").want(t, http.StatusUnauthorized)
	}
	p.with(func() { p.idToken = nil })
	for _, c := range map[string]struct {
		handler http.HandlerFunc
		problem string
	}{
		"500":      {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "x", http.StatusInternalServerError) }, "auth.provider_unavailable"},
		"HTML":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>welcome</html>") }, "auth.provider_answer"},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, []int{1}) }, "auth.provider_answer"},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, http.StatusOK, map[string]any{"access_token": strings.Repeat("x", 2<<20)})
		}, "auth.provider_answer"},
	} {
		p.with(func() { p.handlers["/token"] = c.handler })
		visitor(t, s).enter(t, "acme", c.problem)
	}
	p.with(func() { delete(p.handlers, "/token") })
	visitor(t, s).enter(t, "acme", "")
	for _, secret := range append(p.secrets(), clientSecret) {
		if secret != "" && strings.Contains(s.logged(), secret) {
			t.Errorf("the log holds %.40s", secret)
		}
	}
}

func TestAProviderThatIsDownIsSaidToBe(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	p.handlers["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) }
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), p.env("acme")...)...)
	c := visitor(t, s)
	if a := c.post("/auth/providers/acme/start", object{}); a.status != http.StatusServiceUnavailable || a.code() != "auth.provider_unavailable" || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := c.post("/auth/providers/none/start", object{}); a.status != http.StatusNotFound || a.code() != "auth.provider_unknown" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := c.send(http.MethodPost, "/api/v1/auth/providers/acme/start", object{}); a.status != http.StatusForbidden || a.code() != "csrf.invalid" {
		t.Errorf("without CSRF token: %d %s", a.status, a.body)
	}
}

func TestNoOperationLeadsElsewhere(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	_, mail := openInbox(t)
	env := append(append(withDatabase(t, dbtest.New(t)), mail...), "ACKIFY_REGISTRATION=*")
	s := serveIt(t, append(env, p.env("acme")...)...)
	c := visitor(t, s)
	for _, place := range []string{"//evil", `/\evil`, "https:evil", "/.//evil", "/%2f/evil", "/%5cevil", "/\t/evil", "/d\r\nSet-Cookie: a=b", "evil"} {
		for operation, body := range map[string]object{
			"/auth/providers/acme/start": {}, "/auth/magic-link": {"email": "x@example.com"}, "/auth/forgot": {"email": "x@example.com"},
			"/auth/register": {"email": "x@example.com", "name": "X", "password": testPassword},
		} {
			body["redirectTo"] = place
			if a := c.post(operation, body); a.status != http.StatusUnprocessableEntity || a.code() != "redirect.invalid" {
				t.Errorf("%s %q: %d %s", operation, place, a.status, a.body)
			}
		}
	}
}
