package main

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

var (
	linkOf = regexp.MustCompile(`https?://[^\s"<>]+#token=([A-Za-z0-9_-]{43})`)
	codeOf = regexp.MustCompile(`(?m)^ +(\d{3}) (\d{3})\r?$`)
)

// letter is a mail as somebody reads it.
type letter struct{ to, subject, body, token, code string }

// next waits for the next mail, whomever it is for.
func (i inbox) next(t testing.TB) (l letter) {
	t.Helper()
	var m *mail.Message
	select {
	case m = <-i.mails:
	case <-time.After(patient):
		t.Fatal("no mail arrives")
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	l = letter{to: strings.Trim(m.Header.Get("To"), "<>"), subject: m.Header.Get("Subject"), body: string(body)}
	if found := linkOf.FindStringSubmatch(l.body); found != nil {
		l.token = found[1]
	}
	if found := codeOf.FindStringSubmatch(l.body); found != nil {
		l.code = found[1] + found[2]
	}
	return l
}

// posted is a server with a mail server, and somebody who administers it.
func posted(t *testing.T, more ...string) (*server, dbtest.Database, inbox, *client) {
	t.Helper()
	db := dbtest.New(t)
	box, mailEnv := openInbox(t)
	s := serveIt(t, append(append(withDatabase(t, db), mailEnv...), more...)...)
	return s, db, box, loggedIn(t, s, "admin@example.com", "admin")
}

func TestALinkByMailLogsIn(t *testing.T) {
	t.Parallel()
	s, db, box, _ := posted(t)
	ada := loggedIn(t, s, "ada@example.com", "author").me(t)
	c := newClient(t, s)
	ask := object{"email": "Ada@example.com", "redirectTo": "/d/policy?a=b#c"}
	known := c.post("/auth/magic-link", ask).want(t, http.StatusAccepted)
	l := box.next(t)
	if l.to != "ada@example.com" || l.token == "" || l.code == "" || !strings.Contains(l.body, s.base+"/link#token=") {
		t.Fatalf("%+v", l)
	}
	unknown := newClient(t, s).post("/auth/magic-link", object{"email": "nobody@example.com"}).want(t, http.StatusAccepted)
	if len(known.body) != len(unknown.body) || known.header.Get("Content-Type") != unknown.header.Get("Content-Type") {
		t.Errorf("%s for a known address, %s for another", known.body, unknown.body)
	}
	// Nothing that a mail scanner does uses the link up.
	for _, path := range []string{"/link", "/link?token=" + l.token, "/api/v1/auth/magic-link/consume", "/api/v1/auth/links/lookup"} {
		c.send(http.MethodGet, path, nil)
		c.send(http.MethodHead, path, nil)
	}
	if a := c.send(http.MethodGet, "/api/v1/auth/magic-link/consume?token="+l.token, nil); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", a.status)
	}
	var preview struct{ Purpose, Email string }
	for range 2 {
		c.post("/auth/links/lookup", object{"token": l.token}).want(t, http.StatusOK).into(t, &preview)
	}
	if preview.Purpose != "login" || preview.Email != "ada@example.com" {
		t.Errorf("%+v", preview)
	}
	elsewhere := newClient(t, s) // the link works in any browser
	var in struct {
		User       me
		RedirectTo string
	}
	elsewhere.post("/auth/magic-link/consume", object{"token": l.token}).want(t, http.StatusOK).into(t, &in)
	if in.User != ada || in.RedirectTo != "/d/policy?a=b#c" || elsewhere.me(t) != ada {
		t.Errorf("%+v", in)
	}
	for path, body := range map[string]object{"consume": {"token": l.token}, "code": {"code": l.code}} {
		if a := c.post("/auth/magic-link/"+path, body); a.status != http.StatusGone || a.code() != "auth.link_invalid" {
			t.Errorf("%s again: %d %s", path, a.status, a.body)
		}
	}
	if a := c.post("/auth/links/lookup", object{"token": l.token}); a.status != http.StatusGone {
		t.Errorf("looked up again: %d", a.status)
	}

	// The code works in the browser that asked.
	c.post("/auth/magic-link", ask).want(t, http.StatusAccepted)
	second := box.next(t)
	for name, other := range map[string]*client{"another browser": newClient(t, s), "one that asked for another address": elsewhere} {
		if a := other.post("/auth/magic-link/code", object{"code": second.code}); a.status != http.StatusGone {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	wrong := "000000"
	if second.code == wrong {
		wrong = "000001"
	}
	for range 4 {
		if a := c.post("/auth/magic-link/code", object{"code": wrong}); a.status != http.StatusUnprocessableEntity || a.code() != "auth.code_wrong" {
			t.Errorf("a wrong code: %d %s", a.status, a.body)
		}
	}
	c.post("/auth/magic-link/code", object{"code": second.code[:3] + " " + second.code[3:]}).want(t, http.StatusOK)
	if c.me(t) != ada {
		t.Error("somebody else is logged in")
	}

	// Of both mails, neither the database nor the log holds anything that opens an account.
	eventually(t, "the mails are noted as sent", func() bool {
		return count(t, db, "SELECT count(*) FROM email_queue WHERE template = 'magic_link' AND status = 'sent' AND NOT data ? 'sealed'") == 2
	})
	for _, secret := range []string{l.token, second.token, "\"" + l.code + "\"", "\"" + second.code + "\""} {
		for _, table := range []string{"email_queue", "magic_links", "audit_log", "login_attempts", "sessions"} {
			if n := count(t, db, fmt.Sprintf("SELECT count(*) FROM %s x WHERE position($1 IN x::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN x::text) > 0", table), secret); n > 0 {
				t.Errorf("%s holds a secret of a mail", table)
			}
		}
		if strings.Contains(s.logged(), secret) {
			t.Error("the log holds a secret of a mail")
		}
	}
	if a := c.post("/auth/magic-link", ask); a.status != http.StatusAccepted {
		t.Errorf("a third: %d %s", a.status, a.body)
	}
	if a := newClient(t, s).post("/auth/magic-link", ask); a.status != http.StatusTooManyRequests || a.code() != "auth.too_many_links" || a.header.Get("Retry-After") == "" {
		t.Errorf("a fourth: %d %s %s", a.status, a.body, a.header.Get("Retry-After"))
	}
}

func TestARegistrationOverHTTP(t *testing.T) {
	t.Parallel()
	s, db, box, admin := posted(t, "ACKIFY_REGISTRATION=example.com")
	c := newClient(t, s)
	form := object{"email": "Zoe@example.com", "name": "Zoë", "password": testPassword, "redirectTo": "/d/policy", "locale": "fr"}
	first := c.post("/auth/register", form).want(t, http.StatusAccepted)
	l := box.next(t)
	if l.to != "zoe@example.com" || l.token == "" {
		t.Fatalf("%+v", l)
	}
	if a := c.post("/auth/login", object{"email": "zoe@example.com", "password": testPassword}); a.code() != "auth.email_unconfirmed" {
		t.Errorf("before: %d %s", a.status, a.body)
	}
	if a := c.post("/auth/confirm", object{"token": l.token, "password": "not the password"}); a.code() != "auth.invalid_credentials" {
		t.Errorf("with another password: %d %s", a.status, a.body)
	}
	var in struct {
		User       me
		RedirectTo string
	}
	c.post("/auth/confirm", object{"token": l.token, "password": testPassword}).want(t, http.StatusOK).into(t, &in)
	if in.User.Name != "Zoë" || in.User.Role != "signer" || in.User.Locale != "fr" || in.RedirectTo != "/d/policy" || c.me(t) != in.User {
		t.Errorf("%+v", in)
	}
	again := newClient(t, s).post("/auth/register", form).want(t, http.StatusAccepted)
	if len(again.body) != len(first.body) {
		t.Errorf("%s for a known address, %s for a new one", again.body, first.body)
	}
	if l := box.next(t); l.to != "zoe@example.com" || l.token != "" || !strings.Contains(l.body, s.base+"/reset") {
		t.Errorf("%+v", l)
	}
	for name, bad := range map[string]struct {
		change object
		code   string
	}{
		"another domain": {object{"email": "x@example.org"}, "auth.registration_closed"}, "a short password": {object{"password": "short"}, "password.too_short"},
		"no name": {object{"name": " "}, "name.invalid"}, "no address": {object{"email": "x"}, "email.no_at"},
	} {
		body := object{"email": "new@example.com", "name": "N", "password": testPassword}
		for k, v := range bad.change {
			body[k] = v
		}
		if a := c.post("/auth/register", body); a.code() != bad.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}

	// Forgotten, set anew: everything else ends.
	phone := newClient(t, s)
	phone.logIn(t, "zoe@example.com")
	app := newClient(t, s).grant(t, "zoe@example.com")
	newClient(t, s).post("/auth/forgot", object{"email": "zoe@example.com", "redirectTo": "/d/policy"}).want(t, http.StatusAccepted)
	reset := box.next(t)
	fresh := newClient(t, s)
	for range 2 {
		fresh.post("/auth/reset", object{"token": reset.token, "password": "short"}).want(t, http.StatusUnprocessableEntity)
	}
	fresh.post("/auth/reset", object{"token": reset.token, "password": "another long password"}).want(t, http.StatusOK)
	fresh.get("/users/me").want(t, http.StatusOK)
	for _, out := range []*client{c, phone} {
		out.get("/users/me").want(t, http.StatusUnauthorized)
	}
	newClient(t, s).call(operation{method: "GET", path: "/api/v1/users/me"}, app.AccessToken).want(t, http.StatusUnauthorized)
	if a := fresh.post("/auth/reset", object{"token": reset.token, "password": "yet another password"}); a.status != http.StatusGone {
		t.Errorf("twice: %d %s", a.status, a.body)
	}
	c.post("/auth/login", object{"email": "zoe@example.com", "password": testPassword}).want(t, http.StatusUnauthorized)

	// An administrator's reset goes by mail, and the invitation too.
	var over struct {
		Sent bool
		URL  string
	}
	admin.post("/users/"+in.User.ID+"/password-reset", nil).want(t, http.StatusOK).into(t, &over)
	if l := box.next(t); !over.Sent || over.URL != "" || l.to != "zoe@example.com" || l.token == "" {
		t.Errorf("%+v %+v", over, l)
	}
	admin.post("/invitations", object{"email": "new@example.com", "role": "author"}).want(t, http.StatusCreated).into(t, &over)
	invitation := box.next(t)
	if !over.Sent || over.URL != "" || invitation.to != "new@example.com" || !strings.Contains(invitation.body, s.base+"/invite/") {
		t.Errorf("%+v %+v", over, invitation)
	}
	for action, n := range map[string]int{"link.sent": 1, "link.handed_over": 0, "account.verified": 1, "account.created": 1, "account.password_changed": 1} {
		if got := count(t, db, "SELECT count(*) FROM audit_log WHERE action = $1 AND subject_label = 'zoe@example.com'", action); got != n {
			t.Errorf("%s: %d lines in the trail, want %d", action, got, n)
		}
	}
	admin.change(http.MethodPatch, "/users/"+in.User.ID, object{"isActive": false}).want(t, http.StatusOK)
	if a := admin.post("/users/"+in.User.ID+"/password-reset", nil); a.status != http.StatusConflict || a.code() != "user.inactive" {
		t.Errorf("of somebody deactivated: %d %s", a.status, a.body)
	}
}

func TestWithoutMailLinksAreHandedOver(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, append(withDatabase(t, db), "ACKIFY_REGISTRATION=*")...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	zoe := loggedIn(t, s, "zoe@example.com", "signer")
	nobody := newClient(t, s)
	for path, code := range map[string]string{"/auth/magic-link": "auth.method_unavailable", "/auth/forgot": "auth.method_unavailable", "/auth/register": "auth.registration_closed"} {
		body := object{"email": "zoe@example.com"}
		if path == "/auth/register" {
			body["name"], body["password"] = "X", testPassword
		}
		if a := nobody.post(path, body); a.code() != code {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	var over struct {
		Sent bool
		URL  string
	}
	admin.post("/users/"+zoe.me(t).ID+"/password-reset", nil).want(t, http.StatusOK).into(t, &over)
	found := linkOf.FindStringSubmatch(over.URL)
	if over.Sent || found == nil {
		t.Fatalf("%+v", over)
	}
	zoe.get("/users/me").want(t, http.StatusOK) // the old password works until then
	nobody.post("/auth/reset", object{"token": found[1], "password": "another long password"}).want(t, http.StatusOK)
	zoe.get("/users/me").want(t, http.StatusUnauthorized)

	over.URL = ""
	admin.post("/invitations", object{"email": "new@example.com", "role": "author"}).want(t, http.StatusCreated).into(t, &over)
	_, token, _ := strings.Cut(over.URL, "/invite/")
	invited := newClient(t, s)
	accept := object{"token": token, "name": "New", "password": testPassword}
	invited.post("/invitations/accept", accept).want(t, http.StatusCreated)
	if got := invited.me(t); got.Role != "author" || got.Email != "new@example.com" {
		t.Errorf("%+v", got)
	}
	if a := newClient(t, s).post("/invitations/accept", accept); a.status != http.StatusGone || a.code() != "invitation.token_invalid" {
		t.Errorf("twice: %d %s", a.status, a.body)
	}
	if n := count(t, db, "SELECT count(*) FROM audit_log WHERE action = 'link.handed_over' AND actor_email = 'admin@example.com'"); n != 2 {
		t.Errorf("%d lines in the trail", n)
	}
	if n := count(t, db, "SELECT count(*) FROM email_queue"); n != 0 {
		t.Errorf("%d mails in the queue", n)
	}
	if strings.Contains(s.logged(), found[1]) || strings.Contains(s.logged(), token) {
		t.Error("a link is in the log")
	}
}

func TestALogInFromASecondDeviceIsTold(t *testing.T) {
	t.Parallel()
	s, db, box, _ := posted(t)
	loggedIn(t, s, "zoe@example.com", "signer") // the first, and not told
	again := newClient(t, s)
	again.logIn(t, "zoe@example.com")
	phone := newClient(t, s)
	phone.http.Transport = signed{"Mozilla/5.0 (iPhone) Safari/1", ""}
	phone.logIn(t, "zoe@example.com")
	l := box.next(t)
	if l.to != "zoe@example.com" || !strings.Contains(l.body, "Safari, iPhone") || !strings.Contains(l.body, "127.0.0.1") {
		t.Errorf("%+v", l)
	}
	if n := count(t, db, "SELECT count(*) FROM email_queue"); n != 1 {
		t.Errorf("%d mails", n)
	}
}
