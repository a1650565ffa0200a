package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The whole story on the embedded database: set-up link, document, invitation, acknowledgement, receipt, restart.
func TestStory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serveIt(t, "ACKIFY_DATA_DIR="+dir)
	admin := newClient(t, s)
	token := <-s.setup
	profile := object{"token": token, "email": "Ada@Example.com", "name": "Ada", "password": testPassword}
	var user struct{ Email, Role string }
	admin.post("/setup", profile).want(t, http.StatusCreated).into(t, &user)
	if user.Email != "ada@example.com" || user.Role != "admin" {
		t.Errorf("set up: %+v", user)
	}
	if again := newClient(t, s).post("/setup", profile); again.status != http.StatusConflict || again.code() != "setup.already_done" {
		t.Errorf("set-up link again: %d %s", again.status, again.body)
	}

	d := admin.document(t, "HTTPS://Docs.Example.com:443/policy.pdf?utm_source=mail&v=1#top")
	if d.Reference != "https://docs.example.com/policy.pdf?v=1" {
		t.Errorf("reference %q", d.Reference)
	}
	var invitation struct{ URL string }
	admin.post("/invitations", object{"email": "bob@example.com"}).want(t, http.StatusCreated).into(t, &invitation)
	link, isLink := strings.CutPrefix(invitation.URL, s.base+"/invite/")
	if !isLink {
		t.Fatalf("invitation link %q", invitation.URL)
	}
	bob := newClient(t, s)
	var preview struct{ Email string }
	bob.post("/invitations/lookup", object{"token": link}).want(t, http.StatusOK).into(t, &preview)
	if preview.Email != "bob@example.com" {
		t.Errorf("invitation for %q", preview.Email)
	}
	accept := object{"token": link, "name": "Bob", "password": testPassword, "locale": "fr"}
	bob.post("/invitations/accept", accept).want(t, http.StatusCreated)
	if again := newClient(t, s).post("/invitations/accept", accept); again.status != http.StatusGone || again.code() != "invitation.token_invalid" {
		t.Errorf("invitation again: %d %s", again.status, again.body)
	}

	var found struct{ Items []struct{ DocID string } }
	bob.get("/documents?reference=https%3A%2F%2Fdocs.example.com%2Fpolicy.pdf%3Fv%3D1%26fbclid%3Dx").want(t, http.StatusOK).into(t, &found)
	if len(found.Items) != 1 || found.Items[0].DocID != d.DocID {
		t.Fatalf("found %+v", found)
	}
	signed, created := bob.sign(d.DocID)
	created.want(t, http.StatusCreated)
	_, again := bob.sign(d.DocID)
	if again.want(t, http.StatusOK); !bytes.Equal(again.body, created.body) {
		t.Errorf("signing again answers\n%s instead of\n%s", again.body, created.body)
	}
	receipt := bob.receipt(t, signed)
	keys := bob.send(http.MethodGet, "/ledger/keys", nil).want(t, http.StatusOK).body

	proves := func(receipt, keys []byte) (string, string, int) {
		t.Helper()
		files := t.TempDir()
		for name, content := range map[string][]byte{"r.tlog-proof": receipt, "keys.json": keys} {
			if err := os.WriteFile(filepath.Join(files, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return execute(t, nil, "", "verify", "receipt", filepath.Join(files, "r.tlog-proof"), "--keys", filepath.Join(files, "keys.json"))
	}
	out, errs, status := proves(receipt, keys)
	if status != 0 || !strings.Contains(out, "bob@example.com") || !strings.Contains(out, "Je certifie avoir lu et compris ce document.") ||
		!strings.Contains(out, "https://docs.example.com/policy.pdf?v=1") || !strings.Contains(out, "Not proven") {
		t.Errorf("verify: %d\n%s%s", status, out, errs)
	}
	if out, errs, status := proves(bytes.Replace(receipt, []byte("index 1"), []byte("index 0"), 1), keys); status != 1 || !strings.Contains(errs, "DISPROVEN") {
		t.Errorf("a forged receipt: %d\n%s%s", status, out, errs)
	}

	s.stop(t)
	key := filepath.Join(dir, "signing.key")
	if err := os.Rename(key, key+".lost"); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := execute(t, s.env, "", "serve"); status != 1 || !strings.Contains(errs, "put the backup of it back") {
		t.Errorf("without its key: %d %s", status, errs)
	}
	if err := os.Rename(key+".lost", key); err != nil {
		t.Fatal(err)
	}
	s.start(t)
	bob.get("/users/me").want(t, http.StatusOK)
	if after := bob.receipt(t, signed); !bytes.Equal(after, receipt) {
		t.Error("after a restart the receipt is another")
	}
	if after := bob.send(http.MethodGet, "/ledger/keys", nil).want(t, http.StatusOK).body; !bytes.Equal(after, keys) {
		t.Error("after a restart the keys are others")
	}
	select {
	case <-s.setup:
		t.Error("a set-up link is printed although there is an administrator")
	default:
	}
}

func TestOperatorCommandsWorkBesideTheRunningServer(t *testing.T) {
	t.Parallel()
	s := serveIt(t, "ACKIFY_DATA_DIR="+t.TempDir())
	run := func(stdin string, args ...string) string {
		t.Helper()
		out, errs, status := execute(t, s.env, stdin, args...)
		if status != 0 {
			t.Fatalf("%v: %d %s", args, status, errs)
		}
		return out
	}
	run(testPassword+"\n", "user", "create", "--email", "ops@example.com", "--name", "Olga Petrov", "--role", "author", "--password-stdin")
	c := newClient(t, s)
	c.logIn(t, "ops@example.com")
	if out := run("", "user", "list"); !strings.Contains(out, "ops@example.com") || !strings.Contains(out, "author") {
		t.Errorf("user list:\n%s", out)
	}
	run("", "user", "set-role", "--email", "OPS@example.com", "--role", "auditor")
	var me struct{ Role string }
	c.get("/users/me").want(t, http.StatusOK).into(t, &me)
	if me.Role != "auditor" {
		t.Errorf("role %q right after set-role", me.Role)
	}
	run("another long password\n", "user", "reset-password", "--email", "ops@example.com", "--password-stdin")
	c.get("/users/me").want(t, http.StatusUnauthorized)
	c.post("/auth/login", object{"email": "ops@example.com", "password": "another long password"}).want(t, http.StatusOK)
	if out := run("", "health"); strings.TrimSpace(out) != "healthy" {
		t.Errorf("health: %q", out)
	}
	for _, args := range [][]string{{"db", "dsn"}, {"db", "dsn", "--owner"}} {
		if out := run("", args...); !strings.HasPrefix(out, "postgres") {
			t.Errorf("%v: %q", args, out)
		}
	}
	for _, bad := range [][]string{
		{"user", "create", "--email", "nobody", "--name", "N", "--password-stdin"},
		{"user", "create", "--email", "ops@example.com", "--name", "N", "--password-stdin"},
		{"user", "set-role", "--email", "ops@example.com", "--role", "king"},
		{"user", "reset-password", "--email", "none@example.com", "--password-stdin"},
	} {
		if _, errs, status := execute(t, s.env, testPassword+"\n", bad...); status != 1 || errs == "" {
			t.Errorf("%v: %d %q", bad, status, errs)
		}
	}
	if _, errs, status := execute(t, s.env, "", "serve"); status != 1 || errs == "" {
		t.Errorf("a second server on the same address and data: %d %q", status, errs)
	}
}
