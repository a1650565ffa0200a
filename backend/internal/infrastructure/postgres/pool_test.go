package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestPoolIsAsItIsConfigured(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for _, c := range []struct {
		name string
		size postgres.PoolConfig
		want string
	}{
		{"by default", postgres.PoolConfig{DSN: db.App}, "25 5m0s 5m0s; 30s UTC ackify"},
		{"as configured", postgres.PoolConfig{DSN: db.App, MaxConns: 7, MaxLifetime: time.Hour, MaxIdle: 20 * time.Second, StatementTimeout: 1500 * time.Millisecond}, "7 1h0m0s 20s; 1500ms UTC ackify"},
		{"the DSN's time-out counts more", postgres.PoolConfig{DSN: db.App + "&statement_timeout=2s", StatementTimeout: time.Minute}, "25 5m0s 5m0s; 2s UTC ackify"},
		{"the server's own time-out", postgres.PoolConfig{DSN: db.App, StatementTimeout: postgres.ServersOwn}, "25 5m0s 5m0s; 0 UTC ackify"},
	} {
		pool, err := postgres.Open(t.Context(), c.size)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		is := pool.Config()
		var settings string
		err = pool.QueryRow(t.Context(), `SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('timezone'), current_setting('application_name'))`).Scan(&settings)
		got := fmt.Sprintf("%d %s %s; %s", is.MaxConns, is.MaxConnLifetime, is.MaxConnIdleTime, settings)
		if is.ConnConfig.ConnectTimeout != 2*time.Minute {
			t.Error("connect_timeout of the DSN is not kept:", is.ConnConfig.ConnectTimeout)
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %s, want %s; %v", c.name, got, c.want, err)
		}
	}
}

func TestPoolRefusesToGuessTypes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"exec", "simple_protocol"} {
		_, err := postgres.Open(t.Context(), postgres.PoolConfig{DSN: "postgres://db/ackify?default_query_exec_mode=" + mode})
		if err == nil || !strings.Contains(err.Error(), "default_query_exec_mode=cache_describe") {
			t.Errorf("%s: %v", mode, err)
		}
	}
}
