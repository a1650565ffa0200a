package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/diagnose"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// run executes a command in the server's environment and wants it to end with a status.
func (s *server) run(t testing.TB, status int, args ...string) string {
	t.Helper()
	out, errs, got := execute(t, s.env, "", args...)
	if got != status {
		t.Fatalf("ackify %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, status, out, errs)
	}
	return out + errs
}

// says wants each of the words in what was printed.
func says(t testing.TB, printed string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(printed, word) {
			t.Errorf("%q is not said:\n%s", word, printed)
		}
	}
}

// keep writes an answer to a file of the test's.
func keep(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (c *client) ledger(t testing.TB, path string) []byte {
	t.Helper()
	return c.send(http.MethodGet, "/ledger/"+path, nil).want(t, http.StatusOK).body
}

// eventually waits for what a worker does every few seconds.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patient); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

type ledgerState struct {
	Status    string
	Reason    string
	Size      int64
	Published struct {
		Size       int64
		SameVolume *bool
	}
	Running, LastCheck, LastFullCheck *struct {
		State  string
		Erased int64
		Code   string
	}
	Keys struct{ Statement []struct{ NotAfter string } }
}

func (c *client) ledgerState(t testing.TB) (state ledgerState) {
	t.Helper()
	c.get("/ledger").want(t, http.StatusOK).into(t, &state)
	return state
}

// An auditor checks the embedded ledger beside the running server, and again when it has stopped.
func TestVerifyLedger(t *testing.T) {
	t.Parallel()
	s := serveIt(t, "ACKIFY_DATA_DIR="+t.TempDir())
	admin := loggedIn(t, s, "ada@example.com", "admin")
	says(t, s.run(t, 0, "verify", "ledger"), "intact", "Entries: 0")
	d := admin.document(t, "policy")
	old := keep(t, "old", admin.ledger(t, "checkpoint"))
	for i := range 3 {
		loggedIn(t, s, fmt.Sprintf("p%d@example.com", i), "signer").sign(d.DocID)
	}
	keys := keep(t, "keys.json", admin.ledger(t, "keys"))
	newer := keep(t, "new", admin.ledger(t, "checkpoint"))
	eventually(t, "the newest checkpoint is published", func() bool { return admin.ledgerState(t).Published.Size == 4 })
	says(t, s.run(t, 0, "verify", "ledger"), "The ledger is intact.", "Entries: 4, checked: 4", "It continues what was published", "Not proven")
	says(t, s.run(t, 0, "verify", "ledger", "--since", "2", "--keys", keys), "from entry 2 on", "checked: 2")
	says(t, s.run(t, 2, "verify", "ledger", "--since", "-1"), "not negative")
	says(t, s.run(t, 2, "verify", "ledger", "--since", "5"), "has 4 entries")
	says(t, s.run(t, 2, "verify", "consistency", old, newer, "--keys", keys, "--ledger", s.base), "is this the address")
	says(t, s.run(t, 2, "verify", "ledger", "--keys", old), "not a keys file")
	foreign := filepath.Join("..", "..", "pkg", "proof", "testdata", "keys.json")
	says(t, s.run(t, 1, "verify", "ledger", "--keys", foreign), "DISPROVEN", "key.origin")

	says(t, s.run(t, 0, "verify", "consistency", old, newer, "--keys", keys), "Proven", "of 4 entries continues that of 1")
	says(t, s.run(t, 1, "verify", "consistency", newer, old, "--keys", keys), "DISPROVEN", "swapped")
	says(t, s.run(t, 1, "verify", "consistency", old, newer, "--keys", foreign), "DISPROVEN")
	says(t, s.run(t, 2, "verify", "consistency", old, newer), "issuer unknown")
	says(t, s.run(t, 2, "verify", "consistency", old, newer, "--keys", keys, "--ledger", "http://127.0.0.1:1/ledger"), "127.0.0.1:1")
	says(t, s.run(t, 2, "verify", "consistency", old), "two files")

	s.stop(t)
	says(t, s.run(t, 0, "verify", "ledger"), "Entries: 4", "continues what was published")
}

// An administrator sees the ledger's state and has it checked.
func TestTheLedgerIsShownAndCheckedOnDemand(t *testing.T) {
	t.Parallel()
	metrics := freeport.Address(t)
	s := serveIt(t, "ACKIFY_DATA_DIR="+t.TempDir(), "ACKIFY_METRICS_ADDR="+metrics)
	admin, auditor, signer := loggedIn(t, s, "ada@example.com", "admin"), loggedIn(t, s, "aud@example.com", "auditor"), loggedIn(t, s, "sig@example.com", "signer")
	d := admin.document(t, "policy")
	signer.sign(d.DocID)
	if got := signer.get("/ledger").status; got != http.StatusForbidden {
		t.Errorf("a signer reads the ledger's state: %d", got)
	}
	if got := auditor.post("/ledger/checks", nil).status; got != http.StatusForbidden {
		t.Errorf("an auditor starts a check: %d", got)
	}
	admin.post("/ledger/checks", nil).want(t, http.StatusAccepted)
	eventually(t, "the check has ended", func() bool { return auditor.ledgerState(t).LastFullCheck != nil })
	eventually(t, "the checkpoint is published", func() bool { return auditor.ledgerState(t).Published.Size == 2 })
	state := auditor.ledgerState(t)
	if state.Status != "ok" || state.Size != 2 || state.LastFullCheck.State != "intact" || len(state.Keys.Statement) != 1 || state.Published.SameVolume == nil {
		t.Errorf("%+v", state)
	}
	var health struct {
		Status string
		Ledger struct {
			Status    string
			Size      int64
			CheckedAt string
		}
	}
	admin.health(t).into(t, &health)
	if health.Status != "healthy" || health.Ledger.Status != "ok" || health.Ledger.Size != 2 || health.Ledger.CheckedAt == "" {
		t.Errorf("%+v", health)
	}
	collected := (&client{base: "http://" + metrics, http: http.DefaultClient}).send(http.MethodGet, "/metrics", nil).want(t, http.StatusOK)
	says(t, string(collected.body), "ackify_up 1", "ackify_ledger_entries 2", "ackify_ledger_consistent 1", "ackify_ledger_intact 1", "ackify_ledger_published_entries 2")
}

func TestTilesAreServed(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	admin := loggedIn(t, s, "ada@example.com", "admin")
	d := admin.document(t, "policy")
	admin.sign(d.DocID)
	anyone := newClient(t, s)
	bundle := anyone.send(http.MethodGet, "/ledger/tile/entries/000.p/2", nil).want(t, http.StatusOK)
	if len(bundle.body) != 2*(2+proof.LeafSize) || bundle.header.Get("Cache-Control") != "public, max-age=3600" {
		t.Errorf("%d bytes, %v", len(bundle.body), bundle.header)
	}
	for path, status := range map[string]int{
		"tile/0/000.p/1": 200, "tile/0/000.p/2": 200, "tile/0/000.p/3": 404, "tile/0/000": 404, "tile/1/000.p/1": 404, "tile/0/000.p/0": 404,
		"tile/0/000.p/256": 404, "tile/0/0": 404, "tile/0/00000": 404, "tile/00/000.p/1": 404, "tile/8/000.p/1": 404, "tile/64/000.p/1": 404,
		"tile/-1/000.p/1": 404, "tile/data/000.p/1": 404, "tile/entries/000.p/1": 200, "tile/entries/001": 404, "tile/0/x000/000.p/1": 404,
		"tile/0/x999/x999/x999/x999/x999/999": 404, "tile/": 404, "tile/0": 404, "tile/0/000.p/1/": 404, "tile/entries/000.p/02": 404,
		"tile/0/000.p/1?x=1": 200,
	} {
		a := anyone.send(http.MethodGet, "/ledger/"+path, nil)
		if a.status != status || status == 404 && a.code() != "ledger.no_tile" {
			t.Errorf("%s: %d %s, want %d", path, a.status, a.body, status)
		}
	}

	hidden := serveIt(t, append(withDatabase(t, db), "ACKIFY_LEDGER_PUBLIC=false")...)
	auditor, signer, stranger := loggedIn(t, hidden, "aud@example.com", "auditor"), loggedIn(t, hidden, "sig@example.com", "signer"), newClient(t, hidden)
	for _, path := range []string{"checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"} {
		for who, c := range map[int]*client{200: auditor, 403: signer, 401: stranger} {
			if a := c.send(http.MethodGet, "/ledger/"+path, nil); a.status != who {
				t.Errorf("%s: %d, want %d", path, a.status, who)
			}
		}
	}
	stranger.ledger(t, "keys")
}

// A tool that nobody here wrote reads the published ledger and agrees with it, full tiles and partial ones.
func TestOthersToolsAgree(t *testing.T) {
	t.Parallel()
	fsck, err := filepath.Abs(filepath.Join("..", "..", "bin", "tools", "fsck"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(fsck); err != nil {
		t.Fatalf("Tessera's fsck is missing; `make test` builds it: %v", err)
	}
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	author := loggedIn(t, s, "ada@example.com", "author")
	author.document(t, "policy")
	old := keep(t, "old", author.ledger(t, "checkpoint"))
	store := postgres.Ledger{DB: db.DB(t)}
	keys, err := proof.ParseSecret(testSigningKey)
	if err != nil {
		t.Fatal(err)
	}
	set, err := store.KeySet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	once := ledger.Once{Keys: keys, Origin: set.Origin, Clock: time.Now}
	for _, count := range []int{254, 1, 1, 300, 17} { // the edges of a tile, and more than one
		var drafts []domain.Draft
		for i := range count {
			asked := domain.Expectation{DocID: "policy", Email: domain.Email(fmt.Sprintf("p%d@example.com", i)), By: "ada"}
			drafts = append(drafts, asked.UnexpectedDraft()) // nobody is asked, so no row is missed
		}
		if _, err := store.AppendInTurn(t.Context(), nil, func(tail ledger.Tail) (ledger.Batch, error) { return once.Build(tail, drafts...) }); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(fsck, "--storage_url="+s.base+"/ledger/", "--public_key="+keep(t, "vkey", []byte(set.Ledger[0].Vkey)), "--ui=false", "-N=4")
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("Successfully fsck'd")) {
			t.Fatalf("%d more entries: %v\n%s", count, err, out)
		}
	}
	newer, pinned := keep(t, "new", author.ledger(t, "checkpoint")), keep(t, "keys.json", author.ledger(t, "keys"))
	says(t, s.run(t, 0, "verify", "consistency", old, newer, "--keys", pinned), "of 574 entries continues that of 1")
	says(t, s.run(t, 0, "verify", "ledger"), "Entries: 574")
}

// An operator rotates the key: nothing old stops verifying, nothing new is signed with the old key.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serveIt(t, "ACKIFY_DATA_DIR="+dir)
	author := loggedIn(t, s, "ada@example.com", "author")
	d := author.document(t, "policy")
	signed, _ := author.sign(d.DocID)
	receipt := author.receipt(t, signed)
	secret := keep(t, "new.key", []byte(s.run(t, 0, "keygen")))
	says(t, s.run(t, 1, "keys", "rotate", "--new-key-file", keep(t, "bad", []byte("x"))), "signing key")
	says(t, s.run(t, 0, "keys", "rotate", "--new-key-file", secret), "has new keys", "Restart")
	late := loggedIn(t, s, "late@example.com", "signer")
	if _, refused := late.sign(d.DocID); refused.status != http.StatusServiceUnavailable || refused.code() != "ledger.key_retired" {
		t.Errorf("before the restart: %d %s", refused.status, refused.body)
	}
	var health struct{ Status, Reason string }
	if late.health(t).into(t, &health); health.Status != "degraded" || !strings.Contains(health.Reason, "rotated") {
		t.Errorf("health before the restart: %+v", health)
	}
	late.ready(t, "/readyz", http.StatusServiceUnavailable, "ledger.key_retired")
	if _, err := os.Stat(filepath.Join(dir, "signing.key.next")); err == nil {
		t.Error("a secret is left over")
	}
	s.stop(t)
	s.start(t)
	after, created := late.sign(d.DocID)
	created.want(t, http.StatusCreated)
	keys := keep(t, "keys.json", late.ledger(t, "keys"))
	for _, r := range [][]byte{receipt, late.receipt(t, after)} {
		says(t, s.run(t, 0, "verify", "receipt", keep(t, "r", r), "--keys", keys), "Proven")
	}
	if again := author.receipt(t, signed); !bytes.Equal(again, receipt) {
		t.Error("the old receipt has changed")
	}
	says(t, s.run(t, 0, "verify", "ledger"), "The ledger is intact.", "Entries: 5")
	says(t, s.run(t, 1, "keys", "rotate", "--new-key-file", secret), "is the current one")
	if _, err := os.Stat(filepath.Join(dir, "signing.key.next")); err == nil {
		t.Error("a secret is left over by a rotation that was refused")
	}
	if kept, err := filepath.Glob(filepath.Join(dir, "signing.key.retired-*")); err != nil || len(kept) != 1 {
		t.Errorf("the old secret is kept as %v, %v", kept, err)
	}
	says(t, s.run(t, 1, "keys", "rotate", "--new-key-file", filepath.Join(dir, "cookie.key")), "cookie secret")
	// Cut off between the commit and the last step: the command finishes it, and loses nothing.
	key, next := filepath.Join(dir, "signing.key"), filepath.Join(dir, "signing.key.next")
	if err := os.Rename(key, next); err != nil {
		t.Fatal(err)
	}
	old, err := filepath.Glob(filepath.Join(dir, "signing.key.retired-*"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(old[0], key); err != nil {
		t.Fatal(err)
	}
	fresh := keep(t, "fresh.key", []byte(s.run(t, 0, "keygen")))
	says(t, s.run(t, 1, "keys", "rotate", "--new-key-file", fresh), "it is complete now")
	s.stop(t)
	s.start(t)
	says(t, s.run(t, 0, "verify", "ledger"), "The ledger is intact.")
	if err := os.WriteFile(next, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, s.run(t, 1, "keys", "rotate", "--new-key-file", fresh), "remove it")
}

// An operator restores an old backup by mistake and is told, before anyone signs on top of it.
func TestAnOldBackupStopsSigning(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	author := loggedIn(t, s, "ada@example.com", "admin")
	d := author.document(t, "policy")
	for i := range 3 {
		loggedIn(t, s, fmt.Sprintf("p%d@example.com", i), "signer").sign(d.DocID)
	}
	eventually(t, "the newest checkpoint is published", func() bool { return author.ledgerState(t).Published.Size == 4 })
	late := loggedIn(t, s, "late@example.com", "signer")

	// What restoring last week's backup does to the ledger.
	forget := func() {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), db.Owner)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		var all []string
		for _, table := range []string{"signatures", "document_revisions", "ledger_entries", "ledger_checkpoints", "ledger_nodes"} {
			all = append(all, "ALTER TABLE "+table+" DISABLE TRIGGER USER")
		}
		all = append(all, "SET session_replication_role = replica", "DELETE FROM signatures WHERE seq >= 2", "DELETE FROM ledger_entries WHERE seq >= 2",
			"DELETE FROM ledger_checkpoints WHERE size > 2", "DELETE FROM ledger_nodes WHERE id >= 3",
			"UPDATE signature_counts c SET signatures = (SELECT count(*) FROM signatures s WHERE s.doc_id = c.doc_id AND s.revision = c.revision)",
			"DELETE FROM unexpected_signers u WHERE NOT EXISTS (SELECT FROM signatures s WHERE s.id = u.signature_id)")
		for _, table := range []string{"signatures", "document_revisions", "ledger_entries", "ledger_checkpoints", "ledger_nodes"} {
			all = append(all, "DO $$ DECLARE n text; BEGIN FOR n IN SELECT tgname FROM pg_trigger WHERE tgrelid = '"+table+"'::regclass AND NOT tgisinternal LOOP EXECUTE format('ALTER TABLE "+
				table+" ENABLE ALWAYS TRIGGER %I', n); END LOOP; END $$")
		}
		all = append(all, "ALTER TABLE signatures ENABLE TRIGGER prevent_signatures_created_at_update")
		if _, err := conn.Exec(t.Context(), strings.Join(all, ";")); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(when string) {
		t.Helper()
		if _, a := late.sign(d.DocID); a.status != http.StatusServiceUnavailable || a.code() != "ledger.inconsistent" {
			t.Fatalf("%s: %d %s", when, a.status, a.body)
		}
	}
	forget()
	eventually(t, "the running server has noticed", func() bool { return author.ledgerState(t).Status == "inconsistent" })
	refused("while it runs")
	s.stop(t)
	s.start(t)
	refused("after a restart")
	author.get("/documents/"+d.DocID).want(t, http.StatusOK)
	var health struct{ Status, Reason string }
	author.health(t).into(t, &health)
	if health.Status != "degraded" {
		t.Errorf("health: %+v", health)
	}
	author.ready(t, "/readyz", http.StatusServiceUnavailable, "ledger.inconsistent")
	expect(t, examined(t, s.env, 1), "server", diagnose.Wrong, "Nothing is signed", "#after-restoring-a-backup")
	s.mu.Lock()
	says(t, s.log.String(), "NOTHING IS SIGNED", "ackify ledger accept")
	s.mu.Unlock()
	says(t, s.run(t, 1, "verify", "ledger"), "DISPROVEN", "file.inconsistent")

	says(t, s.run(t, 1, "keys", "rotate", "--new-key-file", keep(t, "new.key", []byte(s.run(t, 0, "keygen")))), "ackify ledger accept")
	says(t, s.run(t, 1, "user", "erase", "--email", "p0@example.com", "--reason", "x", "--yes"), "ackify ledger accept")
	says(t, s.run(t, 1, "ledger", "accept", "--reason", " "), "--reason")
	says(t, s.run(t, 0, "ledger", "accept", "--reason", "restored the backup of Sunday"), "Accepted", "4 entries")
	says(t, s.run(t, 1, "ledger", "accept", "--reason", "again"), "nothing to accept")
	eventually(t, "the server signs again", func() bool { _, a := late.sign(d.DocID); return a.status == http.StatusCreated })
	eventually(t, "it is published", func() bool { return author.ledgerState(t).Published.Size == 4 })
	says(t, s.run(t, 0, "verify", "ledger"), "intact")
	s.stop(t)
	s.start(t)
	if state := author.ledgerState(t); state.Status != "ok" {
		t.Errorf("after a restart: %+v", state)
	}
}

// A person asks to be forgotten.
func TestAPersonIsErased(t *testing.T) {
	t.Parallel()
	s := serveIt(t, "ACKIFY_DATA_DIR="+t.TempDir())
	admin, zoe := loggedIn(t, s, "ada@example.com", "admin"), loggedIn(t, s, "zoe@example.com", "signer")
	var mine []signature
	var receipts [][]byte
	for i := range 3 {
		d := admin.document(t, fmt.Sprintf("policy-%d", i))
		signed, _ := zoe.sign(d.DocID)
		mine, receipts = append(mine, signed), append(receipts, zoe.receipt(t, signed))
		admin.sign(d.DocID)
	}
	admin.post("/invitations", object{"email": "other@example.com"}).want(t, http.StatusCreated)
	request := object{"email": "Zoe@example.com", "reason": "request of 21 November"}
	for name, c := range map[string]struct {
		by     *client
		input  object
		status int
		code   string
	}{
		"by a signer":         {zoe, request, 403, "role.forbidden"},
		"about nobody":        {admin, object{"email": "nobody@example.com", "reason": "x"}, 404, "erasure.nobody"},
		"the last admin":      {admin, object{"email": "ada@example.com", "reason": "x"}, 422, "erasure.last_admin"},
		"no address":          {admin, object{"email": "zoe", "reason": "x"}, 422, "email.no_at"},
		"no reason":           {admin, object{"email": "zoe@example.com", "reason": "  "}, 422, "erasure.reason_invalid"},
		"a reason with name":  {admin, object{"email": "zoe@example.com", "reason": "Zoe@example.com asked"}, 422, "erasure.reason_invalid"},
		"a reason of 2 lines": {admin, object{"email": "zoe@example.com", "reason": "a\nb"}, 422, "erasure.reason_invalid"},
	} {
		if a := c.by.post("/erasure-requests", c.input); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, a.status, a.code(), c.status, c.code)
		}
	}
	var filed struct{ ID, State string }
	admin.post("/erasure-requests", request).want(t, http.StatusCreated).into(t, &filed)
	if a := admin.post("/erasure-requests", request); a.status != http.StatusConflict || a.code() != "erasure.already_requested" {
		t.Errorf("again: %d %s", a.status, a.body)
	}
	admin.change(http.MethodDelete, "/erasure-requests/"+filed.ID, nil).want(t, http.StatusNoContent)
	if a := admin.change(http.MethodDelete, "/erasure-requests/"+filed.ID, nil); a.code() != "erasure.not_found" {
		t.Errorf("withdrawn twice: %d %s", a.status, a.body)
	}
	says(t, s.run(t, 0, "user", "erase"), "no open request")
	admin.post("/erasure-requests", request).want(t, http.StatusCreated)
	says(t, s.run(t, 0, "user", "erase"), "zoe@example.com", "request of 21 November")
	says(t, s.run(t, 1, "user", "erase", "--email", "zoe@example.com"), "nothing was erased")
	says(t, s.run(t, 1, "user", "erase", "--email", "other@example.com", "--yes"), "no open request")
	says(t, s.run(t, 0, "user", "erase", "--email", "zoe@example.com", "--yes"), "zoe@example.com is erased", "3 entries")
	says(t, s.run(t, 0, "user", "erase", "--email", "other@example.com", "--reason", "never came", "--yes"), "0 entries")

	zoe.get("/users/me").want(t, http.StatusUnauthorized)
	if a := newClient(t, s).post("/auth/login", object{"email": "zoe@example.com", "password": testPassword}); a.status != http.StatusUnauthorized {
		t.Errorf("logs in after the erasure: %d %s", a.status, a.body)
	}
	keys := keep(t, "keys.json", admin.ledger(t, "keys"))
	for i, receipt := range receipts {
		says(t, s.run(t, 0, "verify", "receipt", keep(t, "r", receipt), "--keys", keys), "zoe@example.com")
		for _, what := range []string{"receipt", "certificate"} {
			if a := admin.get(fmt.Sprintf("/signatures/%d/%s", mine[i].ID, what)); a.status != http.StatusGone || a.code() != "signature.erased" {
				t.Errorf("%s %d: %d %s", what, i, a.status, a.body)
			}
		}
	}
	for _, path := range []string{"/documents/policy-1/signatures", "/users", "/invitations", "/erasure-requests", "/documents/policy-1"} {
		if a := admin.get(path).want(t, http.StatusOK); bytes.Contains(bytes.ToLower(a.body), []byte("zoe")) {
			t.Errorf("%s still shows her: %s", path, a.body)
		}
	}
	if list := admin.get("/documents/policy-1/signatures").body; !bytes.Contains(list, []byte(`"erased":true`)) || !bytes.Contains(list, []byte("ada@example.com")) {
		t.Errorf("signatures: %s", list)
	}
	says(t, s.run(t, 0, "verify", "ledger"), "The ledger is intact, 3 erased.")
	// She comes back as somebody new.
	loggedIn(t, s, "zoe@example.com", "signer").sign("policy-1")
	says(t, s.run(t, 0, "verify", "ledger"), "The ledger is intact, 3 erased.")
	dump := s.run(t, 0, "user", "list")
	says(t, dump, "erased:")
}
