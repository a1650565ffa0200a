package postgres

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
)

// Login is what the database says about itself and about who is logged in.
type Login struct {
	Role      string // that the statements run as
	Version   int    // of the server, as in 160004
	Superuser bool
	Owner     bool     // owns the proof tables, or may become who does
	More      []string // attributes that the server has no use for: BYPASSRLS, CREATEROLE, …
	Member    bool     // has the rights of ackify_app
	May       []string // what a login must not: "UPDATE on signatures", …
	Encrypted bool
	Address   netip.Addr    // of the server; the zero Addr for a socket
	Ahead     time.Duration // its clock, before ours
	Standby   bool          // only reads can be done
}

const loginQuery = `
SELECT current_user, current_setting('server_version_num')::int, r.rolsuper,
	EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
		AND c.relname IN ('signatures', 'ledger_entries', 'ledger_nodes', 'ledger_checkpoints', 'document_revisions', 'audit_log')
		AND pg_has_role(current_user, c.relowner, 'MEMBER')),
	array_remove(ARRAY[CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
		CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END], NULL),
	EXISTS (SELECT FROM pg_roles a WHERE a.rolname = 'ackify_app' AND pg_has_role(current_user, a.oid, 'USAGE')),
	ARRAY(SELECT p.privilege || ' on ' || c.relname FROM pg_class c, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) p(privilege)
		WHERE c.relnamespace = 'public'::regnamespace
			AND c.relname IN ('signatures', 'ledger_entries', 'ledger_nodes', 'ledger_checkpoints', 'document_revisions', 'audit_log')
			AND has_table_privilege(current_user, c.oid, p.privilege) ORDER BY 1),
	coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), pg_is_in_recovery()
FROM pg_roles r WHERE r.rolname = current_user`

// Login asks who is logged in, and compares the clocks.
func (d DB) Login(ctx context.Context) (l Login, err error) {
	conn, err := d.Pool.Acquire(ctx)
	if err != nil {
		return l, translate(err)
	}
	defer conn.Release()
	if err := conn.QueryRow(ctx, loginQuery).Scan(
		&l.Role, &l.Version, &l.Superuser, &l.Owner, &l.More, &l.Member, &l.May, &l.Encrypted, &l.Standby,
	); err != nil {
		return l, translate(err)
	}
	if tcp, ok := conn.Conn().PgConn().Conn().RemoteAddr().(*net.TCPAddr); ok {
		l.Address = tcp.AddrPort().Addr().Unmap()
	}
	l.Ahead, err = ahead(ctx, conn.Conn())
	return l, translate(err)
}

// ahead is how far the database's clock is ahead of ours, 0 within what the answer took.
func ahead(ctx context.Context, conn *pgx.Conn) (time.Duration, error) {
	var theirs time.Time
	before := time.Now()
	err := conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&theirs)
	after := time.Now()
	switch {
	case err != nil:
		return 0, err
	case theirs.After(after):
		return theirs.Sub(after), nil
	case theirs.Before(before):
		return theirs.Sub(before), nil
	}
	return 0, nil
}
