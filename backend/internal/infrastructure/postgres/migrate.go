package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/golang-migrate/migrate/v4"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/ackify/ackify/backend/migrations"
)

// Migrator changes the schema. It works as ackify_owner, whoever logs in.
type Migrator struct {
	migrate *migrate.Migrate
}

// NewMigrator connects, makes roles and rights that are missing, and becomes the owner.
func NewMigrator(ctx context.Context, dsn string) (*Migrator, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the DSN: %w", err)
	}
	config.RuntimeParams["application_name"] = "ackify-migrate"
	if err := refusePooler(ctx, config); err != nil {
		return nil, err
	}
	if err := prepareRoles(ctx, config); err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE ackify_owner`)
		return err
	}))
	m, err := newMigrate(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Migrator{migrate: m}, nil
}

func newMigrate(ctx context.Context, db *sql.DB) (*migrate.Migrate, error) {
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("connect as the schema's owner: %w", err)
	}
	driver, err := migratepgx.WithInstance(db, &migratepgx.Config{SchemaName: "public"})
	if err != nil {
		return nil, err
	}
	files, err := iofs.New(migrations.Files, ".")
	if err != nil {
		return nil, err
	}
	return migrate.NewWithInstance("embedded", files, "ackify", driver)
}

// refusePooler fails where a connection is given to others between two transactions: a migration becomes the owner and takes a lock for
// the whole session, which would be theirs then.
func refusePooler(ctx context.Context, config *pgx.ConnConfig) error {
	config = config.Copy()
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // which no pooler stumbles over
	var before int64
	for range 2 {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return fmt.Errorf("connect to the database: %w", err)
		}
		defer func() { _ = conn.Close(ctx) }()
		var process int64
		if err := conn.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&process); err != nil || process == int64(conn.PgConn().PID()) {
			return err
		}
		if process == before { // two connections, both open, and one process of PostgreSQL
			return errors.New("this is a pooler of transactions, such as PgBouncer; a migration needs a session of its own and goes around it: " +
				"name the database itself in ACKIFY_MIGRATE_DSN")
		}
		before = process
	}
	return nil
}

// prepareRoles runs roles.sql unless all of it is in place already, as it is where the operator has prepared the cluster.
func prepareRoles(ctx context.Context, config *pgx.ConnConfig) (err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	ready, err := rolesReady(ctx, conn)
	if err != nil || ready {
		return err
	}
	_, err = conn.Exec(ctx, migrations.Roles)
	if err == nil {
		// Granting what is not one's own is only warned about.
		ready, err = rolesReady(ctx, conn)
	}
	if err == nil && ready {
		return nil
	}
	return errors.Join(errors.New("the roles ackify_owner, ackify_migrate, ackify_app and ackify_readonly are not ready in this database "+
		"and this login may not prepare them; let a superuser of the cluster run backend/migrations/roles.sql in this database, "+
		"then grant ackify_owner to this login"), err)
}

func rolesReady(ctx context.Context, conn *pgx.Conn) (ready bool, err error) {
	err = conn.QueryRow(ctx, `
		SELECT count(*) = 4
			AND bool_and(rolname <> 'ackify_owner'
				OR pg_has_role(current_user, oid, 'SET') AND has_schema_privilege(oid, 'public', 'CREATE')
					AND has_database_privilege(oid, current_database(), 'CREATE'))
			AND bool_and(rolname = 'ackify_owner'
				OR has_schema_privilege(oid, 'public', 'USAGE') AND has_database_privilege(oid, current_database(), 'CONNECT'))
		FROM pg_roles WHERE rolname IN ('ackify_owner', 'ackify_migrate', 'ackify_app', 'ackify_readonly')`).Scan(&ready)
	return ready, err
}

// Close disconnects.
func (m *Migrator) Close() error {
	source, db := m.migrate.Close()
	return errors.Join(source, db)
}

// Up applies every migration that is missing.
func (m *Migrator) Up() error { return m.explain(m.migrate.Up()) }

// Down takes the newest migration back.
func (m *Migrator) Down() error { return m.explain(m.migrate.Steps(-1)) }

// Goto goes up or down to a version.
func (m *Migrator) Goto(version uint) error { return m.explain(m.migrate.Migrate(version)) }

// Force says which version the schema is at, without running anything.
func (m *Migrator) Force(version int) error { return m.migrate.Force(version) }

// Version returns the schema's version, 0 when it is empty, and whether a migration failed.
func (m *Migrator) Version() (version uint, dirty bool, err error) {
	version, dirty, err = m.migrate.Version()
	if errors.Is(err, migrate.ErrNilVersion) {
		return 0, false, nil
	}
	return version, dirty, err
}

// explain says how to go on after a failed migration. Each file is one transaction, so a failed one left nothing.
func (m *Migrator) explain(err error) error {
	if err == nil || errors.Is(err, migrate.ErrNoChange) {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no migration to apply in that direction")
	}
	version, dirty, versionErr := m.Version()
	if versionErr != nil || !dirty {
		return err
	}
	return fmt.Errorf("migration %d failed and was rolled back: %w\n"+
		"Mend the cause, then say where the schema is and go on: `migrate force %d` if it was going up (`migrate force %d` if down), "+
		"then `migrate up`", version, err, int(version)-1, version+1)
}

// LatestVersion is the version that this build of Ackify works with.
func LatestVersion() (int, error) {
	names, err := fs.Glob(migrations.Files, "*.up.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(errors.New("no migrations are embedded"), err)
	}
	var version int
	_, err = fmt.Sscanf(names[len(names)-1], "%04d", &version)
	return version, err
}
