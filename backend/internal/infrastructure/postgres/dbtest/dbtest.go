// Package dbtest gives each test a database of its own, cloned from a migrated template, on a real PostgreSQL.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg/embeddedpgtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

var (
	server *embeddedpg.Server
	number atomic.Int64
)

// Main starts PostgreSQL for the tests of a package: func TestMain(m *testing.M) { dbtest.Main(m) }.
func Main(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	dir, err := os.MkdirTemp("", "ackify-dbtest-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	bin, err := embeddedpgtest.BinDir()
	if err != nil {
		return 0, err
	}
	ctx := context.Background()
	if server, err = embeddedpg.Start(ctx, embeddedpg.Config{DataDir: dir, BinDir: bin, FsyncOff: true}); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Stop(ctx)) }()
	if err := quickLogins(ctx); err != nil {
		return 0, err
	}
	migrator, err := postgres.NewMigrator(ctx, server.MigrateDSN())
	if err != nil {
		return 0, err
	}
	if err := errors.Join(migrator.Up(), migrator.Close()); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// quickLogins has the roles log in with one round of hashing instead of 4,096: with the race detector each round counts, and tests connect
// thousands of times. The passwords stay.
func quickLogins(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, server.DSNs().Owner)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `SET scram_iterations = 1`)
	for _, dsn := range []string{server.DSNs().Owner, server.DSNs().Migrate, server.DSNs().App} {
		if err != nil {
			break
		}
		var role *pgx.ConnConfig
		if role, err = pgx.ParseConfig(dsn); err == nil {
			_, err = conn.Exec(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", role.User, role.Password))
		}
	}
	return errors.Join(err, conn.Close(ctx))
}

// Database is one test's own.
type Database struct {
	App, Migrate, Owner string // DSNs of ackify_app, ackify_migrate and the superuser
	Name                string
}

// New makes a migrated database that ends with the test.
func New(t testing.TB) Database {
	t.Helper()
	return create(t, "TEMPLATE "+embeddedpg.Database)
}

// Empty makes a database without any schema.
func Empty(t testing.TB) Database {
	t.Helper()
	return create(t, "TEMPLATE template0")
}

func create(t testing.TB, how string) Database {
	t.Helper()
	name := fmt.Sprintf("test_%d", number.Add(1))
	dsns := server.DSNs()
	admin(t, dsns.Owner, fmt.Sprintf("CREATE DATABASE %s OWNER ackify_owner %s", name, how))
	t.Cleanup(func() { admin(t, dsns.Owner, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)) })
	return Database{
		App: in(t, dsns.App, name), Migrate: in(t, dsns.Migrate, name), Owner: in(t, dsns.Owner, name), Name: name,
	}
}

func admin(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, in(t, dsn, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(ctx, statement)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatal(err)
	}
}

// in points a DSN at another database.
func in(t testing.TB, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		t.Fatalf("DSN %q: %v", dsn, err)
	}
	u.Path = "/" + name
	return u.String()
}

// DB opens a pool on the database as the application.
func (d Database) DB(t testing.TB) postgres.DB {
	t.Helper()
	return d.open(t, d.App)
}

// AsOwner opens a pool on the database as the superuser.
func (d Database) AsOwner(t testing.TB) postgres.DB {
	t.Helper()
	return d.open(t, d.Owner)
}

func (d Database) open(t testing.TB, dsn string) postgres.DB {
	t.Helper()
	pool, err := postgres.Open(context.Background(), postgres.PoolConfig{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return postgres.DB{Pool: pool}
}
