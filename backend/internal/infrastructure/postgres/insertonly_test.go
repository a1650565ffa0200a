package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

var proofTables = []string{"signatures", "ledger_origin", "ledger_entries", "ledger_nodes", "ledger_checkpoints", "document_revisions"}

func TestProofTablesOnlyGrow(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	l.sign(t, "doc", 2)
	column := map[string]string{
		"signatures": "user_name = 'x'", "ledger_origin": "origin = 'x'", "ledger_entries": "type = 'x'", "ledger_nodes": "hash = hash",
		"ledger_checkpoints": "note = 'x'", "document_revisions": "title = 'x'",
	}
	for who, db := range map[string]interface {
		exec(t *testing.T, statement string) error
	}{"the application": execer{database.App}, "the migrator": execer{database.Migrate}, "a superuser": execer{database.Owner}} {
		for _, table := range append(proofTables, "signing_keys") {
			for _, statement := range []string{
				fmt.Sprintf("UPDATE %s SET %s", table, cmpOr(column[table], "not_before = now()")),
				"DELETE FROM " + table, "TRUNCATE " + table + " CASCADE",
				"SET session_replication_role = replica; DELETE FROM " + table,
			} {
				if err := db.exec(t, statement); err == nil {
					t.Errorf("%s may: %s", who, statement)
				} else if !strings.Contains(err.Error(), "refused") && !strings.Contains(err.Error(), "permission denied") {
					t.Errorf("%s, %s: %v", who, statement, err)
				}
			}
		}
	}
	prove(t, l)
}

func TestTheSchemaRefusesGapsForksAndWrongLinks(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	l.sign(t, "doc", 3)
	insert := func(seq, prev, entry string) string {
		return fmt.Sprintf(`INSERT INTO ledger_entries (seq, type, payload, payload_hash, nonce, key_id, signature, prev_hash, entry_hash, created_at)
			SELECT %s, type, payload, payload_hash, sha256(nonce)::text::bytea, key_id, signature, %s, %s, created_at FROM ledger_entries WHERE seq = 3`, seq, prev, entry)
	}
	hashOf := func(seq int) string {
		return fmt.Sprintf("(SELECT entry_hash FROM ledger_entries WHERE seq = %d)", seq)
	}
	fresh, nonce := "sha256('new')", "substring(sha256(nonce) for 16)"
	for name, statement := range map[string]string{
		"a gap":                   insert("5", hashOf(3), fresh),
		"a fork":                  insert("2", hashOf(1), fresh),
		"a wrong link":            insert("4", hashOf(2), fresh),
		"a second beginning":      insert("4", "decode(repeat('00', 32), 'hex')", fresh),
		"a negative position":     insert("-1", hashOf(3), fresh),
		"a nonce again":           strings.Replace(insert("4", hashOf(3), fresh), "sha256(nonce)::text::bytea", "nonce", 1),
		"a short hash":            insert("4", hashOf(3), "'\\x00'"),
		"a signature of no entry": "INSERT INTO signatures (doc_id, user_sub, user_email, signed_at, created_at, payload_hash, signature, nonce, seq) SELECT doc_id, 'u', 'u@x', signed_at, created_at, payload_hash, signature, nonce, 99 FROM signatures LIMIT 1",
		"two of one entry":        "INSERT INTO signatures (doc_id, user_sub, user_email, signed_at, created_at, payload_hash, signature, nonce, seq) SELECT doc_id, 'u', 'u@x', signed_at, created_at, payload_hash, signature, nonce, seq FROM signatures LIMIT 1",
	} {
		statement = strings.Replace(statement, "sha256(nonce)::text::bytea", nonce, 1)
		err := execer{database.Owner}.exec(t, statement)
		if err == nil || !strings.Contains(err.Error(), "SQLSTATE 23") {
			t.Errorf("%s: %v", name, err)
		}
	}
	right := strings.Replace(insert("4", hashOf(3), fresh), "sha256(nonce)::text::bytea", nonce, 1)
	if err := (execer{database.Owner}).exec(t, right); err != nil {
		t.Errorf("the right link is refused, so the others prove nothing: %v", err)
	}
}

func TestRolesHaveNoMoreThanTheyNeed(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	db := database.AsOwner(t)
	for query, want := range map[string]string{
		"SELECT string_agg(DISTINCT privilege_type, ',' ORDER BY privilege_type) FROM information_schema.role_table_grants WHERE grantee = 'ackify_app' AND table_name IN ('signatures', 'ledger_entries', 'ledger_nodes', 'ledger_checkpoints', 'ledger_origin', 'document_revisions')": "INSERT,SELECT",
		"SELECT coalesce(string_agg(DISTINCT privilege_type, ','), '') FROM information_schema.role_table_grants WHERE grantee = 'ackify_readonly' AND privilege_type <> 'SELECT'":                                                                                                       "",
		"SELECT coalesce(string_agg(table_name, ','), '') FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC' AND table_schema = 'public'":                                                                                                                                "",
		"SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname = 'public'":                                                                                                                                                                                         "ackify_owner",
		"SELECT (NOT rolcanlogin)::text FROM pg_roles WHERE rolname = 'ackify_owner'":                                                                                                                                                                                                    "true",
		"SELECT has_schema_privilege('ackify_app', 'public', 'CREATE')::text":                                                                                                                                                                                                            "false",
		"SELECT has_table_privilege('ackify_readonly', 'setup_tokens', 'SELECT')::text || has_any_column_privilege('ackify_readonly', 'oauth_sessions', 'SELECT')::text || has_column_privilege('ackify_readonly', 'users', 'hashed_password', 'SELECT')::text || has_column_privilege('ackify_readonly', 'sessions', 'token_hash', 'SELECT')::text || has_column_privilege('ackify_readonly', 'invitations', 'token_hash', 'SELECT')::text": "falsefalsefalsefalsefalse",
		"SELECT count(*)::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE') AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = pg_proc.oid AND x.deptype = 'e')":                                                                                                                                                                                                       "0",
	} {
		var got string
		if err := db.Pool.QueryRow(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s\n\tgives %q instead of %q, %v", query, got, want, err)
		}
	}
}

// execer runs one statement on a connection of its own, in a transaction that is always rolled back.
type execer struct{ dsn string }

func (e execer) exec(t *testing.T, statement string) error {
	t.Helper()
	conn := connect(t, e.dsn)
	if _, err := conn.Exec(t.Context(), "BEGIN"); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Exec(t.Context(), statement+"; SET CONSTRAINTS ALL IMMEDIATE")
	return err
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
