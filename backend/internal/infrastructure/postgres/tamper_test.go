package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/infrastructure/checkpointfile"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// pinnedTo trusts the keys of one secret and nothing that the database says.
func pinnedTo(t testing.TB, secret string) proof.KeySet {
	t.Helper()
	keys := secretKeys(t, secret)
	vkey, err := proof.VerifierKey(testOrigin, keys.LedgerPublic())
	if err != nil {
		t.Fatal(err)
	}
	return proof.KeySet{
		Origin:    testOrigin,
		Statement: []proof.StatementKey{{KeyID: proof.KeyID(keys.StatementPublic()), PublicKey: keys.StatementPublic()}},
		Ledger:    []proof.LedgerKey{{Vkey: vkey}},
	}
}

func secretKeys(t testing.TB, secret string) proof.Keys {
	t.Helper()
	keys, err := proof.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// publish writes the newest checkpoint to the file, as the server does every few seconds.
func publish(t testing.TB, l *testLedger, file *checkpointfile.File) {
	t.Helper()
	anchor := &ledger.Anchor{
		Store: l.store, File: file, Origin: testOrigin, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
	}
	if err := errors.Join(anchor.Open(t.Context()), anchor.May()); err != nil {
		t.Fatal(err)
	}
}

// witnessed is a ledger with a document, three signatures of each of two people's, a rotation of keys, and a checkpoint file.
type witnessed struct {
	*testLedger
	database dbtest.Database
	file     *checkpointfile.File
	pinned   proof.KeySet
}

func newWitnessed(t testing.TB) witnessed {
	t.Helper()
	database := dbtest.New(t)
	file, err := checkpointfile.Open(filepath.Join(t.TempDir(), "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	w := witnessed{newLedger(t, database), database, file, pinnedTo(t, testSecret)}
	w.sign(t, "first", 2)
	publish(t, w.testLedger, file)
	w.sign(t, "second", 3)
	publish(t, w.testLedger, file)
	return w
}

func (w witnessed) verify(ctx context.Context, since int64) (audit.Report, error) {
	return audit.Verifier{Store: w.store, File: w.file, Pinned: w.pinned, Workers: 2}.Verify(ctx, since)
}

func TestAnIntactLedgerVerifies(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	report, err := w.verify(t.Context(), 0)
	if err != nil || report.Size != 7 || report.Checkpoints == 0 || report.Published != 2 || report.Erased != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for since := range int64(8) {
		again, err := w.verify(t.Context(), since)
		if err != nil || again.Root != report.Root || again.Since != since {
			t.Errorf("since %d: %+v, %v", since, again, err)
		}
	}
}

// Tampering is done by a superuser who switches the triggers off and on again.
const (
	off = "SET session_replication_role = replica; ALTER TABLE signatures DISABLE TRIGGER ALL; ALTER TABLE ledger_entries DISABLE TRIGGER ALL; " +
		"ALTER TABLE ledger_nodes DISABLE TRIGGER ALL; ALTER TABLE ledger_checkpoints DISABLE TRIGGER ALL; ALTER TABLE document_revisions DISABLE TRIGGER ALL; " +
		"ALTER TABLE signing_keys DISABLE TRIGGER ALL; ALTER TABLE ledger_origin DISABLE TRIGGER ALL; "
	on = "; ALTER TABLE signatures ENABLE TRIGGER ALL; ALTER TABLE ledger_entries ENABLE TRIGGER ALL; ALTER TABLE ledger_nodes ENABLE TRIGGER ALL; " +
		"ALTER TABLE ledger_checkpoints ENABLE TRIGGER ALL; ALTER TABLE document_revisions ENABLE TRIGGER ALL; ALTER TABLE signing_keys ENABLE TRIGGER ALL; ALTER TABLE ledger_origin ENABLE TRIGGER ALL; " + always
	always = "DO $$ DECLARE t record; BEGIN FOR t IN SELECT tgrelid::regclass AS r, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname <> 'prevent_signatures_created_at_update' " +
		"AND tgrelid::regclass::text IN ('signatures', 'ledger_entries', 'ledger_nodes', 'ledger_checkpoints', 'document_revisions', 'ledger_origin', 'signing_keys') " +
		"LOOP EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.r, t.tgname); END LOOP; END $$"
)

// rehash gives the last entry the hash that its columns have.
const rehash = `UPDATE ledger_entries SET entry_hash = sha256('\x00'::bytea || convert_to(E'ackify-entry/v1\n', 'UTF8') || int8send(seq) || prev_hash || payload_hash ||
	key_id || signature) WHERE seq = 6;`

// tampering is one row of the matrix: what somebody with every right of the database does, and what has to be noticed.
type tampering struct {
	statement string // %s: nothing; run with triggers and foreign keys off
	code      string // of the finding
	seq       int64  // where; -1: at no entry
}

var tamperings = map[string]tampering{
	"the last entry deleted":             {"DELETE FROM signatures WHERE seq = 6; DELETE FROM ledger_entries WHERE seq = 6", "entry.missing", 6},
	"the last entry and checkpoint gone": {"DELETE FROM signatures WHERE seq = 6; DELETE FROM ledger_entries WHERE seq = 6; DELETE FROM ledger_checkpoints WHERE size = 7", "file.inconsistent", -1},
	"an entry in the middle deleted":     {"DELETE FROM signatures WHERE seq = 2; DELETE FROM ledger_entries WHERE seq = 2", "entry.missing", 2},
	"a signature row deleted":            {"DELETE FROM signatures WHERE seq = 2", "signature.missing", 2},
	"a revision row deleted":             {"DELETE FROM document_revisions WHERE seq = 3", "revision.missing", 3},
	"two entries swapped": {`CREATE TEMP TABLE s AS SELECT * FROM ledger_entries WHERE seq IN (1, 2);
		UPDATE ledger_entries e SET type = s.type, payload = s.payload, payload_hash = s.payload_hash, signature = s.signature, nonce = sha256(s.nonce)::bytea::bytea
		FROM s WHERE s.seq = 3 - e.seq AND false; UPDATE ledger_entries e SET payload = s.payload FROM s WHERE s.seq = 3 - e.seq AND e.seq IN (1, 2)`, "entry.payload_hash", 1},
	"two signature rows swapped":                   {"UPDATE signatures SET seq = -seq WHERE seq IN (1, 2); UPDATE signatures SET seq = 3 + seq WHERE seq < 0", "signature.column", 1},
	"a trigger disabled":                           {"ALTER TABLE ledger_entries DISABLE TRIGGER refuse_delete", "guard.trigger", -1},
	"a trigger enabled for ordinary sessions only": {"ALTER TABLE ledger_entries ENABLE TRIGGER refuse_delete", "guard.trigger", -1},
	"a trigger dropped":                            {"DROP TRIGGER guard_update ON signatures", "guard.trigger", -1},
	"a trigger's function emptied":                 {"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'", "guard.function", -1},
	"a foreign key dropped":                        {"ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_prev_seq_prev_hash_fkey", "guard.constraint", -1},
	"a grant widened":                              {"GRANT UPDATE ON ledger_entries TO ackify_app", "guard.grant", -1},
	"a grant of one column":                        {"GRANT UPDATE (user_name) ON signatures TO ackify_readonly", "guard.grant", -1},
	"a grant to everybody":                         {"GRANT SELECT ON ledger_entries TO PUBLIC", "guard.grant", -1},
	"an erasure for the application":               {"GRANT EXECUTE ON FUNCTION erase_entries(bigint[]) TO ackify_app", "guard.grant", -1},
	"another owner":                                {"ALTER TABLE signatures OWNER TO ackify_app", "guard.owner", -1},
	"a rule in place of an insert":                 {"CREATE RULE nothing AS ON INSERT TO ledger_nodes DO INSTEAD NOTHING", "guard.trigger", -1},
	"a key added without its entry": {`INSERT INTO signing_keys (key_id, purpose, public_key, not_before, not_after)
		VALUES (sha256(decode(repeat('07', 32), 'hex')), 'statement', decode(repeat('07', 32), 'hex'), now() - interval '1 day', now())`, "key.unannounced", -1},
	"a key closed without an entry":  {"UPDATE signing_keys SET not_after = now() WHERE purpose = 'statement'", "key.window", -1},
	"a key not valid yet":            {"UPDATE signing_keys SET not_before = now()", "entry.key", 0},
	"an entry erased without saying": {"UPDATE ledger_entries SET payload = NULL, nonce = NULL WHERE seq = 2", "erasure.unannounced", 2},
	"a payload replaced and re-hashed": {`UPDATE ledger_entries SET payload = convert_to(replace(convert_from(payload, 'UTF8'), 'igner1', 'igner9'), 'UTF8') WHERE seq = 2;
		UPDATE ledger_entries SET payload_hash = sha256(payload) WHERE seq = 2; UPDATE signatures SET user_email = replace(user_email, '1', '9'),
		user_name = replace(user_name, '1', '9'), payload_hash = (SELECT encode(payload_hash, 'hex') FROM ledger_entries WHERE seq = 2) WHERE seq = 2`,
		"entry.hash", 2},
	"a payload replaced and everything about it re-hashed": {`UPDATE ledger_entries SET payload = convert_to(replace(convert_from(payload, 'UTF8'), 'igner2', 'igner9'), 'UTF8') WHERE seq = 6;
		UPDATE ledger_entries SET payload_hash = sha256(payload) WHERE seq = 6;` + rehash + `UPDATE signatures SET user_email = replace(user_email, '2', '9'),
		user_name = replace(user_name, '2', '9'), payload_hash = (SELECT encode(payload_hash, 'hex') FROM ledger_entries WHERE seq = 6) WHERE seq = 6`,
		"entry.signature", 6},
	"another signature, and everything about it re-hashed": {`UPDATE ledger_entries SET signature = overlay(signature PLACING '\x0000'::bytea FROM 3) WHERE seq = 6;` + rehash + `
		UPDATE signatures SET signature = replace(encode((SELECT signature FROM ledger_entries WHERE seq = 6), 'base64'), E'\n', '') WHERE seq = 6`,
		"entry.signature", 6},
	"an unknown key": {`UPDATE ledger_entries SET key_id = sha256(key_id), payload = convert_to(replace(convert_from(payload, 'UTF8'), encode(key_id, 'hex'),
		encode(sha256(key_id), 'hex')), 'UTF8') WHERE seq = 6; UPDATE ledger_entries SET payload_hash = sha256(payload) WHERE seq = 6;` + rehash + `
		UPDATE signatures SET payload_hash = (SELECT encode(payload_hash, 'hex') FROM ledger_entries WHERE seq = 6) WHERE seq = 6`, "entry.key", 6},
	"a payload with a duplicate key": {`UPDATE ledger_entries SET payload = convert_to(replace(convert_from(payload, 'UTF8'), '"v":"1"', '"v":"1","v":"1"'), 'UTF8') WHERE seq = 2;
		UPDATE ledger_entries SET payload_hash = sha256(payload) WHERE seq = 2`, "entry.payload", 2},
	"a payload with a space": {`UPDATE ledger_entries SET payload = convert_to(convert_from(payload, 'UTF8') || ' ', 'UTF8') WHERE seq = 2;
		UPDATE ledger_entries SET payload_hash = sha256(payload) WHERE seq = 2`, "entry.payload", 2},
	"a nonce used again": {`ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_nonce_key;
		UPDATE ledger_entries SET nonce = (SELECT nonce FROM ledger_entries WHERE seq = 1) WHERE seq = 2`, "entry.column", 2},
	"a stored hash of the tree changed": {"UPDATE ledger_nodes SET hash = sha256(hash) WHERE id = 2", "tree.node", 1},
	"a stored hash of the tree deleted": {"DELETE FROM ledger_nodes WHERE id = (SELECT max(id) FROM ledger_nodes)", "tree.node", 6},
	"a checkpoint's root changed":       {"UPDATE ledger_checkpoints SET root = sha256(root) WHERE size = 7", "checkpoint.column", -1},
	"a checkpoint changed":              {"UPDATE ledger_checkpoints SET note = replace(note, '7', '6') WHERE size = 7", "checkpoint.column", -1},
	"a checkpoint's signature changed": {`UPDATE ledger_checkpoints SET note = overlay(note PLACING
		CASE substr(note, length(note) - 20, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM length(note) - 20 FOR 1) WHERE size = 7`, "checkpoint.signature", -1},
	"a checkpoint that is none":                     {"UPDATE ledger_checkpoints SET note = 'x' WHERE size = 7", "checkpoint.malformed", -1},
	"the last checkpoint deleted":                   {"DELETE FROM ledger_checkpoints WHERE size = 7", "checkpoint.missing", 6},
	"a signature row without an entry":              {"INSERT INTO signatures (doc_id, user_sub, user_email, signed_at, payload_hash, signature, nonce, seq) SELECT doc_id, 'x', 'x@example.com', signed_at, payload_hash, signature, nonce, 99 FROM signatures WHERE seq = 1", "signature.stray", 99},
	"a document that is gone without an entry":      {"UPDATE documents SET deleted_at = now() WHERE doc_id = 'first'", "document.column", -1},
	"who has to sign again changed":                 {"UPDATE documents SET revision = 2, material_revision = 2 WHERE doc_id = 'first'", "document.column", -1},
	"a document that is not what its revision says": {"UPDATE documents SET title = 'Another', url = 'https://evil.example.com/' WHERE doc_id = 'first'", "document.column", 0},
	"another content signed than fixed": {`UPDATE document_revisions SET title = 'Another' WHERE seq = 0;
		UPDATE ledger_entries SET payload = convert_to(replace(convert_from(payload, 'UTF8'), 'Title of first', 'Another'), 'UTF8') WHERE seq = 0`, "entry.payload_hash", 0},
	"a stored hash beyond the tree":  {"INSERT INTO ledger_nodes SELECT max(id::bigint) + 1, sha256('x') FROM ledger_nodes", "tree.node", -1},
	"a published checkpoint deleted": {"DELETE FROM ledger_checkpoints WHERE size = 3", "checkpoint.missing", -1},
	"the signatures dropped":         {"ALTER TABLE signatures RENAME TO gone; CREATE VIEW nothing AS SELECT 1; ALTER TABLE gone RENAME COLUMN seq TO other", "guard.table", -1},
	"rows shown by policy":           {"ALTER TABLE signatures ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON signatures USING (true); CREATE POLICY q ON signatures FOR INSERT WITH CHECK (true)", "guard.constraint", -1},
	"a column's default changed":     {"ALTER TABLE ledger_entries ALTER COLUMN created_at SET DEFAULT now()", "guard.constraint", -1},
	"a length no longer checked":     {"ALTER DOMAIN sha256_hash DROP CONSTRAINT sha256_hash_check", "guard.constraint", -1},
	"an index dropped":               {"DROP INDEX idx_signatures_doc_id", "guard.constraint", -1},
	"a function that does anything":  {"CREATE FUNCTION anything(what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE what; END'", "guard.function", -1},
	"a guard that belongs to others": {"ALTER FUNCTION guard_entry() OWNER TO ackify_migrate", "guard.function", -1},
	"triggers off by a setting":      {"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$", "guard.role", -1},
	"a schema to put things in":      {"GRANT CREATE ON SCHEMA public TO ackify_app", "guard.grant", -1},
	"a count of people changed":      {"UPDATE signature_counts SET unexpected = unexpected + 1 WHERE doc_id = 'first'", "signer.column", -1},
	"another origin":                 {"UPDATE ledger_origin SET origin = 'elsewhere.example.com/ledger'", "key.origin", -1},
}

func TestEveryTamperingIsNoticed(t *testing.T) {
	t.Parallel()
	for _, column := range []struct{ table, name, value string }{
		{"signatures", "doc_id", "'other'"}, {"signatures", "user_sub", "'other'"}, {"signatures", "user_email", "'other@example.com'"},
		{"signatures", "user_name", "'Other'"}, {"signatures", "user_name", "NULL"}, {"signatures", "signed_at", "signed_at - interval '1 microsecond'"},
		{"signatures", "created_at", "created_at + interval '1 microsecond'"}, {"signatures", "payload_hash", "upper(payload_hash)"},
		{"signatures", "signature", "'AAAA'"}, {"signatures", "nonce", "'AAAA'"}, {"signatures", "prev_hash", "NULL"},
		{"signatures", "referer", "'https://example.com'"}, {"signatures", "revision", "2"},
		{"ledger_entries", "type", "'declined'"}, {"ledger_entries", "payload", "'{}'"}, {"ledger_entries", "payload_hash", "sha256('')"},
		{"ledger_entries", "nonce", "substring(sha256('') for 16)"}, {"ledger_entries", "nonce", "NULL"}, {"ledger_entries", "key_id", "sha256('')"},
		{"ledger_entries", "signature", "signature # repeat('1', 512)::bit(512)::text::bytea"}, {"ledger_entries", "prev_hash", "sha256('')"},
		{"ledger_entries", "entry_hash", "sha256('')"}, {"ledger_entries", "created_at", "created_at - interval '1 microsecond'"},
		{"document_revisions", "title", "'Other'"}, {"document_revisions", "url", "'https://example.com'"}, {"document_revisions", "checksum", "'00'"},
		{"document_revisions", "created_by", "'other'"},
		{"document_revisions", "created_at", "now()"},
	} {
		value, seq := column.value, int64(2)
		if column.name == "signature" && column.table == "ledger_entries" {
			value = "overlay(signature PLACING '\\x0000'::bytea FROM 3)"
		}
		if column.table == "document_revisions" {
			seq = 3
		}
		tamperings[fmt.Sprintf("column %s.%s = %s", column.table, column.name, column.value)] = tampering{
			fmt.Sprintf("UPDATE %s SET %s = %s WHERE seq = %d", column.table, column.name, value, seq), "", seq,
		}
	}
	for name, c := range tamperings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWitnessed(t)
			statement := off + c.statement + on
			if strings.HasPrefix(c.code, "guard.") {
				statement = c.statement
			}
			if _, err := connect(t, w.database.Owner).Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			_, err := w.verify(t.Context(), 0)
			var finding *audit.Finding
			if !errors.As(err, &finding) {
				t.Fatalf("not noticed: %v", err)
			}
			if c.code != "" && finding.Code != c.code || finding.Seq != c.seq {
				t.Errorf("noticed as %v (at %d), want %s at %d", finding, finding.Seq, c.code, c.seq)
			}
		})
	}
}

// Not beside the others: roles are of the whole cluster.
func TestAnApplicationWithTheOwnersRightsIsNoticed(t *testing.T) {
	w := newWitnessed(t)
	owner := connect(t, w.database.Owner)
	for _, statement := range []string{
		"GRANT ackify_owner TO ackify_app", "REVOKE ackify_owner FROM ackify_app",
		"GRANT pg_write_all_data TO ackify_app", "REVOKE pg_write_all_data FROM ackify_app",
	} {
		if _, err := owner.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		_, err := w.verify(t.Context(), 0)
		var finding *audit.Finding
		if granted := strings.HasPrefix(statement, "GRANT"); errors.As(err, &finding) != granted || granted && finding.Code != "guard.role" {
			t.Errorf("after %s: %v", statement, err)
		}
	}
}

// forget removes everything from a position on, as restoring an old backup does.
func (w witnessed) forget(t testing.TB, from int) {
	t.Helper()
	statement := fmt.Sprintf(`DELETE FROM signatures WHERE seq >= %[1]d; DELETE FROM document_revisions WHERE seq >= %[1]d;
		DELETE FROM ledger_entries WHERE seq >= %[1]d; DELETE FROM ledger_checkpoints WHERE size > %[1]d; DELETE FROM ledger_nodes WHERE id >= %[2]d;
		DELETE FROM documents WHERE doc_id NOT IN (SELECT doc_id FROM document_revisions);
		DELETE FROM unexpected_signers; DELETE FROM signature_counts;
		INSERT INTO signature_counts (doc_id, revision, signatures, unexpected) SELECT doc_id, revision, count(*), count(*) FROM signatures GROUP BY doc_id, revision;
		INSERT INTO unexpected_signers SELECT doc_id, user_email, revision, signed_at, id FROM signatures`,
		from, tlog.StoredHashIndex(0, int64(from)))
	if _, err := connect(t, w.database.Owner).Exec(t.Context(), off+statement+on); err != nil {
		t.Fatal(err)
	}
}

func wantFinding(t testing.TB, err error, code string) {
	t.Helper()
	var finding *audit.Finding
	if !errors.As(err, &finding) || finding.Code != code {
		t.Errorf("want %s: %v", code, err)
	}
}

func TestAnOldBackupIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	w.forget(t, 3)
	_, err := w.verify(t.Context(), 0)
	wantFinding(t, err, "file.inconsistent")
	without := audit.Verifier{Store: w.store, Pinned: w.pinned}
	if report, err := without.Verify(t.Context(), 0); err != nil || report.Size != 3 {
		t.Errorf("without the file an old backup is a ledger like any other: %+v, %v", report, err)
	}
}

func TestAChainSignedAnewFromTheMiddleIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	w.forget(t, 3)
	again := openLedger(t, w.database.DB(t), nil) // with the real key
	again.author = w.author
	again.sign(t, "third", 6)
	_, err := w.verify(t.Context(), 0)
	wantFinding(t, err, "file.inconsistent")
	if report, err := (audit.Verifier{Store: w.store, Pinned: w.pinned}).Verify(t.Context(), 0); err != nil || report.Size != 10 {
		t.Errorf("without the file it is a ledger like any other: %+v, %v", report, err)
	}
}

func TestAForkIsRefusedAndAnotherIssuerNoticed(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	// The schema refuses a second entry at a position; without its constraints the check finds it.
	_, err := connect(t, w.database.Owner).Exec(t.Context(), off+`ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_pkey CASCADE,
		DROP CONSTRAINT ledger_entries_seq_entry_hash_key CASCADE, DROP CONSTRAINT ledger_entries_nonce_key;
		INSERT INTO ledger_entries (seq, type, payload, payload_hash, nonce, key_id, signature, prev_hash, entry_hash, created_at)
		SELECT seq, type, payload, payload_hash, nonce, key_id, signature, prev_hash, entry_hash, created_at FROM ledger_entries WHERE seq = 4`+on)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.verify(t.Context(), 0)
	wantFinding(t, err, "entry.repeated")

	other := newWitnessed(t)
	other.pinned = pinnedTo(t, nextSecret)
	_, err = other.verify(t.Context(), 0)
	wantFinding(t, err, "key.unknown")
}

var _ audit.Store = postgres.Ledger{}
