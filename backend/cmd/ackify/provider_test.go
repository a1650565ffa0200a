package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

const (
	clientID     = "ackify-client"
	clientSecret = "s3cr3t+of/the&client"
)

// grant is somebody who has logged in at the provider.
type grant struct {
	form   url.Values // of the authorization
	person map[string]any
}

// idp is an identity provider, OpenID Connect's and GitHub's in one. Its fields are what a test changes.
type idp struct {
	*httptest.Server
	t   testing.TB
	key *ecdsa.PrivateKey

	mu        sync.Mutex
	person    map[string]any // who logs in next: claims of the ID token
	emails    []map[string]any
	noRefresh bool
	ended     bool // every refresh token is gone
	handlers  map[string]http.HandlerFunc
	idToken   func(claims map[string]any) string
	grants    map[string]grant // by code, and by token
	issued    []string         // every secret there was
	refreshes int
}

func openProvider(t testing.TB) *idp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, grants: map[string]grant{}, handlers: map[string]http.HandlerFunc{}}
	p.is("ada", "ada@example.com", "Ada Lovelace")
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// is says who logs in next.
func (p *idp) is(subject, email, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = map[string]any{"sub": subject, "email": email, "email_verified": true, "name": name}
}

// with changes the provider while nobody uses it.
func (p *idp) with(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// env configures the provider under a name.
func (p *idp) env(name string, more ...string) []string {
	env := []string{"ISSUER=" + p.URL, "CLIENT_ID=" + clientID, "CLIENT_SECRET=" + clientSecret}
	return prefixed(name, append(env, more...))
}

// github configures the same provider as one in GitHub's manner.
func (p *idp) github(name string, more ...string) []string {
	return prefixed(name, append([]string{
		"KIND=github", "CLIENT_ID=" + clientID, "CLIENT_SECRET=" + clientSecret, "AUTHORIZE_URL=" + p.URL + "/authorize", "TOKEN_URL=" + p.URL + "/token",
		"USERINFO_URL=" + p.URL + "/user", "EMAILS_URL=" + p.URL + "/emails",
	}, more...))
}

func prefixed(name string, settings []string) []string {
	env := make([]string, len(settings))
	for i, one := range settings {
		env[i] = "ACKIFY_OIDC_" + strings.ToUpper(name) + "_" + one
	}
	return env
}

// secrets is every code and token that there was.
func (p *idp) secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.issued)
}

// asked is how often the provider was asked to refresh a token.
func (p *idp) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refreshes
}

func (p *idp) secret(kind string) string {
	s := kind + "-" + rand.Text()
	p.issued = append(p.issued, s)
	return s
}

func (p *idp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	if h := p.handlers[r.URL.Path]; h != nil {
		h(w, r)
		return
	}
	holder := p.grants[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		reply(w, http.StatusOK, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"end_session_endpoint": p.URL + "/logout", "scopes_supported": []string{"openid", "email", "profile", "offline_access"},
			"id_token_signing_alg_values_supported": []string{"ES256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_post"},
		})
	case "/keys":
		reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	case "/authorize":
		code := p.secret("code")
		p.grants[code] = grant{form: r.Form, person: maps.Clone(p.person)}
		http.Redirect(w, r, r.Form.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {r.Form.Get("state")}}.Encode(), http.StatusFound)
	case "/token":
		p.token(w, r)
	case "/user":
		reply(w, http.StatusOK, map[string]any{"id": holder.person["sub"], "login": "login", "name": holder.person["name"]})
	case "/emails":
		reply(w, http.StatusOK, p.emails)
	default:
		http.NotFound(w, r)
	}
}

func reply(w http.ResponseWriter, status int, content any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(content)
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	if r.PostForm.Get("client_id") != clientID || r.PostForm.Get("client_secret") != clientSecret {
		reply(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	used := r.PostForm.Get("code") + r.PostForm.Get("refresh_token")
	g, known := p.grants[used]
	delete(p.grants, used) // codes work once, refresh tokens are rotated
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	refresh := r.PostForm.Get("grant_type") == "refresh_token"
	if refresh {
		p.refreshes++
	}
	if !known || refresh && p.ended || !refresh && (base64.RawURLEncoding.EncodeToString(challenge[:]) != g.form.Get("code_challenge") ||
		g.form.Get("code_challenge_method") != "S256" || r.PostForm.Get("redirect_uri") != g.form.Get("redirect_uri")) {
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "I do not know " + used})
		return
	}
	access := p.secret("access")
	p.grants[access] = g
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300}
	if !p.noRefresh {
		next := p.secret("refresh")
		p.grants[next] = g
		answer["refresh_token"] = next
	}
	if !refresh && g.form.Get("nonce") != "" {
		claims := map[string]any{"iss": p.URL, "aud": clientID, "iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(), "nonce": g.form.Get("nonce")}
		maps.Copy(claims, g.person)
		if p.idToken != nil {
			answer["id_token"] = p.idToken(claims)
		} else {
			answer["id_token"] = p.sign(jose.ES256, p.key, claims)
		}
		p.issued = append(p.issued, fmt.Sprint(answer["id_token"]))
	}
	reply(w, http.StatusOK, answer)
}

func (p *idp) sign(algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	compact, _ := signed.CompactSerialize()
	return compact
}

// visitor is a browser that shows where it is led instead of going there.
func visitor(t testing.TB, s *server) *client {
	t.Helper()
	c := newClient(t, s)
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// leave begins a log-in and returns the path at which the provider sends the browser back.
func (c *client) leave(t testing.TB, provider, redirectTo string) string {
	t.Helper()
	var target struct{ URL string }
	c.post("/auth/providers/"+provider+"/start", object{"redirectTo": redirectTo, "locale": "fr"}).want(t, http.StatusOK).into(t, &target)
	response, err := c.http.Get(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || response.StatusCode != http.StatusFound {
		t.Fatalf("%d %v %v", response.StatusCode, back, err)
	}
	return back.RequestURI()
}

// comeBack takes the browser back and returns where it is sent, without the site's address, and the problem it is told.
func (c *client) comeBack(t testing.TB, path string, header ...string) (location, problem string) {
	t.Helper()
	a := c.send(http.MethodGet, path, nil, header...).want(t, http.StatusSeeOther)
	location, here := strings.CutPrefix(a.header.Get("Location"), c.base)
	to, err := url.Parse(location)
	if err != nil || !here {
		t.Fatalf("sent to %s, %v", a.header.Get("Location"), err)
	}
	if to.Path == "/login" && to.Query().Get("request") == "" {
		t.Errorf("%s does not name the request", location)
	}
	return location, to.Query().Get("problem")
}

// enter logs in at a provider, and wants a problem, "" for none.
func (c *client) enter(t testing.TB, provider, problem string) {
	t.Helper()
	if location, got := c.comeBack(t, c.leave(t, provider, "/d/policy")); got != problem || problem == "" && location != "/d/policy" {
		t.Fatalf("sent to %s, want %q", location, problem)
	}
}

type me struct{ ID, Email, Name, Role, Locale string }

func (c *client) me(t testing.TB) (m me) {
	t.Helper()
	c.get("/users/me").want(t, http.StatusOK).into(t, &m)
	return m
}

// cookie is the value of one of the browser's cookies.
func (c *client) cookie(t testing.TB, name string) string {
	t.Helper()
	u, err := url.Parse(c.base + "/api/v1/auth/")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.http.Jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

// logged is what the server has written so far.
func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func TestLogInAtAProviderLeadsBackToThePlaceAskedFor(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), p.env("acme", "TRUST_EMAIL=true")...)...)
	c := visitor(t, s)
	var public struct{ Providers []object }
	c.get("/config").want(t, http.StatusOK).into(t, &public)
	if len(public.Providers) != 1 || public.Providers[0]["id"] != "acme" || public.Providers[0]["label"] != "Acme" {
		t.Errorf("%+v", public)
	}
	for _, place := range []string{"/d/policy?revision=2&x=//evil.example.com#page=3", "/", "/d/a%20b"} {
		if location, _ := c.comeBack(t, c.leave(t, "acme", place)); location != place {
			t.Errorf("sent to %s, want %s", location, place)
		}
	}
	ada := c.me(t)
	if ada.Email != "ada@example.com" || ada.Name != "Ada Lovelace" || ada.Role != "signer" || ada.Locale != "fr" {
		t.Errorf("%+v", ada)
	}
	p.is("ada", "ada@married.example.com", "Ada King")
	again := visitor(t, s)
	again.enter(t, "acme", "")
	if again.me(t) != ada {
		t.Errorf("with another address: %+v", again.me(t))
	}
	var sessions struct{ Items []object }
	c.get("/users/me/sessions").want(t, http.StatusOK).into(t, &sessions)
	if len(sessions.Items) != 2 || sessions.Items[0]["method"] != "acme" || sessions.Items[0]["provider"] != "Acme" {
		t.Errorf("%+v", sessions)
	}
}

func TestOnePersonWhicheverWayTheyLogIn(t *testing.T) {
	t.Parallel()
	p, hub := openProvider(t), openProvider(t)
	s := serveIt(t, append(append(withDatabase(t, dbtest.New(t)), p.env("acme", "ALLOWED_DOMAINS=example.com")...), hub.github("hub")...)...)
	ada := loggedIn(t, s, "ada@example.com", "author").me(t)
	hub.with(func() {
		hub.person = map[string]any{"sub": 4711, "name": nil}
		hub.emails = []map[string]any{
			{"email": "ada@private.example.org", "primary": false, "verified": true}, {"email": "ada@example.com", "primary": true, "verified": true},
		}
	})
	for _, provider := range []string{"acme", "hub", "acme"} {
		c := visitor(t, s)
		c.enter(t, provider, "")
		if got := c.me(t); got != ada {
			t.Errorf("%s: %+v, want %+v", provider, got, ada)
		}
	}
	// An address that GitHub has not verified is nobody's.
	hub.with(func() {
		hub.person["sub"] = 4712
		hub.emails = []map[string]any{{"email": "ada@example.com", "primary": true, "verified": false}}
	})
	visitor(t, s).enter(t, "hub", "auth.email_unverified")
	hub.with(func() { hub.emails = []map[string]any{} })
	visitor(t, s).enter(t, "hub", "auth.email_missing")
}

func TestWhoDoesNotComeInIsToldWhy(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	env := append(withDatabase(t, dbtest.New(t)), p.env("plain")...)
	env = append(env, p.env("closed", "ALLOWED_DOMAINS=example.com")...)
	s := serveIt(t, env...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	loggedIn(t, s, "ada@example.com", "signer")
	visitor(t, s).enter(t, "plain", "auth.email_not_vouched")
	p.with(func() { p.person["email_verified"] = false })
	visitor(t, s).enter(t, "plain", "auth.email_unverified")
	visitor(t, s).enter(t, "closed", "auth.email_unverified")
	p.with(func() { delete(p.person, "email_verified") })
	visitor(t, s).enter(t, "closed", "auth.email_unverified")
	p.with(func() { delete(p.person, "email") })
	visitor(t, s).enter(t, "plain", "auth.email_missing")
	p.is("eve", "eve@example.org", "Eve")
	visitor(t, s).enter(t, "closed", "auth.domain_not_allowed")
	p.is("zoe", "zoe@example.com", "Zoë")
	zoe := visitor(t, s)
	zoe.enter(t, "closed", "")
	admin.change(http.MethodPatch, "/users/"+zoe.me(t).ID, object{"isActive": false}).want(t, http.StatusOK)
	zoe.get("/users/me").want(t, http.StatusUnauthorized)
	zoe.enter(t, "closed", "auth.account_inactive")
	zoe.enter(t, "plain", "auth.account_inactive") // the identity is the same
	// The page that says so knows the way on.
	c := visitor(t, s)
	if location, _ := c.comeBack(t, c.leave(t, "closed", "/d/policy?a=b")); !strings.Contains(location, "next=%2Fd%2Fpolicy%3Fa%3Db") {
		t.Errorf("sent to %s", location)
	}
	c.get("/users/me").want(t, http.StatusUnauthorized)
}

func TestAnInvitationOrTheOperatorGivesTheRoleAtTheFirstLogIn(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	env := append(withDatabase(t, dbtest.New(t)), "ACKIFY_ADMIN_EMAILS=boss@example.com,chief@example.org")
	s := serveIt(t, append(env, p.env("acme", "ALLOWED_DOMAINS=example.com")...)...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	admin.post("/invitations", object{"email": "ada@example.com", "role": "auditor"}).want(t, http.StatusCreated)
	for subject, role := range map[string]string{"ada": "auditor", "boss": "admin", "bob": "signer"} {
		p.is(subject, subject+"@example.com", subject)
		c := visitor(t, s)
		c.enter(t, "acme", "")
		if got := c.me(t).Role; got != role {
			t.Errorf("%s is %s", subject, got)
		}
	}
	if list := admin.get("/invitations").want(t, http.StatusOK); strings.Contains(string(list.body), "ada@") {
		t.Errorf("the invitation is still open: %s", list.body)
	}
}

func TestTwoTabsAtTheFirstLogInMakeOneUser(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	db := dbtest.New(t)
	s := serveIt(t, append(withDatabase(t, db), p.env("acme", "TRUST_EMAIL=true")...)...)
	c := visitor(t, s)
	paths := []string{c.leave(t, "acme", "/d/one"), c.leave(t, "acme", "/d/two"), c.leave(t, "acme", "/d/three")}
	var tabs sync.WaitGroup
	for _, path := range paths {
		tabs.Go(func() {
			if location, problem := c.comeBack(t, path); problem != "" || !strings.HasPrefix(location, "/d/") {
				t.Errorf("sent to %s", location)
			}
		})
	}
	tabs.Wait()
	var users, identities int
	if err := db.AsOwner(t).Pool.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM identities)").Scan(&users, &identities); err != nil || users != 1 || identities != 1 {
		t.Errorf("%d users, %d identities, %v", users, identities, err)
	}
	c.get("/users/me").want(t, http.StatusOK)
}
