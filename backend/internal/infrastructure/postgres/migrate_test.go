package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
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
	latest, err := postgres.LatestVersion()
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
	if version, dirty, err := m.Version(); int(version) >= latest || dirty || err != nil {
		t.Fatalf("after down: version %d, dirty %v, %v", version, dirty, err)
	}
	for version := uint(latest); version > 0; {
		if err := m.Down(); err != nil {
			t.Fatal(err)
		}
		if version, _, err = m.Version(); err != nil {
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
