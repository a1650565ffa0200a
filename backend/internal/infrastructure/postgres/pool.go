// Package postgres implements what the application asks of a database.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// PoolConfig sizes the connection pool.
type PoolConfig struct {
	DSN              string
	MaxConns         int32           // 0: 25
	MaxLifetime      time.Duration   // 0: 5 minutes
	MaxIdle          time.Duration   // 0: 5 minutes
	StatementTimeout time.Duration   // 0: 30 seconds; ServersOwn: not said. One in the DSN counts more
	Tracer           pgx.QueryTracer // nil: none
}

// ServersOwn leaves a time-out to the database's own configuration.
const ServersOwn time.Duration = -1

// Open makes a pool; it connects when first used.
func Open(ctx context.Context, cfg PoolConfig) (*pgxpool.Pool, error) {
	parsed, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, fmt.Errorf("read the DSN: %w", err)
	}
	switch parsed.ConnConfig.DefaultQueryExecMode {
	case pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol:
		return nil, errors.New("default_query_exec_mode says that the database is not asked for the types of parameters, without which values arrive as " +
			"something else: for a pooler that does not follow prepared statements say default_query_exec_mode=cache_describe")
	}
	parsed.MaxConns = cmp.Or(cfg.MaxConns, 25)
	parsed.MaxConnLifetime = cmp.Or(cfg.MaxLifetime, 5*time.Minute)
	parsed.MaxConnIdleTime = cmp.Or(cfg.MaxIdle, 5*time.Minute)
	parsed.ConnConfig.ConnectTimeout = cmp.Or(parsed.ConnConfig.ConnectTimeout, 5*time.Second)
	parsed.ConnConfig.DialFunc = dialLasting(parsed.ConnConfig.DialFunc)
	params := parsed.ConnConfig.RuntimeParams
	params["application_name"] = "ackify"
	params["timezone"] = "UTC"
	if within := cmp.Or(cfg.StatementTimeout, 30*time.Second); within > 0 && params["statement_timeout"] == "" {
		params["statement_timeout"] = strconv.FormatInt(within.Milliseconds(), 10)
	}
	parsed.ConnConfig.Tracer = limit(statementTimeout(params["statement_timeout"]), cfg.Tracer)
	parsed.PingTimeout = grace
	return pgxpool.NewWithConfig(ctx, parsed)
}

// DB is what every repository works on.
type DB struct {
	Pool *pgxpool.Pool
}

func (d DB) queries() *sqlcgen.Queries { return sqlcgen.New(d.Pool) }

// inTx runs fn in one transaction; it is committed when fn succeeds.
func (d DB) inTx(ctx context.Context, fn func(*sqlcgen.Queries) error) error {
	err := pgx.BeginFunc(ctx, d.Pool, func(tx pgx.Tx) error { return fn(sqlcgen.New(tx)) })
	return translate(err)
}

var errSchema = domain.E(domain.KindUnavailable, "database.schema", "The database's schema is not the one that this version of Ackify works with.")

// Ready answers domain.ErrDatabase when the database cannot be reached, and another error when its schema is not this build's.
func (d DB) Ready(ctx context.Context) error {
	have, dirty, err := d.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	want, err := LatestVersion()
	if err == nil && (have != want || dirty) {
		err = errSchema
	}
	return err
}

// SchemaVersion returns the version that the migrations left, and whether one of them failed half way.
func (d DB) SchemaVersion(ctx context.Context) (version int, dirty bool, err error) {
	err = d.Pool.QueryRow(ctx, `SELECT version, dirty FROM schema_migrations`).Scan(&version, &dirty)
	if code := sqlState(err); code == "42P01" || code == "42501" || isNoRows(err) { // no such table, or none to be seen
		return 0, false, nil
	}
	return version, dirty, translate(err)
}
