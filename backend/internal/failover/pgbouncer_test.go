package failover

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

// pgbouncerProgram is Debian's, or another one to try: ACKIFY_TEST_PGBOUNCER.
func pgbouncerProgram(t *testing.T) (path string, follows bool) {
	t.Helper()
	path = os.Getenv("ACKIFY_TEST_PGBOUNCER")
	if path == "" {
		for _, path = range []string{"/usr/sbin/pgbouncer", "pgbouncer"} {
			if found, err := exec.LookPath(path); err == nil {
				path = found
				break
			}
		}
	}
	out, err := exec.CommandContext(t.Context(), path, "--version").Output()
	if err != nil {
		t.Fatalf("PgBouncer is not installed; `make deps` does it: %v", err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(out), "PgBouncer %d.%d", &major, &minor); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return path, major > 1 || minor >= 21
}

// bouncer is a running PgBouncer with the configuration that compose.yml uses, in front of a database.
type bouncer struct {
	dsn     string // of ackify_app
	follows bool   // prepared statements, from one connection to the next
}

func bounce(t *testing.T, c cluster, changes ...func(ini string) string) bouncer {
	t.Helper()
	path, follows := pgbouncerProgram(t)
	database, err := url.Parse(c.AppTCPDSN())
	must(t, err)
	host, port, err := net.SplitHostPort(freeport.Address(t))
	must(t, err)
	dir := filepath.Dir(c.dir)
	content, err := os.ReadFile("../../../docs/deploy/pgbouncer/pgbouncer.ini")
	must(t, err)
	ini := string(content)
	for line, ours := range map[string]string{
		`listen_addr = .*`: "listen_addr = " + host, `listen_port = .*`: "listen_port = " + port,
		`auth_file = .*`: "auth_file = " + filepath.Join(dir, "users"),
		// Few connections for many clients: statements and settings end up where others have been before.
		`default_pool_size = .*`:   "default_pool_size = 3",
		`host=ackify-db port=5432`: fmt.Sprintf("host=%s port=%s", database.Hostname(), database.Port()),
	} {
		ini = replaceOne(t, ini, line, ours)
	}
	if !follows { // as docs/en/operate.md says for older ones
		ini = replaceOne(t, ini, `max_prepared_statements = .*\n`, "")
		ini = replaceOne(t, ini, `track_extra_parameters = .*\n`, "")
		ini = replaceOne(t, ini, `ignore_startup_parameters = .*`, "ignore_startup_parameters = extra_float_digits, statement_timeout")
		ini = replaceOne(t, ini, `dbname=ackify$`, "dbname=ackify connect_query='SET statement_timeout = 30000'")
	}
	for _, change := range changes {
		ini = change(ini)
	}
	password, _ := database.User.Password()
	must(t, os.WriteFile(filepath.Join(dir, "users"), fmt.Appendf(nil, "%q %q\n", database.User.Username(), password), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "pgbouncer.ini"), []byte(ini), 0o644))
	cmd := exec.Command(path, filepath.Join(dir, "pgbouncer.ini"))
	if os.Geteuid() == 0 {
		cmd.Args = []string{path, "-u", "nobody", filepath.Join(dir, "pgbouncer.ini")}
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, cmd.Process.Signal(syscall.SIGQUIT))
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("PgBouncer's log:\n%s", tail(log.String(), 3000))
		}
	})
	database.Host = net.JoinHostPort(host, port)
	query := database.Query()
	query.Set("connect_timeout", "120") // one processor may have much to do
	database.RawQuery = query.Encode()
	eventually(t, "PgBouncer answers", func() bool {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", database.Host)
		if err == nil {
			err = conn.Close()
		}
		return err == nil
	})
	return bouncer{dsn: database.String(), follows: follows}
}

func replaceOne(t *testing.T, text, pattern, with string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)" + pattern)
	if len(found.FindAllString(text, -1)) != 1 {
		t.Fatalf("not one %q in\n%s", pattern, text)
	}
	return found.ReplaceAllLiteralString(text, with)
}

func TestEverythingWorksThroughPgBouncer(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"", "cache_describe"} {
		t.Run("default_query_exec_mode="+mode, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, nil)
			b := bounce(t, c)
			dsn := b.dsn
			if mode != "" {
				dsn += "&default_query_exec_mode=" + mode
			} else if !b.follows {
				t.Skip("this PgBouncer does not follow prepared statements; the other mode is tried")
			}
			sessionIsAsItShould(t, dsn)
			story(t, serve(t, dsn, "ACKIFY_DB_MAX_CONNS=12"))
		})
	}
}

// sessionIsAsItShould checks on several of PgBouncer's connections what Ackify wants of each.
func sessionIsAsItShould(t *testing.T, dsn string) {
	t.Helper()
	pool, err := postgres.Open(t.Context(), postgres.PoolConfig{DSN: dsn})
	must(t, err)
	defer pool.Close()
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			var got string
			err := pool.QueryRow(t.Context(), `SELECT concat_ws(' ', current_setting('timezone'), current_setting('application_name'), current_setting('statement_timeout'), pg_sleep(0.02)::text)`).Scan(&got)
			if want := "UTC ackify 30s "; err != nil || got != want {
				t.Errorf("a connection has %q, want %q; %v", got, want, err)
			}
		})
	}
	all.Wait()
}

// story is what people do, several at once.
func story(t *testing.T, s *server) {
	t.Helper()
	author := loggedIn(t, s, "author@example.com", "admin")
	var documents []string
	for i := range 6 {
		documents = append(documents, author.document(t, fmt.Sprintf("doc-%d", i)))
	}
	crowd := people(t, s, 4)
	var all sync.WaitGroup
	for _, person := range crowd {
		all.Go(func() {
			for _, doc := range documents {
				signed, a := person.sign(doc)
				if a.err != nil || a.status != http.StatusCreated {
					t.Errorf("sign: %d %s %v", a.status, a.body, a.err)
					return
				}
				receipt, err := url.Parse(signed.ReceiptURL)
				if err == nil {
					for _, path := range []string{receipt.Path, "/api/v1/documents/" + doc, "/api/v1/users/me"} {
						if a := person.send(http.MethodGet, path, nil); a.err != nil || a.status != http.StatusOK {
							t.Errorf("%s: %d %s %v", path, a.status, a.body, a.err)
						}
					}
				}
				if again, a := person.sign(doc); a.err != nil || a.status != http.StatusOK || again != signed {
					t.Errorf("again: %d %s %v", a.status, a.body, a.err)
				}
			}
		})
		all.Go(func() {
			for _, doc := range documents {
				for _, path := range []string{"/documents?q=doc", "/documents/" + doc + "/status", "/documents/" + doc + "/signers?limit=5"} {
					if a := author.get(path); a.err != nil || a.status != http.StatusOK {
						t.Errorf("%s: %d %s %v", path, a.status, a.body, a.err)
					}
				}
			}
		})
	}
	all.Wait()
	eventually(t, "it is well", func() bool { return author.get("/health").status == http.StatusOK }) // gives up after 2 s by design
	for _, level := range []string{`"level":"warn"`, `"level":"error"`} {
		for line := range strings.Lines(s.logged()) {
			if strings.Contains(line, level) && !strings.Contains(line, "appending again") && !strings.Contains(line, "no checkpoint file") {
				t.Errorf("in the log: %s", line)
			}
		}
	}
	s.stop(t)
	verified(t, s)
}

// Migrations keep a session's role and lock, which a pooler gives to others.
func TestMigrationsAreRefusedThroughPgBouncer(t *testing.T) {
	t.Parallel()
	c := newCluster(t, nil)
	b := bounce(t, c)
	_, err := postgres.NewMigrator(t.Context(), b.dsn)
	if err == nil || !strings.Contains(err.Error(), "goes around") {
		t.Errorf("%v", err)
	}
}

func TestPgBouncerThatRefusesAParameterIsExplained(t *testing.T) {
	t.Parallel()
	c := newCluster(t, nil)
	b := bounce(t, c, func(ini string) string {
		return regexp.MustCompile(`(?m)^(track_extra|ignore_startup)_parameters = .*\n`).ReplaceAllLiteralString(ini, "")
	})
	_, env := environment(t, b.dsn)
	out, err := ackify(env, "", "serve")
	if err == nil || !strings.Contains(out, "ACKIFY_DB_STATEMENT_TIMEOUT=0") || strings.Contains(out, waits) {
		t.Errorf("%v: %s", err, out)
	}
	pool, err := postgres.Open(t.Context(), postgres.PoolConfig{DSN: b.dsn, StatementTimeout: postgres.ServersOwn})
	must(t, err)
	defer pool.Close()
	must(t, pool.Ping(t.Context()))
}
