package postgres_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/migrations"
)

func migrator(t *testing.T, dsn string) *postgres.Migrator {
	t.Helper()
	m, err := postgres.NewMigrator(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestMigrationsGoUpAndDownAndUpAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.Empty(t)
	m := migrator(t, db.Migrate)
	names, err := fs.Glob(migrations.Files, "*.up.sql")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Up(); err != nil {
		t.Fatal(err)
	}
	first := schemaOf(t, db)
	if err := m.Down(); err != nil {
		t.Fatal(err)
	}
	if version, dirty, err := m.Version(); !strings.HasPrefix(names[len(names)-2], fmt.Sprintf("%04d_", version)) || dirty || err != nil {
		t.Fatalf("after down: version %d, dirty %v, %v", version, dirty, err)
	}
	for range names[1:] {
		if err := m.Down(); err != nil {
			t.Fatal(err)
		}
	}
	if left := schemaOf(t, db); len(left) != 0 {
		t.Errorf("after going all the way down there is still: %v", left)
	}
	if err := m.Goto(7); err != nil {
		t.Fatal(err)
	}
	if err := m.Up(); err != nil {
		t.Fatal(err)
	}
	if second := schemaOf(t, db); !slices.Equal(first, second) {
		t.Errorf("up, down and up gives another schema:\n%v\n%v", first, second)
	}
	if err := m.Up(); err != nil {
		t.Errorf("up with nothing to do: %v", err)
	}
}

// schemaOf lists columns, constraints, indexes, triggers and functions, but for the migrations' own table.
func schemaOf(t *testing.T, db dbtest.Database) []string {
	t.Helper()
	rows, err := db.AsOwner(t).Pool.Query(t.Context(), `
		SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migrations'
		UNION ALL
		SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'schema_migrations'
		UNION ALL
		SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
		UNION ALL
		SELECT 'trigger ' || pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL
		SELECT 'function ' || proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = p.oid AND x.deptype = 'e') -- an extension stays
		ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestMigrateIsRefusedBelowALedgerWithEntries(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	l := newLedger(t, db)
	l.sign(t, "doc-1", 1)
	m := migrator(t, db.Migrate)
	err := m.Goto(10)
	if err == nil || !strings.Contains(err.Error(), "the audit trail would be lost") {
		t.Fatalf("going down over the audit trail: %v", err)
	}
	if _, err := db.AsOwner(t).Pool.Exec(t.Context(), "DROP TABLE audit_log"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Force(16), m.Goto(10)); err != nil {
		t.Fatal(err)
	}
	err = m.Goto(8)
	if err == nil || !strings.Contains(err.Error(), "would destroy proofs") || !strings.Contains(err.Error(), "migrate force") {
		t.Fatalf("going down over proofs: %v", err)
	}
	if _, dirty, err := m.Version(); !dirty || err != nil {
		t.Errorf("a failed migration is not reported as such: %v %v", dirty, err)
	}
}

func TestMigrateSaysWhatToDoWithoutRights(t *testing.T) {
	t.Parallel()
	db := dbtest.Empty(t)
	_, err := postgres.NewMigrator(t.Context(), db.App)
	if err == nil || !strings.Contains(err.Error(), "roles.sql") {
		t.Fatalf("the application's login migrates: %v", err)
	}
}

func TestSchemaVersion(t *testing.T) {
	t.Parallel()
	latest, err := postgres.LatestVersion()
	if err != nil {
		t.Fatal(err)
	}
	if version, dirty, err := dbtest.New(t).DB(t).SchemaVersion(t.Context()); version != latest || dirty || err != nil {
		t.Errorf("migrated: %d %v %v", version, dirty, err)
	}
	if version, dirty, err := dbtest.Empty(t).AsOwner(t).SchemaVersion(t.Context()); version != 0 || dirty || err != nil {
		t.Errorf("empty: %d %v %v", version, dirty, err)
	}
}

// Data of each area that an older schema can hold is there, and the ledger verifies, after every way up to the newest.
func TestUpgradesKeepWhatIsThere(t *testing.T) {
	t.Parallel()
	latest, err := postgres.LatestVersion()
	if err != nil {
		t.Fatal(err)
	}
	const oldest = 18 // going down further would lose revisions' contents and who was asked, and is refused
	for from := latest - 1; from >= oldest; from-- {
		t.Run(fmt.Sprintf("from %d", from), func(t *testing.T) {
			t.Parallel()
			o := scheduled(t, nil)
			l := o.ledger
			asked := asking("ann@example.com", "bob@example.com")
			asked[0].DueAt = *at(2)
			_, err := signersOf(l).Add(t.Context(), l.author, o.document.ID, asked)
			must(t, err)
			l.sign(t, "doc-1", 3)
			o.daily(t, 0, 3) // reminders, and emails that were sent
			size := prove(t, l)
			before := contentOf(t, o.database)
			m := migrator(t, o.database.Migrate)
			must(t, m.Goto(uint(from)))
			must(t, m.Up())
			l.db.Pool.Reset() // as a server of the new version begins
			if after := contentOf(t, o.database); !slices.Equal(before, after) {
				t.Errorf("before:\n%s\nafter:\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
			if now := prove(t, l); now != size {
				t.Errorf("%d entries, were %d", now, size)
			}
			if wrong, err := l.store.Guards(t.Context()); wrong != nil || err != nil {
				t.Errorf("what guards the proof tables: %v %v", wrong, err)
			}
			l.sign(t, "doc-2", 1)
			prove(t, l)
		})
	}
}

// contentOf tells how many rows tables have that every version has, and of the proof tables also what is in them.
func contentOf(t *testing.T, db dbtest.Database) (all []string) {
	t.Helper()
	pool := db.AsOwner(t).Pool
	for _, table := range []string{
		"signatures", "document_revisions", "ledger_entries", "ledger_nodes", "ledger_checkpoints", "signing_keys", "documents", "users", "audit_log",
		"expected_signers", "reminder_logs", "reminder_schedules", "email_queue",
	} {
		rest := "count(*)::text"
		if table == "ledger_entries" || table == "ledger_nodes" || table == "ledger_checkpoints" || table == "signatures" {
			rest = "md5(string_agg(x::text, ',' ORDER BY x::text))"
		}
		var n int
		var content string
		must(t, pool.QueryRow(t.Context(), "SELECT count(*), "+rest+" FROM "+table+" x").Scan(&n, &content))
		if n == 0 {
			t.Errorf("%s is empty: this proves too little", table)
		}
		all = append(all, fmt.Sprintf("%s: %d %s", table, n, content))
	}
	return all
}
