package config

import (
	"strings"
	"testing"
	"time"
)

func TestPool(t *testing.T) {
	t.Parallel()
	c, err := Load(nil, true)
	if want := (Pool{MaxConns: 25, Lifetime: 5 * time.Minute, Idle: 5 * time.Minute, StatementTimeout: 30 * time.Second}); err != nil || c.Pool != want {
		t.Errorf("by default %+v, %v", c.Pool, err)
	}
	c, err = Load([]string{
		"ACKIFY_DB_MAX_CONNS=4", "ACKIFY_DB_CONN_LIFETIME=1h", "ACKIFY_DB_CONN_IDLE=90s", "ACKIFY_DB_STATEMENT_TIMEOUT=0",
	}, true)
	if want := (Pool{MaxConns: 4, Lifetime: time.Hour, Idle: 90 * time.Second}); err != nil || c.Pool != want {
		t.Errorf("%+v, %v", c.Pool, err)
	}
	for bad, why := range map[string]string{
		"ACKIFY_DB_MAX_CONNS=3":             "3 is not between 4 and 1000",
		"ACKIFY_DB_MAX_CONNS=1001":          "1001 is not between 4 and 1000",
		"ACKIFY_DB_MAX_CONNS=many":          "is not a whole number (example: 25)",
		"ACKIFY_DB_CONN_LIFETIME=5":         `"5" is not a duration from 10s to 24h`,
		"ACKIFY_DB_CONN_LIFETIME=1s":        "from 10s to 24h",
		"ACKIFY_DB_CONN_IDLE=0":             "from 1s to 24h",
		"ACKIFY_DB_STATEMENT_TIMEOUT=-30s":  "from 1s to 1h",
		"ACKIFY_DB_STATEMENT_TIMEOUT=100ms": "from 1s to 1h",
	} {
		_, err := Load([]string{bad}, true)
		if variable, _, _ := strings.Cut(bad, "="); err == nil || !strings.Contains(err.Error(), variable+": ") || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
