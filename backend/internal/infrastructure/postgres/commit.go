package postgres

import (
	"context"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// committing runs what commits entries, so that PostgreSQL is never asked to cancel it. A commit that waits for a synchronous standby
// and is cancelled can be seen by everybody although no standby has it, and would be lost with this server; one that is merely left
// alone stays unseen until a standby has it. Whoever waited is told that the outcome is unknown. The connection must still be the
// caller's when fn returns.
func committing(conn *pgx.Conn, fn func() error) error {
	lasting := lastingConn(conn.PgConn().Conn())
	if lasting == nil {
		return fn()
	}
	lasting.committing.Store(true)
	err := fn()
	if !conn.IsClosed() { // else the driver is about to cancel
		lasting.committing.Store(false)
	}
	return err
}

// lasting is a connection whose other end is not to be found while it commits: that is where the driver sends its requests to cancel,
// and it offers no other way to keep it from sending one.
type lasting struct {
	net.Conn
	committing atomic.Bool
}

// dialLasting makes lasting connections.
func dialLasting(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if network == (hidden{}).Network() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &lasting{Conn: conn}, nil
	}
}

func lastingConn(conn net.Conn) *lasting {
	if encrypted, is := conn.(interface{ NetConn() net.Conn }); is {
		conn = encrypted.NetConn()
	}
	found, _ := conn.(*lasting)
	return found
}

// RemoteAddr is hidden during a commit.
func (l *lasting) RemoteAddr() net.Addr {
	if l.committing.Load() {
		return hidden{}
	}
	return l.Conn.RemoteAddr()
}

// hidden is the address of nobody.
type hidden struct{}

func (hidden) Network() string { return "hidden" }
func (hidden) String() string  { return "hidden while it commits" }
