package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/internal/infrastructure/tracing"
)

// database is an open pool and whatever has to end with it.
type database struct {
	postgres.DB
	server *embeddedpg.Server // nil with a DSN, or when another process runs it
}

// unhurried is how long closing the database may take when nobody waits for it.
const unhurried = 30 * time.Second

// close waits so long for connections that are in use, and for the embedded database to end; then it ends them all the same.
func (d *database) close(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	closed := make(chan struct{})
	go func() { d.Pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-ctx.Done():
	}
	if d.server == nil {
		return nil
	}
	return d.server.Stop(ctx)
}

// pool is how the configuration wants connections.
func pool(cfg *config.Config, traces *tracing.Traces) postgres.PoolConfig {
	p := postgres.PoolConfig{
		MaxConns: cfg.Pool.MaxConns, MaxLifetime: cfg.Pool.Lifetime, MaxIdle: cfg.Pool.Idle, StatementTimeout: cfg.Pool.StatementTimeout,
		Tracer: traces.Database(),
	}
	if p.StatementTimeout == 0 {
		p.StatementTimeout = postgres.ServersOwn
	}
	return p
}

// openDatabase opens the configured database, or starts the embedded one, brings its schema up to date and completes the
// configuration with the secrets kept beside it. A configured database is never migrated here.
func openDatabase(ctx context.Context, cfg *config.Config, traces *tracing.Traces, logger *slog.Logger) (*database, error) {
	if !cfg.Embedded() {
		return await(ctx, cfg.DSN, patience{total: time.Minute, pause: 500 * time.Millisecond, say: 5 * time.Second, pool: pool(cfg, traces)}, logger)
	}
	server, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: cfg.DataDir, BinDir: cfg.PostgresDir, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("ACKIFY_DATA_DIR=%s: %w", cfg.DataDir, err)
	}
	db, err := openEmbedded(ctx, cfg, server, traces, logger)
	if err != nil {
		return nil, errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
	}
	return db, nil
}

func openEmbedded(
	ctx context.Context, cfg *config.Config, server *embeddedpg.Server, traces *tracing.Traces, logger *slog.Logger,
) (*database, error) {
	if err := migrateEmbedded(ctx, server, logger); err != nil {
		return nil, err
	}
	db, err := connect(ctx, server.AppDSN(), pool(cfg, traces), server)
	if err != nil {
		return nil, err
	}
	if err := keepSecrets(ctx, cfg, db); err != nil {
		db.Pool.Close()
		return nil, err
	}
	return db, nil
}

// keepSecrets reads the secrets of the data directory and makes those that are missing; but no signing key for a ledger that another
// one has signed.
func keepSecrets(ctx context.Context, cfg *config.Config, db *database) error {
	empty, err := postgres.Ledger{DB: db.DB}.IsEmpty(ctx)
	if err != nil {
		return err
	}
	if cfg.SigningKey == "" {
		if cfg.SigningKey, err = secrets.Keep(cfg.DataDir, secrets.SigningKeyFile, empty); err != nil {
			return err
		}
	}
	if cfg.CookieSecret == "" {
		cfg.CookieSecret, err = secrets.Keep(cfg.DataDir, secrets.CookieSecretFile, true)
	}
	return err
}

// migrateEmbedded looks first, as there is nothing to do at most starts.
func migrateEmbedded(ctx context.Context, server *embeddedpg.Server, logger *slog.Logger) (err error) {
	pool, err := postgres.Open(ctx, postgres.PoolConfig{DSN: server.MigrateDSN(), MaxConns: 1})
	if err != nil {
		return err
	}
	have, dirty, err := postgres.DB{Pool: pool}.SchemaVersion(ctx)
	pool.Close()
	if err != nil {
		return err
	}
	want, err := postgres.LatestVersion()
	if err != nil || have == want && !dirty {
		return err
	}
	if have > want {
		return schemaError(have, want, dirty)
	}
	logger.Info("migrating the embedded database", "from", have, "to", want)
	migrator, err := postgres.NewMigrator(ctx, server.MigrateDSN())
	if err != nil {
		return err
	}
	return errors.Join(migrator.Up(), migrator.Close())
}

// patience is how a start waits for a database.
type patience struct {
	total time.Duration // until it gives up
	pause time.Duration // between attempts
	say   time.Duration // between mentions in the log
	pool  postgres.PoolConfig
}

// await connects as soon as the database answers. What waiting does not mend fails at once.
func await(ctx context.Context, dsn string, p patience, logger *slog.Logger) (*database, error) {
	began := time.Now()
	for said := time.Duration(-1); ; {
		db, err := connect(ctx, dsn, p.pool, nil)
		if err == nil || !postgres.MayAnswerSoon(err) || ctx.Err() != nil {
			return db, err
		}
		waited := time.Since(began)
		if waited >= p.total {
			return nil, fmt.Errorf("the database has not answered for %s; is it running, and does ACKIFY_DB_DSN name the right host and port? %w", p.total, err)
		}
		if said < 0 || waited-said >= p.say {
			said = waited
			logger.Warn("the database does not answer yet", "error", err, "giving_up_after", (p.total - waited).Round(time.Second).String())
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(p.pause, p.total-waited)):
		}
	}
}

// connect opens a pool and refuses a schema that this build does not fit.
func connect(ctx context.Context, dsn string, size postgres.PoolConfig, server *embeddedpg.Server) (*database, error) {
	size.DSN = dsn
	pool, err := postgres.Open(ctx, size)
	if err != nil {
		return nil, fmt.Errorf("ACKIFY_DB_DSN: %w", err)
	}
	db := &database{DB: postgres.DB{Pool: pool}, server: server}
	have, dirty, err := db.SchemaVersion(ctx)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w%s", err, postgres.Remedy(err))
	}
	want, err := postgres.LatestVersion()
	if err == nil && (have != want || dirty) {
		err = schemaError(have, want, dirty)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

func schemaError(have, want int, dirty bool) error {
	switch {
	case dirty:
		return fmt.Errorf("migration %d of the database failed half way; run `migrate version` and follow what it says", have)
	case have == 0:
		return fmt.Errorf("there is no schema of Ackify in the database, or one too old for this login to see; this Ackify needs version %d: "+
			"run `migrate up`", want)
	case have < want:
		return fmt.Errorf("the database's schema is version %d, this Ackify needs %d: run `migrate up`", have, want)
	}
	return fmt.Errorf("the database's schema is version %d, newer than the %d of this Ackify: start a newer Ackify, "+
		"or run `migrate goto %d` with the newer one first", have, want, want)
}

// attach opens the database for a command that works beside a running server, or starts the embedded one for as long as the
// command takes.
func attach(ctx context.Context, cfg *config.Config, logger *slog.Logger) (*database, error) {
	if !cfg.Embedded() {
		return connect(ctx, cfg.DSN, pool(cfg, nil), nil)
	}
	dsns, running, err := embeddedpg.Attach(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	if running {
		return connect(ctx, dsns.AppTCP, pool(cfg, nil), nil)
	}
	if _, err := os.Stat(cfg.DataDir); err != nil {
		return nil, fmt.Errorf("there is no Ackify in ACKIFY_DATA_DIR: %w", err)
	}
	return openDatabase(ctx, cfg, nil, logger)
}
