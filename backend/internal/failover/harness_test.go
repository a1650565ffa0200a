// Package failover runs Ackify's server, the real program, on databases as operators have them: with a standby, behind PgBouncer, by TLS.
package failover

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg/embeddedpgtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

const (
	signingKey   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	cookieSecret = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
	password     = "correct horse battery"
)

var (
	buildFlags []string // -race, when the tests have it
	program    string   // `ackify`
	binDir     string   // PostgreSQL's
	template   string   // a data directory with a migrated database in it, that nobody runs
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		status = 1
	}
	os.Exit(status)
}

// run builds the program and makes the database that every test begins with.
func run(m *testing.M) (status int, err error) {
	dir, err := os.MkdirTemp("", "fo")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil {
		return 0, err
	}
	if binDir, err = embeddedpgtest.BinDir(); err != nil {
		return 0, err
	}
	ctx := context.Background()
	program, template = filepath.Join(dir, "ackify"), filepath.Join(dir, "template")
	built := make(chan error, 1)
	go func() {
		build := exec.CommandContext(ctx, "go", append(append([]string{"build"}, buildFlags...), "-o", program, "../../cmd/ackify")...)
		out, err := build.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("build: %w\n%s", err, out)
		}
		built <- err
	}()
	err = makeTemplate(ctx)
	if err := errors.Join(err, <-built); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func makeTemplate(ctx context.Context) error {
	server, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: template, BinDir: binDir, FsyncOff: true})
	if err != nil {
		return err
	}
	migrator, err := postgres.NewMigrator(ctx, server.MigrateDSN())
	if err == nil {
		err = errors.Join(migrator.Up(), migrator.Close())
	}
	return errors.Join(err, server.Stop(ctx))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// cluster is a running PostgreSQL of a test's own.
type cluster struct {
	*embeddedpg.Server
	dir string // of the server; its files are in postgres/
}

// files is PostgreSQL's own directory.
func (c cluster) files() string { return filepath.Join(c.dir, "postgres") }

// newDir has a short path, so that a socket fits.
func newDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fo")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o711))
	return filepath.Join(dir, "d")
}

// newCluster runs a copy of the template. prepare may change its files before it starts.
func newCluster(t testing.TB, prepare func(files string)) cluster {
	t.Helper()
	c := cluster{dir: newDir(t)}
	must(t, copyTree(template, c.dir, ""))
	if prepare != nil {
		prepare(c.files())
	}
	c.start(t)
	return c
}

func (c *cluster) start(t testing.TB) {
	t.Helper()
	var err error
	c.Server, err = embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: c.dir, BinDir: binDir, FsyncOff: true})
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patient)
		defer cancel()
		must(t, c.Stop(ctx))
		if t.Failed() {
			content, _ := os.ReadFile(filepath.Join(c.dir, "postgres.log"))
			t.Logf("%s:\n%s", c.dir, tail(string(content), 3000))
		}
	})
}

// copyTree copies files, passing over those that vanish meanwhile, and in the folder named without what is in it.
func copyTree(from, to, without string) error {
	return filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		switch {
		case entry.IsDir():
			if err := os.MkdirAll(target, 0o700); err != nil {
				return err
			}
			if without != "" && relative == without {
				return filepath.SkipDir
			}
			return nil
		case !entry.Type().IsRegular() || entry.Name() == "postmaster.pid" || entry.Name() == "ackify.lock":
			return nil
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
}

// exec runs statements, each by itself, as the superuser.
func (c cluster) exec(t testing.TB, statements ...string) {
	t.Helper()
	conn := c.connect(t)
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	must(t, conn.Close(t.Context()))
}

func (c cluster) connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.DSNs().Owner)
	must(t, err)
	return conn
}

// value asks for one, as the superuser.
func value[T any](t testing.TB, c cluster, query string, args ...any) (v T) {
	t.Helper()
	conn := c.connect(t)
	must(t, conn.QueryRow(t.Context(), query, args...).Scan(&v))
	must(t, conn.Close(t.Context()))
	return v
}

// patient is how long a test waits for what may take its time where others work too.
const patient = 5 * time.Minute

// waits is what the server says while it waits for its database.
const waits = "does not answer yet"

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patient); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, patient)
		}
	}
}

// server is a running `ackify serve`.
type server struct {
	base string
	env  []string
	cmd  *exec.Cmd
	done chan error
	mu   sync.Mutex
	log  bytes.Buffer
}

func (s *server) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

func environment(t testing.TB, dsn string, more ...string) (base string, env []string) {
	t.Helper()
	addr := freeport.Address(t)
	return "http://" + addr, append([]string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "ACKIFY_DATA_DIR=" + t.TempDir(), "ACKIFY_DB_DSN=" + dsn, "ACKIFY_SIGNING_KEY=" + signingKey,
		"ACKIFY_OAUTH_COOKIE_SECRET=" + cookieSecret, "ACKIFY_LISTEN_ADDR=" + addr, "ACKIFY_BASE_URL=http://" + addr, "ACKIFY_RATE_LIMIT_AUTH=0",
		"ACKIFY_RATE_LIMIT_DOCUMENTS=0", "ACKIFY_RATE_LIMIT_GENERAL=0", "ACKIFY_FETCH=false",
	}, more...)
}

// serve starts a server on a database and waits until it is ready.
func serve(t testing.TB, dsn string, more ...string) *server {
	t.Helper()
	s := &server{done: make(chan error, 1)}
	s.base, s.env = environment(t, dsn, more...)
	s.cmd = exec.Command(program, "serve")
	s.cmd.Env, s.cmd.Stderr = s.env, s
	stdout, err := s.cmd.StdoutPipe()
	must(t, err)
	must(t, s.cmd.Start())
	ready := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "is ready at") {
				close(ready)
			}
		}
		s.done <- s.cmd.Wait()
	}()
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.stop(t)
		}
		if t.Failed() {
			t.Logf("server's log:\n%s", tail(s.logged(), 6000))
		}
	})
	select {
	case <-ready:
	case err := <-s.done:
		t.Fatalf("the server ended at its start: %v\n%s", err, s.logged())
	case <-time.After(patient):
		t.Fatalf("the server does not start\n%s", s.logged())
	}
	return s
}

// stop asks the server to end and waits for it.
func (s *server) stop(t testing.TB) {
	t.Helper()
	must(t, s.cmd.Process.Signal(os.Interrupt))
	select {
	case err := <-s.done:
		must(t, err)
	case <-time.After(patient):
		must(t, s.cmd.Process.Kill())
		t.Error("the server does not stop")
	}
}

// ackify runs a command to its end.
func ackify(env []string, stdin string, args ...string) (output string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdin = env, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// client is one person's browser.
type client struct {
	base string
	http *http.Client
}

type answer struct {
	status int
	body   []byte
	err    error
}

func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.err != nil || a.status != status {
		t.Fatalf("got %d %s %v, want %d", a.status, a.body, a.err, status)
	}
	return a
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

func (c *client) send(method, path string, body any, header ...string) answer {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return answer{err: err}
		}
	}
	r, err := http.NewRequestWithContext(context.Background(), method, c.base+path, bytes.NewReader(content))
	if err != nil {
		return answer{err: err}
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		return answer{err: err}
	}
	got, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, got, errors.Join(err, response.Body.Close())}
}

func (c *client) get(path string) answer { return c.send(http.MethodGet, "/api/v1"+path, nil) }

// post asks for a CSRF token first.
func (c *client) post(path string, body any) answer {
	token := c.get("/csrf")
	if token.err != nil || token.status != http.StatusOK {
		return token
	}
	var csrf struct{ Token string }
	if err := json.Unmarshal(token.body, &csrf); err != nil {
		return answer{err: err}
	}
	return c.send(http.MethodPost, "/api/v1"+path, body, "X-CSRF-Token", csrf.Token)
}

type object map[string]any

// loggedIn makes a user by the operator's command and logs in.
func loggedIn(t testing.TB, s *server, email, role string) *client {
	t.Helper()
	out, err := ackify(s.env, password+"\n", "user", "create", "--email", email, "--name", "Name of "+email, "--role", role, "--password-stdin")
	if err != nil {
		t.Fatalf("user create: %s %v", out, err)
	}
	jar, err := cookiejar.New(nil)
	must(t, err)
	c := &client{base: s.base, http: &http.Client{Jar: jar, Timeout: patient}}
	c.post("/auth/login", object{"email": email, "password": password}).want(t, http.StatusOK)
	return c
}

// document makes one and returns its id.
func (c *client) document(t testing.TB, reference string) string {
	t.Helper()
	var d struct{ DocID string }
	c.post("/documents", object{"reference": reference, "title": "Title"}).want(t, http.StatusCreated).into(t, &d)
	return d.DocID
}

type signature struct {
	ID, Seq    int64
	DocID      string
	UserEmail  string
	EntryHash  string
	ReceiptURL string
}

func (c *client) sign(docID string) (s signature, a answer) {
	a = c.post("/signatures", object{"docId": docID})
	if a.status == http.StatusOK || a.status == http.StatusCreated {
		a.err = errors.Join(a.err, json.Unmarshal(a.body, &s))
	}
	return s, a
}

// people are so many who are logged in.
func people(t testing.TB, s *server, n int) []*client {
	t.Helper()
	all := make([]*client, n)
	for i := range all {
		all[i] = loggedIn(t, s, fmt.Sprintf("p%d@example.com", i), "signer")
	}
	return all
}

// onHosts makes a DSN of the application's role on several servers, which share their passwords.
func onHosts(t testing.TB, query string, clusters ...cluster) string {
	t.Helper()
	var hosts []string
	var u *url.URL
	for _, c := range clusters {
		var err error
		u, err = url.Parse(c.AppTCPDSN())
		must(t, err)
		hosts = append(hosts, u.Host)
	}
	password, _ := u.User.Password()
	return fmt.Sprintf("postgres://%s:%s@%s/ackify?%s", u.User.Username(), password, strings.Join(hosts, ","), query)
}
