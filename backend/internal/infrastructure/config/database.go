package config

import (
	"fmt"
	"time"
)

// rawDatabase is what the environment says about connections to the database.
type rawDatabase struct {
	DBMaxConns         int    `env:"ACKIFY_DB_MAX_CONNS" envDefault:"25"`
	DBConnLifetime     string `env:"ACKIFY_DB_CONN_LIFETIME" envDefault:"5m"`
	DBConnIdle         string `env:"ACKIFY_DB_CONN_IDLE" envDefault:"5m"`
	DBStatementTimeout string `env:"ACKIFY_DB_STATEMENT_TIMEOUT" envDefault:"30s"`
}

// Pool says how many connections to the database there are, and for how long.
type Pool struct {
	MaxConns         int32
	Lifetime         time.Duration // after which a connection is replaced
	Idle             time.Duration // after which a connection that nobody uses is closed
	StatementTimeout time.Duration // after which the database gives a statement up; 0: when the database itself says so
}

// fewestConns lets an entry be appended, and what it builds on be checked, while requests hold the others.
const fewestConns = 4

func (r *reader) pool(in rawDatabase) Pool {
	r.within("ACKIFY_DB_MAX_CONNS", in.DBMaxConns, fewestConns, 1000, "25")
	return Pool{
		MaxConns: int32(in.DBMaxConns), //nolint:gosec // was just checked
		Lifetime: r.duration("ACKIFY_DB_CONN_LIFETIME", in.DBConnLifetime, 10*time.Second, 24*time.Hour, "5m"),
		Idle:     r.duration("ACKIFY_DB_CONN_IDLE", in.DBConnIdle, time.Second, 24*time.Hour, "5m"),
		// PostgreSQL counts milliseconds in 32 bits.
		StatementTimeout: r.durationOrNone("ACKIFY_DB_STATEMENT_TIMEOUT", in.DBStatementTimeout, time.Second, time.Hour, "30s"),
	}
}

func (r *reader) durationOrNone(variable, s string, least, most time.Duration, example string) time.Duration {
	if s == "0" {
		return 0
	}
	return r.duration(variable, s, least, most, example)
}

func (r *reader) duration(variable, s string, least, most time.Duration, example string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		r.wrong(variable, fmt.Sprintf("%q is not a duration from %s to %s", s, short(least), short(most)), example)
	}
	return d
}

// short writes whole hours, minutes or seconds as one would.
func short(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}} {
		if d%unit.of == 0 {
			return fmt.Sprintf("%d%s", d/unit.of, unit.name)
		}
	}
	return d.String()
}
