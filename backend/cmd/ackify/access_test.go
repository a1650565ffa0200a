package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// operation is one of the contract's, with who may call it.
type operation struct {
	id, method, path string
	body             any
	public           bool
	roles            []string
	scope            string
}

// operations reads the contract that the server gives out. Each is called with an empty body, or about nothing that is there: whoever may
// call it is told so, and nothing happens.
func operations(t testing.TB, c *client) (all []operation) {
	t.Helper()
	var contract struct {
		Paths map[string]map[string]struct {
			OperationID string
			Security    *[]any
			RequestBody any
			Access      struct {
				Roles []string
				Scope string
			} `json:"x-access"`
		}
	}
	c.get("/openapi.json").want(t, http.StatusOK).into(t, &contract)
	const nobody = "7b0e3c1e-7d39-4a39-9a76-3f9d5f0c2a11"
	fill := strings.NewReplacer("{provider}", "acme", "{docId}", "none", "{revision}", "1", "{signatureId}", "999", "{tokenId}", nobody, "{sessionId}", nobody,
		"{userId}", nobody, "{invitationId}", nobody, "{requestId}", nobody, "{groupId}", nobody, "{email}", "nobody@example.com", "{emailId}", "999", "{reminderId}", "999")
	for path, methods := range contract.Paths {
		for method, o := range methods {
			one := operation{
				id: o.OperationID, method: strings.ToUpper(method), path: fill.Replace(path), public: o.Security != nil, roles: o.Access.Roles, scope: o.Access.Scope,
			}
			if o.RequestBody != nil {
				one.body = object{}
			}
			if strings.ContainsAny(one.path, "{}") || one.public == (len(one.roles) > 0) {
				t.Fatalf("%+v", one)
			}
			all = append(all, one)
		}
	}
	if len(all) < 50 {
		t.Fatalf("%d operations", len(all))
	}
	return all
}

// call makes a request as a browser, or with a bearer token.
func (c *client) call(o operation, bearer string) answer {
	if bearer != "" {
		return c.send(o.method, o.path, o.body, "Authorization", "Bearer "+bearer)
	}
	if path, api := strings.CutPrefix(o.path, "/api/v1"); api && o.method != http.MethodGet {
		return c.change(o.method, path, o.body)
	}
	return c.send(o.method, o.path, o.body)
}

// refusal is the code that says that somebody may not call an operation, "" when they may.
func (a answer) refusal() string {
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		return a.code()
	}
	return ""
}

var everyScope = []string{"documents:read", "documents:write", "signatures:read", "signers:write", "admin"}

// apiToken makes a personal token.
func (c *client) apiToken(t testing.TB, scopes ...string) (secret, id string) {
	t.Helper()
	var made struct{ Token, ID string }
	c.post("/users/me/tokens", object{"name": "t", "scopes": scopes, "expiresAt": time.Now().Add(time.Hour)}).want(t, http.StatusCreated).into(t, &made)
	return made.Token, made.ID
}

type pair struct {
	AccessToken, TokenType, RefreshToken string
	ExpiresIn                            int
}

// grant logs an application in.
func (c *client) grant(t testing.TB, email string) (p pair) {
	t.Helper()
	c.send(http.MethodPost, "/api/v1/auth/token", object{"grantType": "password", "email": email, "password": testPassword}).want(t, http.StatusOK).into(t, &p)
	return p
}

func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	nobody := newClient(t, s)
	admin := loggedIn(t, s, "boss@example.com", "admin")
	all := operations(t, nobody)
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })

	for _, o := range all {
		got, want := nobody.call(o, "").refusal(), "auth.required"
		if o.public {
			want = ""
		}
		if got != want {
			t.Errorf("%s as nobody: %q, want %q", o.id, got, want)
		}
		if !o.public {
			for name, bad := range map[string]string{"nonsense": "x", "an unknown token": "ackify_" + strings.Repeat("A", 43), "a JWT": "eyJhbGciOiJub25lIn0.e30."} {
				if a := admin.call(o, bad); a.status != http.StatusUnauthorized || a.code() != "token.invalid" {
					t.Errorf("%s with %s beside a good cookie: %d %s", o.id, name, a.status, a.body)
				}
			}
		}
	}
	for _, role := range []string{"signer", "author", "auditor", "admin"} {
		browser := loggedIn(t, s, role+"@example.com", role)
		loggedIn(t, s, role+"-app@example.com", role)
		access := nobody.grant(t, role+"-app@example.com").AccessToken
		scopes := everyScope
		if role == "signer" || role == "author" {
			scopes = everyScope[:4]
		}
		whole, _ := browser.apiToken(t, scopes...)
		for _, o := range all {
			if o.public {
				continue
			}
			want := ""
			if !slices.Contains(o.roles, role) {
				want = "role.forbidden"
			}
			if got := browser.call(o, "").refusal(); got != want {
				t.Errorf("%s as %s: %q, want %q", o.id, role, got, want)
			}
			if got := nobody.call(o, access).refusal(); got != want {
				t.Errorf("%s as %s's application: %q, want %q", o.id, role, got, want)
			}
			if want == "" && o.scope == "" {
				want = "token.scope_missing"
			}
			if got := nobody.call(o, whole).refusal(); got != want {
				t.Errorf("%s with a token of %s: %q, want %q", o.id, role, got, want)
			}
		}
	}
	// Each scope opens what it names and nothing else.
	for _, scope := range everyScope {
		token, _ := admin.apiToken(t, scope)
		for _, o := range all {
			if o.public {
				continue
			}
			want := "token.scope_missing"
			if o.scope == scope || o.scope == "any" {
				want = ""
			}
			if got := nobody.call(o, token).refusal(); got != want {
				t.Errorf("%s with the scope %s: %q, want %q", o.id, scope, got, want)
			}
		}
	}
}

func TestWhoIsDeactivatedIsOutEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	one, two := serveIt(t, withDatabase(t, db)...), serveIt(t, withDatabase(t, db)...)
	admin, spare := loggedIn(t, one, "admin@example.com", "admin"), loggedIn(t, one, "spare@example.com", "admin")
	id := spare.me(t).ID
	nobody, elsewhere := newClient(t, one), newClient(t, two)
	elsewhere.logIn(t, "spare@example.com")
	app := nobody.grant(t, "spare@example.com")
	token, _ := spare.apiToken(t, everyScope...)
	for _, bearer := range []string{app.AccessToken, token} {
		nobody.call(operation{method: "GET", path: "/api/v1/users/me"}, bearer).want(t, http.StatusOK)
	}
	admin.change(http.MethodPatch, "/users/"+id, object{"isActive": false}).want(t, http.StatusOK)
	for _, o := range operations(t, nobody) {
		if o.public {
			continue
		}
		for name, c := range map[string]*client{"a browser": spare, "another server": elsewhere} {
			if got := c.call(o, "").refusal(); got != "auth.required" {
				t.Errorf("%s in %s: %q", o.id, name, got)
			}
		}
		for _, base := range []*client{nobody, newClient(t, two)} {
			for _, bearer := range []string{app.AccessToken, token} {
				if got := base.call(o, bearer).refusal(); got != "token.invalid" {
					t.Errorf("%s with a token: %q", o.id, got)
				}
			}
		}
	}
	refresh := object{"grantType": "refresh_token", "refreshToken": app.RefreshToken}
	if a := elsewhere.send(http.MethodPost, "/api/v1/auth/token", refresh); a.code() != "token.invalid" {
		t.Errorf("the refresh token: %d %s", a.status, a.body)
	}
	if a := elsewhere.post("/auth/login", object{"email": "spare@example.com", "password": testPassword}); a.code() != "auth.account_inactive" {
		t.Errorf("the password: %d %s", a.status, a.body)
	}
	if a := elsewhere.post("/auth/login", object{"email": "spare@example.com", "password": "wrong password"}); a.code() != "auth.invalid_credentials" {
		t.Errorf("a wrong password: %d %s", a.status, a.body)
	}
	// Back again, nothing of before works.
	admin.change(http.MethodPatch, "/users/"+id, object{"isActive": true}).want(t, http.StatusOK)
	spare.get("/users/me").want(t, http.StatusUnauthorized)
	nobody.call(operation{method: "GET", path: "/api/v1/users/me"}, token).want(t, http.StatusUnauthorized)
	nobody.call(operation{method: "GET", path: "/api/v1/users/me"}, app.AccessToken).want(t, http.StatusUnauthorized)
	nobody.send(http.MethodPost, "/api/v1/auth/token", refresh).want(t, http.StatusUnauthorized)
	spare.logIn(t, "spare@example.com")

	// Somebody has to administer Ackify.
	own := admin.me(t).ID
	spare.change(http.MethodPatch, "/users/"+id, object{"role": "author"}).want(t, http.StatusOK)
	for _, change := range []object{{"role": "signer"}, {"isActive": false}, {"role": "auditor", "isActive": false}} {
		if a := admin.change(http.MethodPatch, "/users/"+own, change); a.status != http.StatusConflict || a.code() != "user.last_admin" {
			t.Errorf("%v: %d %s", change, a.status, a.body)
		}
	}
	admin.get("/users").want(t, http.StatusOK)
}

func TestTokensOfPrograms(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author := loggedIn(t, s, "author@example.com", "author")
	other := loggedIn(t, s, "other@example.com", "signer")
	d := author.document(t, "doc-1")
	program := newClient(t, s)
	as := func(bearer, method, path string, body any) answer {
		return program.send(method, "/api/v1"+path, body, "Authorization", "Bearer "+bearer)
	}
	issue := func(body object) answer { return program.send(http.MethodPost, "/api/v1/auth/token", body) }
	got := program.grant(t, "author@example.com")
	if got.TokenType != "Bearer" || got.ExpiresIn != 900 || got.AccessToken == "" || got.RefreshToken == "" || program.cookie(t, "ackify_session") != "" {
		t.Errorf("%+v", got)
	}
	for _, body := range []object{
		{"grantType": "password"}, {"grantType": "refresh_token"}, {"grantType": "password", "email": "a@b.c", "password": "x", "refreshToken": "y"},
	} {
		issue(body).want(t, http.StatusUnprocessableEntity)
	}
	for name, c := range map[string]struct {
		body object
		code string
	}{
		"wrong password":  {object{"grantType": "password", "email": "author@example.com", "password": "wrong"}, "auth.invalid_credentials"},
		"nobody":          {object{"grantType": "password", "email": "nobody@example.com", "password": testPassword}, "auth.invalid_credentials"},
		"made up":         {object{"grantType": "refresh_token", "refreshToken": strings.Repeat("A", 43)}, "token.invalid"},
		"an access token": {object{"grantType": "refresh_token", "refreshToken": got.AccessToken[:100]}, "token.invalid"},
	} {
		if a := issue(c.body); a.status != http.StatusUnauthorized || a.code() != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	// An application may do what its user may, without CSRF token; signing too.
	as(got.AccessToken, "POST", "/documents", object{"reference": "doc-2", "title": "T"}).want(t, http.StatusCreated)
	as(got.AccessToken, "POST", "/signatures", object{"docId": d.DocID}).want(t, http.StatusCreated)
	as(got.RefreshToken, "GET", "/users/me", nil).want(t, http.StatusUnauthorized)

	// It is in the list of sessions, and ends there.
	var list struct{ Items []struct{ ID, Kind string } }
	author.get("/users/me/sessions").want(t, http.StatusOK).into(t, &list)
	i := slices.IndexFunc(list.Items, func(one struct{ ID, Kind string }) bool { return one.Kind == "app" })
	if len(list.Items) != 2 || i < 0 {
		t.Fatalf("%+v", list)
	}
	if a := other.change(http.MethodDelete, "/users/me/sessions/"+list.Items[i].ID, nil); a.status != http.StatusNotFound {
		t.Errorf("somebody else ends it: %d", a.status)
	}
	as(got.AccessToken, "GET", "/users/me", nil).want(t, http.StatusOK)
	author.change(http.MethodDelete, "/users/me/sessions/"+list.Items[i].ID, nil).want(t, http.StatusNoContent)
	as(got.AccessToken, "GET", "/users/me", nil).want(t, http.StatusUnauthorized)

	// Rotation; using a token again ends the family and its access tokens.
	first := program.grant(t, "author@example.com")
	var second pair
	issue(object{"grantType": "refresh_token", "refreshToken": first.RefreshToken}).want(t, http.StatusOK).into(t, &second)
	as(first.AccessToken, "GET", "/users/me", nil).want(t, http.StatusOK)
	as(second.AccessToken, "GET", "/users/me", nil).want(t, http.StatusOK)
	if a := issue(object{"grantType": "refresh_token", "refreshToken": first.RefreshToken}); a.code() != "token.reused" {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, ended := range []string{first.AccessToken, second.AccessToken} {
		as(ended, "GET", "/users/me", nil).want(t, http.StatusUnauthorized)
	}
	issue(object{"grantType": "refresh_token", "refreshToken": second.RefreshToken}).want(t, http.StatusUnauthorized)
	third := program.grant(t, "author@example.com")
	for range 2 {
		program.send(http.MethodPost, "/api/v1/auth/token/revoke", object{"refreshToken": third.RefreshToken}).want(t, http.StatusNoContent)
	}
	as(third.AccessToken, "GET", "/users/me", nil).want(t, http.StatusUnauthorized)

	// Personal tokens neither sign nor manage the account.
	token, id := author.apiToken(t, everyScope[:4]...)
	if a := as(token, "POST", "/signatures", object{"docId": d.DocID}); a.status != http.StatusForbidden || a.code() != "token.scope_missing" {
		t.Errorf("a token signs: %d %s", a.status, a.body)
	}
	as(token, "POST", "/documents", object{"reference": "doc-3", "title": "T"}).want(t, http.StatusCreated)
	var mine struct{ Items []map[string]any }
	author.get("/users/me/tokens").want(t, http.StatusOK).into(t, &mine)
	if len(mine.Items) != 1 || mine.Items[0]["hint"] != token[len(token)-4:] || mine.Items[0]["lastUsedAt"] == nil || mine.Items[0]["token"] != nil {
		t.Errorf("%v", mine)
	}
	other.change(http.MethodDelete, "/users/me/tokens/"+id, nil).want(t, http.StatusNotFound)
	as(token, "GET", "/users/me", nil).want(t, http.StatusOK)
	author.change(http.MethodDelete, "/users/me/tokens/"+id, nil).want(t, http.StatusNoContent)
	as(token, "GET", "/users/me", nil).want(t, http.StatusUnauthorized)
	if a := author.post("/users/me/tokens", object{"name": "x", "scopes": []string{"admin"}, "expiresAt": time.Now().Add(time.Hour)}); a.code() != "token.scopes_invalid" {
		t.Errorf("an author's token for administrators: %d %s", a.status, a.body)
	}
}

func TestABearerTokenCountsAndTheCookieBesideItDoesNot(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	zoe, bob := loggedIn(t, s, "zoe@example.com", "author"), loggedIn(t, s, "bob@example.com", "author")
	id := bob.me(t).ID
	access := newClient(t, s).grant(t, "bob@example.com").AccessToken
	zoes := func(method, path string, body any) answer {
		return zoe.send(method, "/api/v1"+path, body, "Authorization", "Bearer "+access)
	}
	var who me
	zoes("GET", "/users/me", nil).want(t, http.StatusOK).into(t, &who)
	if who.ID != id {
		t.Errorf("%+v", who)
	}
	before := zoe.cookie(t, "ackify_session")
	zoes("PATCH", "/users/me", object{"name": "Bob"}).want(t, http.StatusOK)
	zoes("POST", "/auth/logout", nil).want(t, http.StatusOK)
	if zoe.me(t).Email != "zoe@example.com" || zoe.cookie(t, "ackify_session") != before {
		t.Error("the cookie's session was ended by a request with a token")
	}
	// Whatever the header says, if it is no token of ours: it counts, and the cookie does not.
	for _, header := range []string{"Bearer", "Bearer ", "bearer x", "BEARER " + access + "x", "Bearer\t" + access + "x"} {
		if a := zoe.send(http.MethodGet, "/api/v1/users/me", nil, "Authorization", header); a.status != http.StatusUnauthorized && !strings.HasPrefix(header, "Bearer\t") {
			t.Errorf("%q beside a good cookie: %d", header, a.status)
		}
		if a := zoe.send(http.MethodPatch, "/api/v1/users/me", object{"name": "Mallory"}, "Authorization", header); a.status != http.StatusUnauthorized && a.code() != "csrf.invalid" {
			t.Errorf("%q changes something: %d %s", header, a.status, a.body)
		}
	}
	if a := zoe.send(http.MethodPatch, "/api/v1/users/me", object{"name": "Mallory"}, "Authorization", "Basic eDp5"); a.code() != "csrf.invalid" {
		t.Errorf("another scheme: %d %s", a.status, a.body)
	}
	for path, method := range map[string]string{"/users/me": "PATCH", "/documents": "POST", "/signatures": "POST", "/auth/logout": "POST", "/users/me/sessions": "DELETE", "/auth/login": "POST", "/auth/magic-link/consume": "POST", "/invitations/accept": "POST"} {
		if a := zoe.send(method, "/api/v1"+path, object{}); a.status != http.StatusForbidden || a.code() != "csrf.invalid" {
			t.Errorf("%s %s without CSRF token: %d %s", method, path, a.status, a.body)
		}
	}
}
