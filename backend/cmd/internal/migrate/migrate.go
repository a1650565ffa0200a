// Package migrate is the command that changes the schema of Ackify's database: a program of its own, and in the image another name of ackify.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

const usage = `Usage: migrate up | down | version | goto VERSION | force VERSION

  up       apply every migration that is missing
  down     take the newest one back
  version  print the schema's version
  goto     go up or down to a version
  force    say which version the schema is at, after mending a failed migration by hand

The database is ACKIFY_MIGRATE_DSN, else ACKIFY_DB_DSN (or either with _FILE).
An embedded database is migrated by "ackify serve"`

// Main runs the command with the arguments after its name, and answers the exit status: 2 for a wrong call or configuration.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, args)
	stop()
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "migrate:", err)
	var problems config.Problems
	if errors.Is(err, errUsage) || errors.As(err, &problems) {
		return 2
	}
	return 1
}

var errUsage = errors.New("that is not how it is called\n" + usage)

func run(ctx context.Context, args []string) (err error) {
	if len(args) == 1 && (args[0] == "help" || args[0] == "-h" || args[0] == "--help") {
		fmt.Println(usage)
		return nil
	}
	act, err := action(args)
	if err != nil {
		return err
	}
	cfg, err := config.Load(os.Environ(), false)
	if err != nil {
		return err
	}
	dsn := cfg.MigrateDSN
	if dsn == "" {
		dsn = cfg.DSN
	}
	if dsn == "" {
		return config.Problems{{
			Variable: "ACKIFY_MIGRATE_DSN", Wrong: "is missing; the embedded database is migrated by `ackify serve`",
			Example: "postgres://ackify_migrate:…@db:5432/ackify?sslmode=require",
		}}
	}
	migrator, err := postgres.NewMigrator(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, migrator.Close()) }()
	if err := act(migrator); err != nil {
		return err
	}
	return printVersion(migrator)
}

// action reads what to do from the arguments.
func action(args []string) (func(*postgres.Migrator) error, error) {
	switch {
	case len(args) == 1 && args[0] == "up":
		return (*postgres.Migrator).Up, nil
	case len(args) == 1 && args[0] == "down":
		return (*postgres.Migrator).Down, nil
	case len(args) == 1 && args[0] == "version":
		return func(*postgres.Migrator) error { return nil }, nil
	case len(args) == 2 && (args[0] == "goto" || args[0] == "force"):
		version, err := strconv.ParseUint(args[1], 10, 31)
		if err != nil {
			return nil, fmt.Errorf("%q is not a version: %w", args[1], errUsage)
		}
		if args[0] == "goto" {
			return func(m *postgres.Migrator) error { return m.Goto(uint(version)) }, nil
		}
		return func(m *postgres.Migrator) error { return m.Force(int(version)) }, nil //nolint:gosec // 31 bits fit
	}
	return nil, errUsage
}

func printVersion(m *postgres.Migrator) error {
	version, dirty, err := m.Version()
	if err != nil {
		return err
	}
	latest, err := postgres.LatestVersion()
	if err != nil {
		return err
	}
	state := ""
	if dirty {
		state = fmt.Sprintf("; migration %d failed and was rolled back: mend the cause, then `migrate force %d` and `migrate up`", version, int(version)-1)
	}
	fmt.Printf("The schema is at version %d; the newest is %d%s\n", version, latest, state)
	return nil
}
