package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/probe"
	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/diagnose"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
)

// discoveryServer describes a provider and refuses every code; the issuer it names is its own address followed by suffix.
func discoveryServer(t testing.TB, suffix string) *httptest.Server {
	t.Helper()
	answer := func(w http.ResponseWriter, status int, content map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(content)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		self := "http://" + r.Host
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			answer(w, http.StatusOK, map[string]any{
				"issuer": self + suffix, "authorization_endpoint": self + "/a", "token_endpoint": self + "/token", "jwks_uri": self + "/keys",
				"scopes_supported": []string{"openid", "email", "profile", "offline_access"},
			})
		case "/keys":
			answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{"kty": "oct"}}})
		default:
			answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// The doctor needs neither a database nor a running server.
func TestDoctorAuth(t *testing.T) {
	t.Parallel()
	good, slash := discoveryServer(t, ""), discoveryServer(t, "/")
	environ := []string{
		"ACKIFY_DB_DSN=postgres://nobody@127.0.0.1:1/nowhere", "ACKIFY_BASE_URL=https://sign.example.com",
		"ACKIFY_OIDC_ACME_ISSUER=" + good.URL, "ACKIFY_OIDC_ACME_CLIENT_ID=ackify", "ACKIFY_OIDC_ACME_TRUST_EMAIL=true", "ACKIFY_OIDC_ACME_CLIENT_SECRET=hunter2",
	}
	out, errs, status := execute(t, environ, "", "doctor", "auth")
	if status != 0 || errs != "" {
		t.Errorf("exit status %d: %s", status, errs)
	}
	for _, want := range []string{"acme (Acme, oidc)\n", "  ok       discovery: ", "  ok       client: accepted", "https://sign.example.com/api/v1/auth/callback/acme"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	out, errs, status = execute(t, append(environ, "ACKIFY_OIDC_SLASH_ISSUER="+slash.URL, "ACKIFY_OIDC_SLASH_CLIENT_ID=x"), "", "doctor", "auth")
	if status != 1 || !strings.Contains(errs, "marked wrong") || !strings.Contains(out, "  wrong    discovery: ") || !strings.Contains(out, "Set ACKIFY_OIDC_SLASH_ISSUER="+slash.URL+"/\n") {
		t.Errorf("exit status %d: %s%s", status, out, errs)
	}
	if strings.Contains(out+errs, "hunter2") {
		t.Error("a secret is printed")
	}
}

func TestDoctorAuthWithoutProviders(t *testing.T) {
	t.Parallel()
	if out, _, status := execute(t, nil, "", "doctor", "auth"); status != 0 || !strings.Contains(out, "No identity provider") {
		t.Errorf("exit status %d: %s", status, out)
	}
	if _, errs, status := execute(t, []string{"ACKIFY_OIDC_X_ISSUR=x"}, "", "doctor", "auth"); status != 2 || !strings.Contains(errs, "ACKIFY_OIDC_X_ISSUR: ") {
		t.Errorf("exit status %d: %s", status, errs)
	}
}

// examined runs the doctor and returns its findings by check.
func examined(t *testing.T, environ []string, wantStatus int, args ...string) map[string][]diagnose.Finding {
	t.Helper()
	out, errs, status := execute(t, environ, "", append([]string{"doctor", "--json"}, args...)...)
	var said struct {
		Worst    diagnose.Level
		Findings []diagnose.Finding
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || status != wantStatus {
		t.Fatalf("exit status %d, want %d: %v\n%s%s", status, wantStatus, err, out, errs)
	}
	if strings.Contains(out+errs, testSigningKey) || strings.Contains(out+errs, testCookieSecret) {
		t.Error("a secret is printed")
	}
	found := map[string][]diagnose.Finding{}
	for _, f := range said.Findings {
		if (f.Level == diagnose.Wrong || f.Level == diagnose.Warning) != (f.Remedy != "") {
			t.Errorf("a remedy is missing, or too many: %+v", f)
		}
		found[f.Check] = append(found[f.Check], f)
	}
	return found
}

// expect fails unless a check found something of a level with these words in text or remedy.
func expect(t *testing.T, found map[string][]diagnose.Finding, check string, level diagnose.Level, words ...string) {
	t.Helper()
	for _, f := range found[check] {
		all := f.Level == level
		for _, word := range words {
			all = all && strings.Contains(f.Text+" | "+f.Remedy, word)
		}
		if all {
			return
		}
	}
	t.Errorf("%s is not %s with %q: %+v", check, level, words, found[check])
}

func TestDoctorBesideARunningServer(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	loggedIn(t, s, "author@example.com", "author").document(t, "doc-1")
	found := examined(t, s.env, 0)
	for check, words := range map[string]string{
		"configuration": "usable", "database": "PostgreSQL", "role": "ackify_app", "grants": "change nothing", "guards": "as they were made", "tls": "this machine",
		"migrations": "as it should be", "keys": "current one", "clock": "same as the database's", "storage": "read from and deleted", "server": "healthy",
		"base URL": "is this Ackify", "proxy": "none in between", "providers": "no identity provider", "checkpoints": "is there",
	} {
		expect(t, found, check, diagnose.OK, words)
	}
	expect(t, found, "mail", diagnose.Warning, "no mail server", "ACKIFY_MAIL_HOST=")
	out, _, status := execute(t, append(s.env, "ACKIFY_LISTEN_ADR=x"), "", "doctor")
	if status != 0 || !strings.Contains(out, "\nok       role: ackify_app, ") || !strings.Contains(out, "warning  configuration: these variables mean nothing to Ackify: ACKIFY_LISTEN_ADR\n         -> ") {
		t.Errorf("exit status %d:\n%s", status, out)
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	loggedIn(t, s, "author@example.com", "author").document(t, "doc-1")
	another := serveIt(t, append(withDatabase(t, dbtest.New(t)), "ACKIFY_OAUTH_COOKIE_SECRET="+testSigningKey)...)

	powerful := examined(t, append(s.env, "ACKIFY_DB_DSN="+db.Owner), 1)
	expect(t, powerful, "role", diagnose.Wrong, "superuser", "ALTER ROLE ackify_app")
	migrate := examined(t, append(s.env, "ACKIFY_DB_DSN="+db.Migrate), 1)
	expect(t, migrate, "role", diagnose.Wrong, "may become", "ackify_app")

	away := examined(t, append(s.env, "ACKIFY_DB_DSN=postgres://ackify_app:hunter2-xyz@127.0.0.1:1/ackify"), 1)
	expect(t, away, "database", diagnose.Wrong, "cannot be reached", "pg_isready")
	for _, check := range []string{"role", "grants", "tls", "migrations", "keys", "clock"} {
		expect(t, away, check, diagnose.Skipped, "the database cannot be asked")
	}
	expect(t, away, "server", diagnose.OK, "healthy")
	expect(t, examined(t, append(s.env, "ACKIFY_DB_DSN="+strings.Replace(db.App, db.Name, "nowhere", 1)), 1), "database", diagnose.Wrong, "nowhere", "migrate up")
	expect(t, examined(t, append(s.env, "ACKIFY_DB_DSN="+dbtest.Empty(t).Owner), 1), "migrations", diagnose.Wrong, "no schema", "migrate up")
	expect(t, examined(t, append(s.env, "ACKIFY_SIGNING_KEY="+testCookieSecret), 1), "keys", diagnose.Wrong, "not a key of the ledger", "ACKIFY_SIGNING_KEY=")
	expect(t, examined(t, append(s.env, "ACKIFY_BASE_URL="+another.base), 1), "base URL", diagnose.Wrong, "another Ackify", "ACKIFY_BASE_URL")
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	expect(t, examined(t, append(s.env, "ACKIFY_BASE_URL="+elsewhere.URL), 1), "base URL", diagnose.Wrong, "something else answers")
	expect(t, examined(t, append(s.env, "ACKIFY_LISTEN_ADDR="+strings.TrimPrefix(elsewhere.URL, "http://")), 1), "server", diagnose.Wrong, "is not Ackify")
	expect(t, examined(t, append(s.env, "ACKIFY_TRUSTED_PROXIES=0.0.0.0/0"), 1), "configuration", diagnose.Wrong, "0.0.0.0/0")
	mail := []string{"ACKIFY_MAIL_HOST=127.0.0.1", "ACKIFY_MAIL_PORT=1", "ACKIFY_MAIL_FROM=ackify@example.com", "ACKIFY_MAIL_TLS=none"}
	expect(t, examined(t, append(s.env, mail...), 1, "--mail", "ada@example.com"), "mail", diagnose.Wrong, "127.0.0.1:1", "nothing listens there")
	taking := (&sink{}).open(t)
	sent := examined(t, append(s.env, taking.env...), 0, "--mail", "ada@example.com")
	expect(t, sent, "mail", diagnose.OK, "a test mail to ada@example.com was taken")
	if _, total := taking.counts(); total != 1 {
		t.Errorf("%d mails were sent", total)
	}
	if found := examined(t, append(s.env, "ACKIFY_SIGNING_KEY=AAAA", "ACKIFY_LOG_LEVEL=loud"), 2); len(found["configuration"]) != 2 {
		t.Errorf("an unusable configuration: %+v", found)
	}
	if _, errs, status := execute(t, s.env, "", "doctor", "--mail", "nobody"); status != 1 || !strings.Contains(errs, "not an email address") {
		t.Errorf("exit status %d: %s", status, errs)
	}
}

// A proxy is tried with an address that nobody has: what arrives of it shows what the proxy does.
func TestDoctorBehindAProxy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forward func(*httputil.ProxyRequest)
		trusted bool
		level   diagnose.Level
		words   []string
	}{
		"that appends, trusted":     {(*httputil.ProxyRequest).SetXForwarded, true, diagnose.OK, []string{"trusted"}},
		"that appends, not trusted": {(*httputil.ProxyRequest).SetXForwarded, false, diagnose.Wrong, []string{"not trusted", "ACKIFY_TRUSTED_PROXIES=127.0.0.1"}},
		"that passes nothing on":    {func(*httputil.ProxyRequest) {}, true, diagnose.Wrong, []string{"does not pass on", "proxy_set_header X-Forwarded-For"}},
		"that is neither":           {func(*httputil.ProxyRequest) {}, false, diagnose.Wrong, []string{"proxy_set_header X-Forwarded-For", "ACKIFY_TRUSTED_PROXIES=127.0.0.1"}},
		"that adds to what is forged": {func(p *httputil.ProxyRequest) {
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			p.SetXForwarded()
		}, true, diagnose.OK, []string{"itself among the trusted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := "http://" + freeport.Address(t)
			to, err := url.Parse(target)
			if err != nil {
				t.Fatal(err)
			}
			proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to); c.forward(p) }})
			defer proxy.Close()
			env := append(withDatabase(t, dbtest.New(t)), "ACKIFY_LISTEN_ADDR="+to.Host, "ACKIFY_BASE_URL="+proxy.URL)
			if c.trusted {
				env = append(env, "ACKIFY_TRUSTED_PROXIES=127.0.0.1")
			}
			s := serveIt(t, env...)
			status := 0
			if c.level == diagnose.Wrong {
				status = 1
			}
			found := examined(t, s.env, status)
			expect(t, found, "base URL", diagnose.OK, "is this Ackify")
			expect(t, found, "proxy", c.level, c.words...)
		})
	}
}

func TestDoctorWithTheEmbeddedDatabase(t *testing.T) {
	t.Parallel()
	s := serveIt(t, "ACKIFY_DATA_DIR="+t.TempDir())
	found := examined(t, s.env, 0)
	expect(t, found, "role", diagnose.OK, "ackify_app")
	expect(t, found, "keys", diagnose.OK, "current one")
	expect(t, found, "proxy", diagnose.OK, "none in between")
	expect(t, found, "checkpoints", diagnose.Warning, "on the database's volume", "ACKIFY_CHECKPOINT_FILE=")
	s.stop(t)
	found = examined(t, s.env, 0)
	expect(t, found, "database", diagnose.Warning, "only while the server does", "ackify serve")
	expect(t, found, "server", diagnose.Warning, "does not run here")
	expect(t, found, "base URL", diagnose.Skipped, "does not answer")
}

func TestServeRefusesWhatIsTooPowerfulOrCannotBeWritten(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  []string
		says []string
	}{
		"a superuser":                        {[]string{"ACKIFY_DB_DSN=" + db.Owner}, []string{"ACKIFY_DB_DSN: logs in as", "a superuser", "ALTER ROLE ackify_app"}},
		"who may become the owner":           {[]string{"ACKIFY_DB_DSN=" + db.Migrate}, []string{`ACKIFY_DB_DSN: logs in as "ackify_migrate"`, "owner of the tables"}},
		"a data directory beneath a file":    {[]string{"ACKIFY_DATA_DIR=" + file + "/data"}, []string{"ACKIFY_DATA_DIR: ", "Set ACKIFY_DATA_DIR"}},
		"a checkpoint file that is a folder": {[]string{"ACKIFY_CHECKPOINT_FILE=" + filepath.Dir(file)}, []string{"ACKIFY_CHECKPOINT_FILE: "}},
		"a key of zeros":                     {[]string{"ACKIFY_SIGNING_KEY=" + strings.Repeat("A", 43) + "="}, []string{"ACKIFY_SIGNING_KEY: is not random"}},
		"the password of the documentation":  {[]string{"ACKIFY_DB_DSN=postgres://ackify_app:APP-PASSWORD@127.0.0.1:1/ackify"}, []string{"ACKIFY_DB_DSN: has a password from an example"}},
	} {
		env := append(append([]string{"ACKIFY_LISTEN_ADDR=" + freeport.Address(t)}, withDatabase(t, db)...), c.env...)
		_, errs, status := execute(t, env, "", "serve")
		if status != 2 {
			t.Errorf("%s: exit status %d: %s", name, status, errs)
		}
		for _, want := range c.says {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: %q is not said:\n%s", name, want, errs)
			}
		}
		if strings.Contains(errs, "APP-PASSWORD") {
			t.Errorf("%s: a password is printed", name)
		}
	}
}

// To who does not know the cookie secret, the probe's address does not exist.
func TestTheProbeAnswersOnlyWhoKnowsTheSecret(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	c := newClient(t, s)
	if a := c.get("/probe"); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
		t.Errorf("without a question: %d %s", a.status, a.body)
	}
	for _, question := range []string{"x", "1.2.3", probe.Key(make([]byte, 32)).Ask(time.Now()).Text} {
		if a := c.send(http.MethodGet, "/api/v1/probe", nil, probe.Header, question); a.status != http.StatusNotFound || strings.Contains(string(a.body), "peer") {
			t.Errorf("%q: %d %s", question, a.status, a.body)
		}
	}
	raw, err := secrets.Derive(testCookieSecret, probe.Purpose)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(at time.Time) answer {
		return c.send(http.MethodGet, "/api/v1/probe", nil, probe.Header, probe.Key(raw).Ask(at).Text)
	}
	ask(time.Now().Add(-time.Hour)).want(t, http.StatusNotFound)
	a := ask(time.Now()).want(t, http.StatusOK)
	if !strings.Contains(string(a.body), `"peer":"127.0.0.1"`) || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", a.header, a.body)
	}
}
