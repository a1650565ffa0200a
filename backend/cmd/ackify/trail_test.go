package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

type auditEvent struct {
	ID                                     int64
	At                                     time.Time
	Action, ActorKind, ActorID, ActorEmail string
	SubjectType, SubjectID, SubjectLabel   string
	Detail                                 map[string]string
	IPAddress, UserAgent                   string
	RequestID                              string
}

// trail is every event that a query finds, the oldest first.
func (c *client) trail(t testing.TB, query string) (all []auditEvent) {
	t.Helper()
	var page struct {
		Items      []auditEvent
		NextCursor string
	}
	for cursor := ""; ; cursor = "&cursor=" + page.NextCursor {
		page.NextCursor, page.Items = "", nil
		c.get("/audit?limit=7&"+query+cursor).want(t, http.StatusOK).into(t, &page)
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			slices.Reverse(all)
			return all
		}
	}
}

func TestTheTrailSaysWhoDidWhatFromWhere(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	db := dbtest.New(t)
	s := serveIt(t, append(append(withDatabase(t, db), "ACKIFY_MIGRATE_DSN="+db.Migrate), p.env("acme", "TRUST_EMAIL=true")...)...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	adminID := admin.me(t).ID
	ada := visitor(t, s)
	ada.enter(t, "acme", "")
	id := ada.me(t).ID
	did := func(action, actor, kind, subject string) auditEvent {
		t.Helper()
		all := admin.trail(t, "action="+action)
		if len(all) == 0 {
			t.Errorf("%s: not in the trail", action)
			return auditEvent{}
		}
		e := all[len(all)-1]
		if e.Action != action || e.ActorEmail != actor || e.SubjectLabel != subject || e.ActorKind != kind || kind != "command" && (e.IPAddress != "127.0.0.1" || e.UserAgent != "Go-http-client/1.1" || e.RequestID == "") {
			t.Errorf("%s: %+v", action, e)
		}
		return e
	}
	const a, boss = "ada@example.com", "admin@example.com"
	if e := did("login.succeeded", a, "user", ""); e.Detail["method"] != "acme" || e.ActorID != id {
		t.Errorf("%+v", e)
	}
	did("account.created", a, "user", a)
	ada.change(http.MethodPatch, "/users/me", object{"name": "Ada King"}).want(t, http.StatusOK)
	did("account.profile_changed", a, "user", a)
	token, tokenID := ada.apiToken(t, "documents:read")
	if e := did("token.created", a, "user", "t"); e.SubjectID != tokenID || e.Detail["scopes"] != "documents:read" || e.SubjectType != "token" {
		t.Errorf("%+v", e)
	}
	ada.change(http.MethodDelete, "/users/me/tokens/"+tokenID, nil).want(t, http.StatusNoContent)
	did("token.revoked", a, "user", "t")
	ada.change(http.MethodDelete, "/users/me/sessions", nil).want(t, http.StatusNoContent)
	if e := did("session.ended", a, "user", ""); e.Detail["which"] != "others" {
		t.Errorf("%+v", e)
	}
	ada.post("/auth/logout", nil).want(t, http.StatusOK)
	if e := did("session.ended", a, "user", ""); e.Detail["which"] != "this" {
		t.Errorf("%+v", e)
	}
	ada.post("/auth/login", object{"email": "ADA@example.com", "password": "wrong"}).want(t, http.StatusUnauthorized)
	if e := did("login.failed", "", "nobody", a); e.Detail["code"] != "auth.invalid_credentials" || e.Detail["method"] != "password" {
		t.Errorf("%+v", e)
	}
	ada.post("/auth/login", object{"email": "nobody@example.com", "password": "wrong"}).want(t, http.StatusUnauthorized)
	did("login.failed", "", "nobody", "nobody@example.com")
	p.with(func() { p.person["email_verified"], p.person["sub"] = false, "other" })
	visitor(t, s).enter(t, "acme", "auth.email_unverified")
	if e := did("login.failed", "", "nobody", a); e.Detail["code"] != "auth.email_unverified" || e.Detail["method"] != "acme" {
		t.Errorf("%+v", e)
	}

	admin.change(http.MethodPatch, "/users/"+id, object{"role": "author"}).want(t, http.StatusOK)
	if e := did("account.role_changed", boss, "user", a); e.Detail["from"] != "signer" || e.Detail["to"] != "author" || e.SubjectID != id || e.ActorID != adminID {
		t.Errorf("%+v", e)
	}
	admin.post("/users/"+id+"/password-reset", nil).want(t, http.StatusOK)
	if e := did("link.handed_over", boss, "user", a); e.Detail["for"] != "password reset" {
		t.Errorf("%+v", e)
	}
	admin.change(http.MethodPatch, "/users/"+id, object{"isActive": false}).want(t, http.StatusOK)
	did("account.deactivated", boss, "user", a)
	before := len(admin.trail(t, ""))
	admin.change(http.MethodPatch, "/users/"+id, object{"isActive": false, "role": "author"}).want(t, http.StatusOK)
	if after := len(admin.trail(t, "")); after != before {
		t.Error("what changes nothing is in the trail")
	}
	admin.change(http.MethodPatch, "/users/"+id, object{"isActive": true}).want(t, http.StatusOK)
	did("account.reactivated", boss, "user", a)
	var invited struct{ ID, URL string }
	admin.post("/invitations", object{"email": "new@example.com", "role": "auditor"}).want(t, http.StatusCreated).into(t, &invited)
	if e := did("invitation.created", boss, "user", "new@example.com"); e.Detail["role"] != "auditor" {
		t.Errorf("%+v", e)
	}
	if e := did("link.handed_over", boss, "user", "new@example.com"); e.Detail["for"] != "invitation" {
		t.Errorf("%+v", e)
	}
	admin.change(http.MethodDelete, "/invitations/"+invited.ID, nil).want(t, http.StatusNoContent)
	did("invitation.withdrawn", boss, "user", "new@example.com")
	admin.post("/erasure-requests", object{"email": a, "reason": "asked"}).want(t, http.StatusCreated)
	e := did("erasure.requested", boss, "user", a)
	admin.change(http.MethodDelete, "/erasure-requests/"+e.SubjectID, nil).want(t, http.StatusNoContent)
	all := admin.trail(t, "action=erasure.withdrawn")
	if len(all) != 1 || all[0].SubjectID != e.SubjectID {
		t.Errorf("%+v", all)
	}
	admin.document(t, "doc-1")
	did("document.created", boss, "user", "Title")
	admin.post("/ledger/checks", nil).want(t, http.StatusAccepted)
	all = admin.trail(t, "action=ledger.check_started")
	if len(all) != 1 || all[0].ActorEmail != boss {
		t.Errorf("%+v", all)
	}
	admin.post("/users/me/password", object{"currentPassword": testPassword, "newPassword": "another long password"}).want(t, http.StatusNoContent)
	did("account.password_changed", boss, "user", boss)
	if _, errs, status := execute(t, s.env, testPassword+"\n", "user", "reset-password", "--email", boss, "--password-stdin"); status != 0 {
		t.Fatal(errs)
	}
	admin.logIn(t, boss)
	did("account.password_changed", "", "command", boss)
	scripted, _ := admin.apiToken(t, "admin")
	byToken := func(path string, body object) answer {
		return newClient(t, s).send(http.MethodPost, "/api/v1"+path, body, "Authorization", "Bearer "+scripted)
	}
	byToken("/erasure-requests", object{"email": a, "reason": "asked for it"}).want(t, http.StatusCreated)
	did("erasure.requested", boss, "token", a)
	// Without a mail server a token would get the links itself, and with them become somebody who signs.
	byToken("/invitations", object{"email": "by@example.com"}).want(t, http.StatusForbidden)
	var me struct{ ID string }
	admin.get("/users/me").want(t, http.StatusOK).into(t, &me)
	byToken("/users/"+me.ID+"/password-reset", object{}).want(t, http.StatusForbidden)

	for _, e := range admin.trail(t, "") {
		for _, secret := range append(p.secrets(), token, scripted, testPassword, invited.URL[strings.LastIndex(invited.URL, "/")+1:]) {
			if strings.Contains(fmt.Sprint(e), secret) {
				t.Errorf("a secret is in the trail: %+v", e)
			}
		}
	}
}

func TestTheTrailIsSearchedAndExported(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	auditor := loggedIn(t, s, "auditor@example.com", "auditor")
	conn, err := pgx.Connect(t.Context(), db.App)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	if _, err := conn.Exec(t.Context(), `INSERT INTO audit_log (at, action, actor_kind, subject_type, subject_label, user_agent, detail, ip_address)
		SELECT timestamptz '2020-01-01' + n * interval '1 hour', CASE WHEN n % 2 = 0 THEN 'login.succeeded' ELSE 'login_other.x' END, 'nobody', 'user', 'p' || n || '@example.org',
			(ARRAY['=1+1', '+1', '-1', '@x', E'\tx', E'\rx', E'a\n"b",c', 'é'])[1 + n % 8], '{"k": "v"}', '198.51.100.7' FROM generate_series(0, 249) n`); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		"q=p17%40example.org": 1, "q=%40example.org": 250, "q=198.51.100": 250, "q=%25": 0, "q=_": 0, "action=login_other.x": 125, "action=login_other": 125, "action=login_other.": 125,
		"action=login&q=example.org": 125, "action=log": 0, "from=2020-01-02T00:00:00Z&to=2020-01-03T00:00:00Z": 24, "from=2020-01-02T00:00:00.000Z&to=2020-01-02T01:00:00%2B01:00": 0,
		"from=2020-01-02T00:00:00%2B01:00&to=2020-01-02T00:00:00.000001Z": 2, "to=2020-01-01T00:00:00Z": 0,
	} {
		if got := auditor.trail(t, query); len(got) != want {
			t.Errorf("%s finds %d, want %d", query, len(got), want)
		} else if !slices.IsSortedFunc(got, func(a, b auditEvent) int { return int(a.ID - b.ID) }) {
			t.Errorf("%s is not sorted", query)
		}
	}
	for _, bad := range []string{"action=A", "from=yesterday", "cursor=!", "limit=0", "action=" + strings.Repeat("a", 65)} {
		if a := auditor.get("/audit?" + bad); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
	a := auditor.get("/audit.csv?q="+url.QueryEscape("@example.org")).want(t, http.StatusOK)
	content, marked := bytes.CutPrefix(a.body, []byte("\ufeff"))
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || !marked || len(rows) != 251 || a.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(a.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d rows, %v, %v", len(rows), a.header, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
				t.Errorf("a spreadsheet takes %q for a formula", cell)
			}
		}
	}
	if empty := auditor.get("/audit.csv?q=nothing-is-called-so").want(t, http.StatusOK); bytes.Count(empty.body, []byte("\n")) != 1 {
		t.Errorf("%q", empty.body)
	}
}

func TestTheTrailOnlyGrows(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	loggedIn(t, s, "zoe@example.com", "signer")
	for who, dsn := range map[string]string{"the application": db.App, "the migrator": db.Migrate, "the owner": db.Owner} {
		for _, statement := range []string{
			"UPDATE audit_log SET action = 'x'", "UPDATE audit_log SET at = now()", "UPDATE audit_log SET actor_email = 'x@example.com'", "UPDATE audit_log SET detail = '{\"a\": \"b\"}'",
			"UPDATE audit_log SET actor_id = NULL", "UPDATE audit_log SET ip_address = '192.0.2.1'", "UPDATE audit_log SET subject_id = 'x'", "UPDATE audit_log SET user_agent = 'x'",
			"DELETE FROM audit_log", "TRUNCATE audit_log", "TRUNCATE audit_log CASCADE", "INSERT INTO audit_log (id, at, action, actor_kind) VALUES (1, now(), 'x', 'user')",
			"SET session_replication_role = replica; DELETE FROM audit_log", "SET session_replication_role = replica; TRUNCATE audit_log",
		} {
			conn, err := pgx.Connect(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			_, err = conn.Exec(t.Context(), "BEGIN; "+statement+"; COMMIT")
			if err == nil {
				t.Errorf("%s may: %s", who, statement)
			}
			_ = conn.Close(t.Context())
		}
	}
}

func TestAnErasureLeavesNothingThatNamesThePerson(t *testing.T) {
	t.Parallel()
	p := openProvider(t)
	box, mail := openInbox(t)
	db := dbtest.New(t)
	env := append(append(withDatabase(t, db), mail...), "ACKIFY_MIGRATE_DSN="+db.Migrate, "ACKIFY_TRUSTED_PROXIES=127.0.0.0/8")
	s := serveIt(t, append(env, p.env("acme", "TRUST_EMAIL=true")...)...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	admin.post("/invitations", object{"email": "zoe@example.com", "name": "Zoe Zorn"}).want(t, http.StatusCreated)
	<-box.mails
	p.is("zoe", "zoe@example.com", "Zoe Zorn")
	zoe := visitor(t, s)
	zoe.http.Transport = signed{"Zoe-Browser/1", "203.0.113.77"}
	zoe.enter(t, "acme", "")
	id := zoe.me(t).ID
	admin.document(t, "doc-1")
	zoe.sign("doc-1")
	zoe.apiToken(t, "documents:read")
	zoe.post("/auth/forgot", object{"email": "zoe@example.com"}).want(t, http.StatusAccepted)
	<-box.mails
	zoe.post("/auth/magic-link", object{"email": "zoe@example.com"}).want(t, http.StatusAccepted)
	<-box.mails
	zoe.post("/auth/login", object{"email": "zoe@example.com", "password": "wrong"}).want(t, http.StatusUnauthorized)
	zoe.change(http.MethodPatch, "/users/me", object{"name": "Zoe Zorn-Zimmer"}).want(t, http.StatusOK)
	admin.change(http.MethodPatch, "/users/"+id, object{"role": "author"}).want(t, http.StatusOK)
	says(t, s.run(t, 0, "user", "erase", "--email", "zoe@example.com", "--reason", "asked", "--yes"), "is erased")

	owner := db.AsOwner(t).Pool
	rows, err := owner.Query(t.Context(), "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 25 {
		t.Fatal(tables, err)
	}
	for _, table := range tables {
		for _, trace := range []string{"zoe", "203.0.113.77"} {
			var left string
			if err := owner.QueryRow(t.Context(), fmt.Sprintf("SELECT coalesce(string_agg(x::text, E'\\n'), '') FROM %s x WHERE x::text ILIKE '%%%s%%'", table, trace)).Scan(&left); err != nil || left != "" {
				t.Errorf("%s still holds %s: %s %v", table, trace, left, err)
			}
		}
	}
	for _, table := range []string{"sessions", "oauth_sessions", "identities", "magic_links", "known_devices", "refresh_tokens", "api_tokens"} {
		column := map[string]string{"oauth_sessions": "user_sub"}[table]
		if column == "" {
			column = "user_id"
		}
		var left int
		if err := owner.QueryRow(t.Context(), fmt.Sprintf("SELECT count(*) FROM %s WHERE %s::text = $1", table, column), id).Scan(&left); err != nil || left > 0 {
			t.Errorf("%s: %d rows, %v", table, left, err)
		}
	}
	for _, e := range admin.trail(t, "") {
		if e.ActorID == id && (e.ActorEmail != "erased" || len(e.Detail) > 0 || e.IPAddress+e.UserAgent != "") || e.SubjectType == "user" && e.SubjectID == id && (e.SubjectLabel != "erased" || len(e.Detail) > 0) {
			t.Errorf("%+v", e)
		}
		if e.ActorEmail == "admin@example.com" && e.IPAddress == "" {
			t.Errorf("of somebody else: %+v", e)
		}
	}

	// Whoever never got in is in the trail too.
	stranger := visitor(t, s)
	stranger.http.Transport = signed{"Xaver/1", "203.0.113.99"}
	stranger.post("/auth/login", object{"email": "xaver@example.com", "password": "wrong"}).want(t, http.StatusUnauthorized)
	admin.post("/erasure-requests", object{"email": "xaver@example.com", "reason": "asked"}).want(t, http.StatusCreated)
	says(t, s.run(t, 0, "user", "erase", "--email", "xaver@example.com", "--yes"), "is erased")
	for _, e := range admin.trail(t, "") {
		if strings.Contains(fmt.Sprint(e), "xaver") || strings.Contains(fmt.Sprint(e), "Xaver") || e.IPAddress == "203.0.113.99" {
			t.Errorf("%+v", e)
		}
	}
}

// signed is a browser of a name, behind a proxy that says where it is.
type signed struct{ agent, address string }

func (s signed) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", s.agent)
	r.Header.Set("X-Forwarded-For", s.address)
	return http.DefaultTransport.RoundTrip(r)
}
