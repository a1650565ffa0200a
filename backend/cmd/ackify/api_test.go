package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestBadInputGetsClearErrors(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	author := loggedIn(t, s, "author@example.com", "author")
	signer := loggedIn(t, s, "signer@example.com", "signer")
	nobody := newClient(t, s)
	d := author.document(t, "doc-1")
	author.document(t, "doc-deleted")
	if _, err := db.AsOwner(t).Pool.Exec(t.Context(), "UPDATE documents SET deleted_at = now() WHERE doc_id = 'doc-deleted'"); err != nil {
		t.Fatal(err)
	}
	signed, a := signer.sign(d.DocID)
	a.want(t, http.StatusCreated)
	receipt := fmt.Sprintf("/signatures/%d/receipt", signed.ID)

	for _, c := range []struct {
		who          *client
		method, path string
		body         any
		status       int
		code, field  string
	}{
		{author, "POST", "/documents", object{"reference": ""}, 422, "reference.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": "   "}, 422, "reference.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": "a\nb"}, 422, "reference.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": "a\x00b"}, 422, "reference.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": strings.Repeat("é", 2049)}, 422, "reference.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": "https://user:pw@example.com/"}, 422, "reference.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": "http://"}, 422, "reference.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": "x/y", "title": strings.Repeat("t", 501)}, 422, "request.invalid", "title"},
		{author, "POST", "/documents", object{"reference": "x/y", "title": "a\tb"}, 422, "title.invalid", "title"},
		{author, "POST", "/documents", object{"reference": 5}, 422, "request.invalid", "reference"},
		{author, "POST", "/documents", object{"reference": "x/y", "colour": "red"}, 422, "request.invalid", "colour"},
		{author, "POST", "/documents", object{}, 422, "request.invalid", "reference"},
		{author, "POST", "/documents", `{"reference"`, 400, "request.malformed", ""},
		{author, "POST", "/documents", `{"reference":"a-1"} {}`, 400, "request.malformed", ""},
		{author, "POST", "/documents", `{"reference":"a-1","reference":"a-2"}`, 400, "request.malformed", ""},
		{author, "POST", "/documents", `{"reference":"a-\ud800"}`, 400, "request.malformed", ""},
		{author, "POST", "/documents", "{\"reference\":\"a-\xff\"}", 400, "request.malformed", ""},
		{author, "POST", "/documents", object{"reference": "x/y", "title": "\u200b"}, 422, "title.invalid", "title"},
		{author, "POST", "/documents", object{"reference": "x/y", "title": "a\u202eb"}, 422, "title.invalid", "title"},
		{author, "GET", "/documents?q=%00", nil, 400, "request.malformed", ""},
		{author, "GET", "/documents?q=%ff", nil, 400, "request.malformed", ""},
		{author, "GET", "/documents/%00", nil, 400, "request.malformed", ""},
		{signer, "POST", "/signatures", object{"docId": "\x00"}, 400, "request.malformed", ""},
		{signer, "PATCH", "/users/me", object{"name": "\u202eadA"}, 422, "name.invalid", "name"},
		{author, "POST", "/documents", `[]`, 422, "request.invalid", "body"},
		{author, "POST", "/documents", ``, 400, "request.malformed", ""},
		{author, "POST", "/documents", object{"reference": "doc-deleted"}, 410, "document.deleted", ""},
		{signer, "POST", "/documents", object{"reference": "new-one"}, 403, "document.create_forbidden", ""},
		{signer, "GET", "/documents/none", nil, 404, "document.not_found", ""},
		{signer, "GET", "/documents/doc-deleted", nil, 410, "document.deleted", ""},
		{signer, "GET", "/documents?reference=doc-deleted", nil, 410, "document.deleted", ""},
		{signer, "GET", "/documents?reference=%0A", nil, 422, "reference.invalid", "reference"},
		{signer, "GET", "/documents?limit=0", nil, 422, "request.invalid", "limit"},
		{signer, "GET", "/documents?limit=101", nil, 422, "request.invalid", "limit"},
		{signer, "GET", "/documents?limit=many", nil, 422, "request.invalid", "limit"},
		{signer, "GET", "/signatures?cursor=%21", nil, 400, "cursor.invalid", ""},
		{signer, "GET", "/documents/doc-1?statementLocale=xx", nil, 422, "request.invalid", "statementLocale"},
		{signer, "POST", "/signatures", object{"docId": "none"}, 404, "document.not_found", ""},
		{signer, "POST", "/signatures", object{"docId": "doc-deleted"}, 410, "document.deleted", ""},
		{signer, "POST", "/signatures", object{"docId": "doc-1", "revision": 7}, 409, "signature.revision_outdated", ""},
		{signer, "POST", "/signatures", object{"docId": "doc-1", "revision": 0}, 422, "request.invalid", "revision"},
		{signer, "POST", "/signatures", object{"docId": "doc-1", "statementLocale": "tlh"}, 422, "request.invalid", "statementLocale"},
		{author, "GET", receipt, nil, 200, "", ""},
		{admin, "GET", receipt, nil, 200, "", ""},
		{signer, "GET", receipt, nil, 200, "", ""},
		{nobody, "GET", receipt, nil, 401, "auth.required", ""},
		{signer, "GET", "/signatures/999/receipt", nil, 404, "signature.not_found", ""},
		{signer, "GET", "/signatures/x/receipt", nil, 422, "request.invalid", "signatureId"},
		{nobody, "GET", "/documents/doc-1", nil, 401, "auth.required", ""},
		{nobody, "POST", "/signatures", object{"docId": "doc-1"}, 401, "auth.required", ""},
		{nobody, "GET", "/documents?reference=doc-1", nil, 401, "auth.required", ""},
		{nobody, "POST", "/auth/login", object{"email": "signer@example.com", "password": "wrong"}, 401, "auth.invalid_credentials", ""},
		{nobody, "POST", "/auth/login", object{"email": "none@example.com", "password": "wrong"}, 401, "auth.invalid_credentials", ""},
		{nobody, "POST", "/auth/login", object{"email": "not an address", "password": "wrong"}, 401, "auth.invalid_credentials", ""},
		{nobody, "POST", "/auth/login", object{"email": "a@b.c"}, 422, "request.invalid", "password"},
		{nobody, "POST", "/setup", object{"token": "x", "email": "a@b.c", "name": "A", "password": testPassword}, 409, "setup.already_done", ""},
		{nobody, "POST", "/invitations/lookup", object{"token": "x"}, 410, "invitation.token_invalid", ""},
		{nobody, "POST", "/invitations/accept", object{"token": "x", "name": "N", "password": testPassword}, 410, "invitation.token_invalid", ""},
		{signer, "POST", "/invitations", object{"email": "a@b.c"}, 403, "role.forbidden", ""},
		{author, "GET", "/users", nil, 403, "role.forbidden", ""},
		{author, "GET", "/invitations", nil, 403, "role.forbidden", ""},
		{admin, "POST", "/invitations", object{"email": "nobody"}, 422, "email.no_at", "email"},
		{admin, "POST", "/invitations", object{"email": "signer@example.com"}, 409, "invitation.user_exists", ""},
		{admin, "POST", "/invitations", object{"email": "x@example.com", "role": "king"}, 422, "request.invalid", "role"},
		{admin, "DELETE", "/invitations/7b0e3c1e-7d39-4a39-9a76-3f9d5f0c2a11", nil, 404, "invitation.not_found", ""},
		{admin, "DELETE", "/invitations/7", nil, 422, "request.invalid", "invitationId"},
		{signer, "POST", "/users/me/password", object{"currentPassword": testPassword, "newPassword": "short"}, 422, "password.too_short", "newPassword"},
		{signer, "POST", "/users/me/password", object{"currentPassword": "wrong", "newPassword": "a new long password"}, 422, "password.current_wrong", "currentPassword"},
		{signer, "PATCH", "/users/me", object{"name": " "}, 422, "name.invalid", "name"},
		{signer, "PATCH", "/users/me", object{"locale": "xx"}, 422, "request.invalid", "locale"},
		{signer, "DELETE", "/users/me/sessions/7b0e3c1e-7d39-4a39-9a76-3f9d5f0c2a11", nil, 404, "session.not_found", ""},
		{signer, "GET", "/nothing/here", nil, 404, "route.not_found", ""},
		{signer, "PUT", "/documents", object{}, 405, "method.not_allowed", ""},
	} {
		name := c.method + " " + c.path + " " + fmt.Sprint(c.body)
		a := c.who.change(c.method, c.path, c.body)
		if a.err != nil || a.status != c.status || a.code() != c.code {
			t.Errorf("%.120s: %d %s %v, want %d %s", name, a.status, a.body, a.err, c.status, c.code)
			continue
		}
		if c.status < 400 {
			continue
		}
		var p struct {
			Type, Title, Detail, RequestID string
			Status                         int
			Errors                         []struct{ Field, Code, Detail string }
		}
		a.into(t, &p)
		if a.header.Get("Content-Type") != "application/problem+json" || p.Type != "urn:ackify:problem:"+c.code || p.Title == "" ||
			p.Detail == "" || p.Status != c.status || p.RequestID == "" || p.RequestID != a.header.Get("X-Request-Id") {
			t.Errorf("%.120s: not a complete problem: %s", name, a.body)
		}
		if c.field != "" && (len(p.Errors) != 1 || p.Errors[0].Field != c.field || p.Errors[0].Detail == "") {
			t.Errorf("%.120s: fields %+v, want %s", name, p.Errors, c.field)
		}
	}
}

func TestWhatDoesNotFitIsSaidInWords(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author := loggedIn(t, s, "author@example.com", "author")
	author.document(t, "doc-1")
	for body, says := range map[string]string{`{"dueAt":"tomorrow"}`: "such as 2027-01-31T22:59:59Z", `{"dueAt":"2027-01-31","reason":null}`: "but not be null"} {
		a := author.change(http.MethodPut, "/documents/doc-1/deadline", body).want(t, http.StatusUnprocessableEntity)
		if text := string(a.body); !strings.Contains(text, says) || strings.Contains(text, "regular expression") || strings.Contains(text, "nullable") {
			t.Errorf("%s: %s", body, text)
		}
	}
}

func TestOnlyThoseWhoMaySeeWhoSigned(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author := loggedIn(t, s, "author@example.com", "author")
	other := loggedIn(t, s, "other@example.com", "author")
	auditor := loggedIn(t, s, "auditor@example.com", "auditor")
	d := author.document(t, "doc-1")
	people := signers(t, 3, s)
	for _, p := range people {
		_, a := p.sign(d.DocID)
		a.want(t, http.StatusCreated)
	}
	count := func(c *client) int {
		t.Helper()
		var page struct{ Items []signature }
		c.get("/documents/doc-1/signatures").want(t, http.StatusOK).into(t, &page)
		return len(page.Items)
	}
	if a, b, c, d := count(author), count(auditor), count(people[0]), count(other); a != 3 || b != 3 || c != 1 || d != 0 {
		t.Errorf("author sees %d, auditor %d, a signer %d, another author %d", a, b, c, d)
	}
	if a := other.get("/documents/doc-1").want(t, http.StatusOK); bytes.Contains(a.body, []byte("example.com")) {
		t.Errorf("a stranger is told: %s", a.body)
	}
	var page struct {
		Items      []signature
		NextCursor string
	}
	seen := map[int64]bool{}
	for path := "/documents/doc-1/signatures?limit=2"; ; path = "/documents/doc-1/signatures?limit=2&cursor=" + page.NextCursor {
		page.NextCursor = ""
		author.get(path).want(t, http.StatusOK).into(t, &page)
		for _, one := range page.Items {
			seen[one.Seq] = true
		}
		if page.NextCursor == "" {
			break
		}
	}
	if len(seen) != 3 {
		t.Errorf("the pages hold %d signatures", len(seen))
	}
	author.get("/documents/doc-1/signatures?q=p1%40").want(t, http.StatusOK).into(t, &page)
	if len(page.Items) != 1 || page.Items[0].UserEmail != "p1@example.com" {
		t.Errorf("search finds %+v", page.Items)
	}
	author.get("/documents/doc-1/signatures?q=%25").want(t, http.StatusOK).into(t, &page)
	if len(page.Items) != 0 {
		t.Errorf("a percent sign finds %d", len(page.Items))
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	one := serveIt(t, withDatabase(t, db)...)
	two := serveIt(t, withDatabase(t, db)...)
	cookie := func(c *client) string {
		r, err := http.NewRequest(http.MethodGet, one.base, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range c.http.Jar.Cookies(r.URL) {
			if k.Name == "ackify_session" {
				return k.Value
			}
		}
		return ""
	}
	c := newClient(t, one)
	c.get("/csrf").want(t, http.StatusOK)
	anonymous := cookie(c)
	c = loggedIn(t, one, "zoe@example.com", "signer")
	first := cookie(c)
	if anonymous == "" || first == "" || first == anonymous {
		t.Errorf("the cookie is not rotated at log-in: %q, %q", anonymous, first)
	}
	set := c.post("/auth/login", object{"email": "zoe@example.com", "password": testPassword}).want(t, http.StatusOK).header.Get("Set-Cookie")
	for _, attribute := range []string{"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} {
		if !strings.Contains(set, attribute) {
			t.Errorf("the cookie lacks %s: %s", attribute, set)
		}
	}
	old := newClient(t, one)
	if a := old.send(http.MethodGet, "/api/v1/users/me", nil, "Cookie", "ackify_session="+first); a.status != http.StatusUnauthorized {
		t.Errorf("the token from before the rotation still works: %d", a.status)
	}

	phone, laptop := newClient(t, two), newClient(t, one)
	phone.logIn(t, "zoe@example.com")
	laptop.logIn(t, "zoe@example.com")
	var list struct {
		Items []struct {
			ID      string
			Current bool
		}
	}
	laptop.get("/users/me/sessions").want(t, http.StatusOK).into(t, &list)
	if len(list.Items) != 3 {
		t.Fatalf("%d sessions", len(list.Items))
	}
	// Gone at once everywhere: what the laptop ends through one process, the other process no longer knows.
	copied := newClient(t, two)
	stolen := cookie(laptop)
	phone.get("/users/me").want(t, http.StatusOK)
	laptop.change(http.MethodDelete, "/users/me/sessions", nil).want(t, http.StatusNoContent)
	phone.get("/users/me").want(t, http.StatusUnauthorized)
	laptop.get("/users/me").want(t, http.StatusOK)
	laptop.post("/auth/logout", nil).want(t, http.StatusOK)
	if a := copied.send(http.MethodGet, "/api/v1/users/me", nil, "Cookie", "ackify_session="+stolen); a.status != http.StatusUnauthorized {
		t.Errorf("after log-out the cookie still works elsewhere: %d", a.status)
	}

	phone.logIn(t, "zoe@example.com")
	laptop.logIn(t, "zoe@example.com")
	laptop.post("/users/me/password", object{"currentPassword": testPassword, "newPassword": "another long password"}).want(t, http.StatusNoContent)
	phone.get("/users/me").want(t, http.StatusUnauthorized)
	laptop.get("/users/me").want(t, http.StatusOK)
}

func TestForgedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	c := loggedIn(t, s, "zoe@example.com", "author")
	stranger := newClient(t, s)
	var csrf struct{ Token string }
	stranger.get("/csrf").want(t, http.StatusOK).into(t, &csrf)
	body := object{"reference": "doc-1"}
	for name, header := range map[string][]string{
		"no token":              nil,
		"somebody else's token": {"X-CSRF-Token", csrf.Token},
	} {
		if a := c.send(http.MethodPost, "/api/v1/documents", body, header...); a.status != http.StatusForbidden || a.code() != "csrf.invalid" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	c.get("/csrf").want(t, http.StatusOK).into(t, &csrf)
	for name, header := range map[string][]string{
		"another site":                   {"X-CSRF-Token", csrf.Token, "Origin", "https://evil.example.com", "Sec-Fetch-Site", "cross-site"},
		"an old browser on another site": {"X-CSRF-Token", csrf.Token, "Origin", "https://evil.example.com"},
	} {
		if a := c.send(http.MethodPost, "/api/v1/documents", body, header...); a.status != http.StatusForbidden || a.code() != "request.cross_origin" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	c.send(http.MethodPost, "/api/v1/documents", body, "X-CSRF-Token", csrf.Token, "Origin", s.base).want(t, http.StatusCreated)
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), "ACKIFY_RATE_LIMIT_AUTH=3", "ACKIFY_RATE_LIMIT_DOCUMENTS=2", "ACKIFY_RATE_LIMIT_GENERAL=60")...)
	author := loggedIn(t, s, "author@example.com", "author")
	other := loggedIn(t, s, "other@example.com", "author")
	author.document(t, "doc-1")
	author.document(t, "doc-2")
	if a := author.post("/documents", object{"reference": "doc-3"}); a.status != http.StatusTooManyRequests || a.code() != "request.rate_limited" || a.header.Get("Retry-After") == "" {
		t.Errorf("a third document: %d %s", a.status, a.body)
	}
	other.document(t, "doc-3")
	for range 4 {
		other.post("/documents", object{"reference": "doc-1"}).want(t, http.StatusOK) // there already
	}
	other.document(t, "doc-4")

	attacker := newClient(t, s)
	wrong := object{"email": "author@example.com", "password": "wrong"}
	for range 3 {
		attacker.post("/auth/login", wrong).want(t, http.StatusUnauthorized)
	}
	if a := attacker.post("/auth/login", wrong); a.status != http.StatusTooManyRequests || a.code() != "auth.too_many_attempts" {
		t.Errorf("a fourth failure: %d %s", a.status, a.body)
	}
	for range 5 {
		other.logIn(t, "other@example.com") // what succeeds is not counted
	}
	for range 60 {
		other.get("/users/me")
	}
	if a := other.get("/users/me"); a.status != http.StatusTooManyRequests {
		t.Errorf("after the limit: %d", a.status)
	}
	author.get("/users/me").want(t, http.StatusOK)
	again := newClient(t, s)
	again.logIn(t, "other@example.com")
	again.get("/users/me").want(t, http.StatusOK)
	script := newClient(t, s)
	token, _ := again.apiToken(t, "documents:read")
	ask := func() answer {
		return script.send(http.MethodGet, "/api/v1/users/me", nil, "Authorization", "Bearer "+token)
	}
	for range 60 {
		ask()
	}
	if a := ask(); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("a script after the limit: %d", a.status)
	}
	again.get("/users/me").want(t, http.StatusOK)
	other.health(t)
	other.send(http.MethodGet, "/ledger/keys", nil).want(t, http.StatusOK)
}

func TestLargeAndSlowBodies(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	c := newClient(t, s)
	if a := c.post("/auth/login", `{"email":"`+strings.Repeat("x", 1<<20)); a.status != http.StatusRequestEntityTooLarge || a.code() != "request.too_large" {
		t.Errorf("a body of more than 1 MiB: %d %.200s", a.status, a.body)
	}
	slow, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	if _, err := fmt.Fprintf(slow, "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	c.get("/config").want(t, http.StatusOK) // nobody else waits
	if err := slow.SetReadDeadline(time.Now().Add(patient)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusRequestTimeout {
		t.Errorf("a body that does not arrive: %d", response.StatusCode)
	}
}

func TestHeadersAndContract(t *testing.T) {
	t.Parallel()
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), "ACKIFY_BASE_URL=https://sign.example.com")...)
	c := newClient(t, s)
	a := c.get("/openapi.json").want(t, http.StatusOK)
	var contract struct{ OpenAPI string }
	a.into(t, &contract)
	if contract.OpenAPI != "3.0.3" {
		t.Errorf("contract %+v", contract)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=63072000", "Cache-Control": "no-store",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if csp := a.header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "worker-src 'self'") {
		t.Errorf("policy %q", csp)
	}
	if set := c.get("/csrf").want(t, http.StatusOK).header.Get("Set-Cookie"); !strings.Contains(set, "Secure") {
		t.Errorf("on https the cookie is not secure: %s", set)
	}
	if a := c.send(http.MethodHead, "/api/v1/health", nil); a.status != http.StatusOK || len(a.body) > 0 {
		t.Errorf("HEAD: %d %q", a.status, a.body)
	}
	if a := c.send(http.MethodPut, "/api/v1/documents", nil); a.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow: %q", a.header.Get("Allow"))
	}
	for _, path := range []string{"/api", "/api/", "/api/v2/documents", "/ledger", "/ledger/nothing"} {
		if a := c.send(http.MethodGet, path, nil); a.status != http.StatusNotFound || a.code() != "route.not_found" {
			t.Errorf("%s: %d %.100s", path, a.status, a.body)
		}
	}
	if a := c.send(http.MethodGet, "/ledger/checkpoint", nil); a.status != http.StatusNotFound || a.code() != "ledger.empty" {
		t.Errorf("checkpoint of an empty ledger: %d %s", a.status, a.body)
	}
}

func TestNobodySignsForAnotherByMistake(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author := loggedIn(t, s, "author@example.com", "author")
	d := author.document(t, "doc-1")
	zoe := loggedIn(t, s, "zoe@example.com", "signer")
	var before, after struct{ ID, Token string }
	zoe.get("/users/me").want(t, http.StatusOK).into(t, &before)
	loggedIn(t, s, "bob@example.com", "signer")
	zoe.logIn(t, "bob@example.com") // in another tab of the same browser
	zoe.get("/users/me").want(t, http.StatusOK).into(t, &after)
	zoe.get("/csrf").want(t, http.StatusOK).into(t, &after)
	sign := func(expected string) answer {
		return zoe.send(http.MethodPost, "/api/v1/signatures", object{"docId": d.DocID}, "X-CSRF-Token", after.Token, "X-Expected-User", expected)
	}
	if a := sign(before.ID); a.status != http.StatusConflict || a.code() != "session.user_changed" {
		t.Errorf("for whom the page showed: %d %s", a.status, a.body)
	}
	sign(after.ID).want(t, http.StatusCreated)
}
