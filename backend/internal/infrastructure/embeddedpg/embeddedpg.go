// Package embeddedpg runs a PostgreSQL of Ackify's own in the data directory: the default for an operator who gives no
// DSN. It makes the cluster and its roles on first use, starts and supervises the server, and stops it. The server
// listens on a Unix socket and on 127.0.0.1 only, always with scram-sha-256.
//
// In the data directory it keeps postgres/ (the cluster), postgres.json (port and passwords, mode 0600), postgres.log
// and ackify.lock. It supports Linux and macOS.
package embeddedpg

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// Database is the database that every DSN names.
const Database = "ackify"

// The login roles. The cluster also has ackify_owner (owns the database, granted to ackify_migrate) and
// ackify_readonly, neither of which can log in.
const (
	ownerRole   = "postgres" // superuser
	migrateRole = "ackify_migrate"
	appRole     = "ackify_app"
)

// ErrInUse is returned when another process holds the data directory.
var ErrInUse = errors.New("the data directory is in use by another Ackify process")

// Config says where the server lives. DataDir is required.
type Config struct {
	DataDir  string       // made if missing
	BinDir   string       // holds postgres and initdb, or has them in bin/; empty: see FindBinaries
	Logger   *slog.Logger // nil: silent. The server's own log goes to postgres.log in DataDir.
	FsyncOff bool         // for tests only: a crash of the machine loses data
}

// DSNs are the addresses of one running server, as URLs that pgx and psql take. The first three use the Unix socket,
// which only the accounts of Ackify and of the server can reach; the others 127.0.0.1.
type DSNs struct {
	App, Migrate, Owner          string // ackify_app, ackify_migrate, superuser
	AppTCP, MigrateTCP, OwnerTCP string
}

func makeDSNs(s state, socketDir string, port int) DSNs {
	socket := func(role string) string {
		query := url.Values{"host": {socketDir}, "port": {strconv.Itoa(port)}, "sslmode": {"disable"}}.Encode()
		// libpq does not read a plus sign as a space.
		return dsn(role, s.Passwords[role], "", strings.ReplaceAll(query, "+", "%20"))
	}
	tcp := func(role string) string {
		return dsn(role, s.Passwords[role], fmt.Sprintf("127.0.0.1:%d", port), "sslmode=disable")
	}
	return DSNs{
		App: socket(appRole), Migrate: socket(migrateRole), Owner: socket(ownerRole),
		AppTCP: tcp(appRole), MigrateTCP: tcp(migrateRole), OwnerTCP: tcp(ownerRole),
	}
}

func dsn(role, password, host, query string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: host, Path: "/" + Database, RawQuery: query}
	return u.String()
}

// layout is the data directory's contents. Every path is absolute and free of symbolic links.
type layout struct{ dir string }

func (l layout) cluster() string    { return filepath.Join(l.dir, "postgres") }
func (l layout) unfinished() string { return filepath.Join(l.dir, "postgres.init") }
func (l layout) stateFile() string  { return filepath.Join(l.dir, "postgres.json") }
func (l layout) logFile() string    { return filepath.Join(l.dir, "postgres.log") }
func (l layout) lockFile() string   { return filepath.Join(l.dir, "ackify.lock") }
func (l layout) marker() string     { return filepath.Join(l.cluster(), markerName) }

// markerName is the file, in the cluster's directory, that is written last: its cluster is complete, and ours.
const markerName = "ackify-cluster"

func newLayout(dataDir string) (layout, error) {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return layout{}, err
	}
	// The server reports its directory without symbolic links; an absent one has none to follow.
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return layout{dir: dir}, nil
}
