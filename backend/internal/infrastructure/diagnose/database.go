package diagnose

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	oldestPostgres = 160000
	// mostSkew is from where on nothing is signed; see postgres's append.
	mostSkew = 5 * time.Second
	muchSkew = time.Second
)

// Database tries the database, its schema, who is logged in there, the keys and the clocks.
func (d Doctor) Database(ctx context.Context) []Finding {
	var r report
	later := []string{"role", "grants", "tls", "migrations", "keys", "clock"}
	db, err := d.open(ctx)
	var login postgres.Login
	if err == nil {
		defer db.Pool.Close()
		login, err = db.Login(ctx)
	}
	if err != nil {
		d.away(&r, err)
		for _, check := range later {
			r.skipped(check, "the database cannot be asked")
		}
		return r.findings
	}
	version := fmt.Sprintf("PostgreSQL %d.%d", login.Version/10000, login.Version%10000)
	switch {
	case login.Version < oldestPostgres:
		r.wrong("database", version+" is too old: Ackify needs 16 or newer", "upgrade the database's server: pg_upgrade, or pg_dump into a newer one")
	case login.Standby:
		r.wrong("database", "this is a standby, on which nothing can be written", "add target_session_attrs=read-write to ACKIFY_DB_DSN and name all servers: postgres://…@a,b/ackify?target_session_attrs=read-write")
	default:
		r.ok("database", "reached; %s", version)
	}
	if have, ok := migrations(ctx, &r, db); ok {
		role(&r, login)
		grants(ctx, &r, db)
		d.keys(ctx, &r, db)
	} else {
		for _, check := range []string{"role", "grants", "keys"} {
			r.skipped(check, "the schema is version %d", have)
		}
	}
	d.tls(&r, login)
	clock(&r, login.Ahead)
	return r.findings
}

var errNotRunning = errors.New("the embedded database runs only while the server does")

// open makes a small pool. It neither starts nor migrates anything.
func (d Doctor) open(ctx context.Context) (postgres.DB, error) {
	dsn := d.Config.DSN
	if d.Config.Embedded() {
		dsns, running, err := embeddedpg.Attach(d.Config.DataDir)
		if err == nil && !running {
			err = errNotRunning
		}
		if err != nil {
			return postgres.DB{}, err
		}
		dsn = dsns.AppTCP
	}
	pool, err := postgres.Open(ctx, postgres.PoolConfig{DSN: dsn, MaxConns: 2})
	return postgres.DB{Pool: pool}, err
}

// away explains why the database does not answer.
func (d Doctor) away(r *report, err error) {
	const check = "database"
	if errors.Is(err, errNotRunning) {
		r.warn(check, errNotRunning.Error()+", and it does not in "+d.Config.DataDir, "ackify serve")
		return
	}
	if d.Config.Embedded() {
		r.wrong(check, "the embedded database in "+d.Config.DataDir+" does not answer: "+withoutDSN(err, ""), "read "+d.Config.DataDir+"/postgres.log, and restart: ackify serve")
		return
	}
	var said *pgconn.PgError
	text, remedy := "it cannot be reached: "+withoutDSN(err, d.Config.DSN), "is it running, and are host and port in ACKIFY_DB_DSN right? Try: pg_isready -d \"$ACKIFY_DB_DSN\"; with compose.yml: docker compose up -d ackify-db, and its log"
	if errors.As(err, &said) {
		text = "it refuses: " + said.Message
		switch said.Code {
		case "28P01", "28000":
			remedy = "give the role its password as a superuser, and put it in ACKIFY_DB_DSN: ALTER ROLE ackify_app LOGIN PASSWORD '…'"
		case "3D000":
			remedy = "make the database as a superuser, then run: migrate up. CREATE DATABASE ackify"
		case "42501":
			remedy = "let a superuser run backend/migrations/roles.sql in this database, then run: migrate up"
		case "53300":
			remedy = "it has no connection left: raise max_connections in postgresql.conf, or lower ACKIFY's share by running fewer processes"
		default:
			remedy = "read the log of the database's server"
		}
	}
	r.wrong(check, text, remedy)
}

// withoutDSN leaves passwords out of an error.
func withoutDSN(err error, dsn string) string {
	text := err.Error()
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		return "ACKIFY_DB_DSN cannot be read"
	}
	if u, bad := url.Parse(dsn); bad == nil {
		if password, given := u.User.Password(); given && password != "" {
			text = strings.ReplaceAll(text, password, "[password]")
		}
	}
	text = strings.TrimPrefix(text, domain.ErrDatabase.Error()+": ")
	// The driver tells of every address and attempt; the last says enough.
	if i := strings.LastIndex(text, "dial error: "); i >= 0 {
		return text[i+len("dial error: "):]
	}
	return text
}

func migrations(ctx context.Context, r *report, db postgres.DB) (have int, ok bool) {
	const check = "migrations"
	have, dirty, err := db.SchemaVersion(ctx)
	want, wantErr := postgres.LatestVersion()
	switch {
	case errors.Join(err, wantErr) != nil:
		r.wrong(check, "the schema's version cannot be read: "+errors.Join(err, wantErr).Error(), "migrate version")
	case dirty:
		r.wrong(check, fmt.Sprintf("migration %d failed half way", have), "migrate version, and follow what it says")
	case have == 0:
		r.wrong(check, "there is no schema of Ackify in the database, or this login may not see it", "migrate up")
	case have < want:
		r.wrong(check, fmt.Sprintf("the schema is version %d, this Ackify needs %d", have, want), "migrate up")
	case have > want:
		r.wrong(check, fmt.Sprintf("the schema is version %d, newer than the %d of this Ackify", have, want), fmt.Sprintf("start a newer Ackify, or run with the newer one: migrate goto %d", want))
	default:
		r.ok(check, "the schema is at version %d, as it should be", have)
		return have, true
	}
	return have, false
}

// Login is the problem with a role that may do more than a server must, nil when there is none: who is served by it could change proofs.
func Login(l postgres.Login) error {
	var what string
	switch {
	case l.Superuser:
		what = "a superuser"
	case l.Owner:
		what = "the owner of the tables, or may become who is"
	default:
		return nil
	}
	return config.Problems{{
		Variable: "ACKIFY_DB_DSN",
		Wrong: fmt.Sprintf("logs in as %q, which is %s, and could change what must not change. Give the server a login of its own: "+
			"ALTER ROLE ackify_app LOGIN PASSWORD '…'", l.Role, what),
		Example: "postgres://ackify_app:…@db:5432/ackify?sslmode=require",
	}}
}

func role(r *report, l postgres.Login) {
	const check = "role"
	const remedy = "log in as ackify_app: ALTER ROLE ackify_app LOGIN PASSWORD '…'; then ACKIFY_DB_DSN=postgres://ackify_app:…@…"
	switch {
	case l.Superuser:
		r.wrong(check, fmt.Sprintf("the server would log in as %q, a superuser, which may change every proof; it does not start so", l.Role), remedy)
	case l.Owner:
		r.wrong(check, fmt.Sprintf("the server would log in as %q, which owns the tables or may become who does; it does not start so", l.Role), remedy)
	case !l.Member:
		r.wrong(check, fmt.Sprintf("%q does not have the rights of ackify_app", l.Role), "GRANT ackify_app TO "+pgx.Identifier{l.Role}.Sanitize())
	case len(l.More) > 0:
		r.wrong(check, fmt.Sprintf("%q has more than it needs: %s", l.Role, strings.Join(l.More, ", ")), fmt.Sprintf("ALTER ROLE %s NO%s", pgx.Identifier{l.Role}.Sanitize(), strings.Join(l.More, " NO")))
	default:
		r.ok(check, "%s, neither superuser nor owner", l.Role)
	}
	if l.Superuser || l.Owner {
		r.skipped("grants", "%s may do everything", l.Role)
		return
	}
	if len(l.May) > 0 {
		r.wrong("grants", "it may change proofs: "+strings.Join(l.May, ", "),
			"REVOKE UPDATE, DELETE, TRUNCATE ON signatures, ledger_entries, ledger_nodes, ledger_checkpoints, document_revisions, audit_log FROM "+pgx.Identifier{l.Role}.Sanitize())
	} else {
		r.ok("grants", "it may add to the proof tables and change nothing there")
	}
}

// grants compares triggers, functions and grants with what the migrations made, as the check of the ledger does.
func grants(ctx context.Context, r *report, db postgres.DB) {
	found, err := postgres.Ledger{DB: db}.Guards(ctx)
	switch {
	case err != nil:
		r.wrong("guards", "what keeps the proofs cannot be read: "+err.Error(), "ackify verify ledger")
	case found != nil:
		r.wrong("guards", "what keeps the proofs from being changed is not as it was made: "+found.Detail, "find out who changed it, and see docs/en/verify.md; then as the owner undo it, or compare with a fresh database: ackify verify ledger")
	default:
		r.ok("guards", "triggers, functions and grants on the proof tables are as they were made")
	}
}

// keys compares the secrets with the ledger.
func (d Doctor) keys(ctx context.Context, r *report, db postgres.DB) {
	const check = "keys"
	signing, cookie, err := d.secrets()
	if err != nil {
		r.wrong(check, err.Error(), "put the backup of the file back into "+d.Config.DataDir)
		return
	}
	if _, err := secrets.Derive(cookie, "ackify/doctor/v1"); err != nil {
		r.wrong(check, "the cookie secret cannot be used: "+err.Error(), "ACKIFY_OAUTH_COOKIE_SECRET=… with the output of `openssl rand -base64 32`")
		return
	}
	ours, err := proof.ParseSecret(signing)
	if err != nil {
		r.wrong(check, err.Error(), "ACKIFY_SIGNING_KEY=… with the output of `ackify keygen`, or the backup of the one so far")
		return
	}
	known, err := postgres.Ledger{DB: db}.KeySet(ctx)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && len(known.Statement) == 0 {
		r.ok(check, "both secrets can be used; the ledger gets its key at the first start")
		return
	}
	if err != nil {
		r.wrong(check, "the ledger's keys cannot be read: "+err.Error(), "ackify verify ledger")
		return
	}
	key, was := known.StatementKey(proof.KeyID(ours.StatementPublic()))
	empty, err := postgres.Ledger{DB: db}.IsEmpty(ctx)
	switch {
	case was && key.NotAfter.IsZero():
		r.ok(check, "the signing key is the current one of %s; the cookie secret can be used", known.Origin)
	case was:
		r.wrong(check, "the signing key was replaced on "+key.NotAfter.Format(time.DateOnly)+"; nothing is signed with it", "ACKIFY_SIGNING_KEY=… with the new secret, then restart every server")
	case err == nil && empty:
		r.ok(check, "both secrets can be used; the ledger is empty and takes this key at the next start")
	default:
		r.wrong(check, "the signing key is not a key of the ledger "+known.Origin+"; the server does not start with it", "ACKIFY_SIGNING_KEY=… with the one that the ledger was begun with, from its backup")
	}
}

// secrets are those configured, or kept in the data directory. Nothing is made.
func (d Doctor) secrets() (signing, cookie string, err error) {
	signing, cookie = d.Config.SigningKey, d.Config.CookieSecret
	if signing == "" {
		if signing, err = secrets.Keep(d.Config.DataDir, secrets.SigningKeyFile, false); err != nil {
			return "", "", err
		}
	}
	if cookie == "" {
		cookie, err = d.cookie()
	}
	return signing, cookie, err
}

func (d Doctor) cookie() (string, error) {
	if d.Config.CookieSecret != "" {
		return d.Config.CookieSecret, nil
	}
	cookie, err := secrets.Keep(d.Config.DataDir, secrets.CookieSecretFile, false)
	if errors.Is(err, os.ErrNotExist) || err != nil {
		return "", fmt.Errorf("there is no cookie secret in %s", d.Config.DataDir)
	}
	return cookie, nil
}

// tls looks at whether what goes to the database can be read on the way.
func (d Doctor) tls(r *report, l postgres.Login) {
	const check = "tls"
	var host string
	if parsed, err := pgconn.ParseConfig(d.Config.DSN); err == nil && !d.Config.Embedded() {
		host = parsed.Host
	}
	near := !l.Address.IsValid() || l.Address.IsLoopback()
	among := l.Address.IsPrivate() && host != "" && !strings.ContainsAny(host, ".:") // a name that only a network of containers knows
	switch {
	case l.Encrypted:
		r.ok(check, "the connection to the database is encrypted")
	case near:
		r.ok(check, "not needed: the database is on this machine")
	case among:
		r.ok(check, "not used; %s is in a private network of containers", host)
	default:
		r.wrong(check, fmt.Sprintf("the connection to the database at %s is not encrypted", l.Address), "switch TLS on in PostgreSQL (ssl = on), then add to ACKIFY_DB_DSN: ?sslmode=verify-full&sslrootcert=/path/to/ca.pem (or sslmode=require)")
	}
}

func clock(r *report, ahead time.Duration) {
	const check = "clock"
	text := fmt.Sprintf("the database's clock is %s from this machine's", ahead.Abs().Round(time.Millisecond))
	const remedy = "let NTP set both clocks: timedatectl set-ntp true"
	switch {
	case ahead.Abs() > mostSkew:
		r.wrong(check, text+": nothing is signed", remedy)
	case ahead.Abs() > muchSkew:
		r.warn(check, text+"; from 5 s on nothing is signed", remedy)
	default:
		r.ok(check, "the same as the database's")
	}
}
