package main

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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg/embeddedpgtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

const (
	testSigningKey   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	testCookieSecret = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
	testPassword     = "correct horse battery"
)

// patient is how long anything is waited for: how fast the machine is today is no property of the code.
const patient = 5 * time.Minute

// TestMain lets the test binary be the command itself, so that tests run real processes, race detector included.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_COMMAND") == "1" {
		main()
		return
	}
	dbtest.Main(m)
}

// command prepares a process of the command with nothing but the given environment.
func command(t testing.TB, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := embeddedpgtest.BinDir()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append([]string{"TEST_AS_COMMAND=1", "ACKIFY_POSTGRES_DIR=" + bin, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}, env...)
	return cmd
}

// execute runs a command to its end.
func execute(t testing.TB, env []string, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := command(t, env, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// server is a running `ackify serve`.
type server struct {
	base   string
	env    []string
	cmd    *exec.Cmd
	setup  chan string // the set-up token, when one is printed
	ready  chan struct{}
	exited chan error
	mu     sync.Mutex
	log    bytes.Buffer
}

// withDatabase is the environment of a server on a test's own database.
func withDatabase(t testing.TB, db dbtest.Database) []string {
	t.Helper()
	return []string{"ACKIFY_DATA_DIR=" + t.TempDir(), "ACKIFY_DB_DSN=" + db.App, "ACKIFY_SIGNING_KEY=" + testSigningKey, "ACKIFY_OAUTH_COOKIE_SECRET=" + testCookieSecret}
}

// serveIt starts a server and waits until it is ready. Limits are off unless env sets them.
func serveIt(t testing.TB, env ...string) *server {
	t.Helper()
	addr := freeport.Address(t)
	s := &server{base: "http://" + addr}
	s.env = append([]string{
		"ACKIFY_LISTEN_ADDR=" + addr, "ACKIFY_BASE_URL=" + s.base, "ACKIFY_RATE_LIMIT_AUTH=0", "ACKIFY_RATE_LIMIT_DOCUMENTS=0",
		"ACKIFY_RATE_LIMIT_GENERAL=0", "ACKIFY_FETCH=false",
	}, env...)
	s.start(t)
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.stop(t)
		}
		if t.Failed() {
			s.mu.Lock()
			defer s.mu.Unlock()
			t.Logf("server's log:\n%s", tail(s.log.String(), 6000))
		}
	})
	return s
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

func (s *server) start(t testing.TB) {
	t.Helper()
	s.cmd = command(t, s.env, "serve")
	s.setup, s.ready, s.exited = make(chan string, 1), make(chan struct{}), make(chan error, 1)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = lockedWriter{s}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.watch(stdout)
	select {
	case <-s.ready:
	case err := <-s.exited:
		s.mu.Lock()
		defer s.mu.Unlock()
		t.Fatalf("the server ended at its start: %v\n%s", err, tail(s.log.String(), 4000))
	case <-time.After(patient):
		t.Fatal("the server does not start")
	}
}

func (s *server) watch(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "is ready at") {
			close(s.ready)
		}
		if _, token, found := strings.Cut(lines.Text(), "/setup#token="); found {
			s.setup <- token
		}
	}
	s.exited <- s.cmd.Wait()
}

type lockedWriter struct{ s *server }

func (w lockedWriter) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.log.Write(b)
}

// stop asks the server to end and waits for it.
func (s *server) stop(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	select {
	case err := <-s.exited:
		if err != nil {
			t.Errorf("the server ended with %v", err)
		}
	case <-time.After(patient):
		t.Error("the server does not stop")
	}
}

// kill ends the server as a power cut would.
func (s *server) kill(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.exited
}

// client is one browser.
type client struct {
	base string
	http *http.Client
}

func newClient(t testing.TB, s *server) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{base: s.base, http: &http.Client{Jar: jar, Timeout: patient}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.err != nil || a.status != status {
		t.Fatalf("got %d %s %v, want %d", a.status, a.body, a.err, status)
	}
	return a
}

// send makes a request; body is JSON, or sent as it is when it is a string.
func (c *client) send(method, path string, body any, header ...string) answer {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return answer{err: err}
		}
		reader = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, c.base+path, reader)
	if err != nil {
		return answer{err: err}
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		return answer{err: err}
	}
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, content, errors.Join(err, response.Body.Close())}
}

func (c *client) get(path string) answer { return c.send(http.MethodGet, "/api/v1"+path, nil) }

// change makes a state-changing request with a fresh CSRF token.
func (c *client) change(method, path string, body any) answer {
	token := c.get("/csrf")
	if token.err != nil || token.status != http.StatusOK {
		return token
	}
	var csrf struct{ Token string }
	if err := json.Unmarshal(token.body, &csrf); err != nil {
		return answer{err: err}
	}
	return c.send(method, "/api/v1"+path, body, "X-CSRF-Token", csrf.Token)
}

func (c *client) post(path string, body any) answer { return c.change(http.MethodPost, path, body) }

type object map[string]any

// loggedIn makes a user as the operator's command does, without a process of its own, and logs in.
func loggedIn(t testing.TB, s *server, email, role string) *client {
	t.Helper()
	err := withAccounts(t.Context(), s.env, func(a accounts.Service) error {
		_, err := a.Create(t.Context(), accounts.Profile{Email: email, Name: "Name of " + email, Password: testPassword}, role)
		return err
	})
	if err != nil {
		t.Fatalf("make the user %s: %v", email, err)
	}
	c := newClient(t, s)
	c.logIn(t, email)
	return c
}

func (c *client) logIn(t testing.TB, email string) {
	t.Helper()
	c.post("/auth/login", object{"email": email, "password": testPassword}).want(t, http.StatusOK)
}

type document struct {
	DocID     string
	Reference string
	Title     string
	Revision  int
}

func (c *client) document(t testing.TB, reference string) (d document) {
	t.Helper()
	c.post("/documents", object{"reference": reference, "title": "Title"}).want(t, http.StatusCreated).into(t, &d)
	return d
}

type signature struct {
	ID             int64
	Seq            int64
	DocID          string
	UserEmail      string
	EntryHash      string
	ReceiptURL     string
	CertificateURL string
}

func (c *client) sign(docID string) (s signature, a answer) {
	a = c.post("/signatures", object{"docId": docID})
	if a.status == http.StatusOK || a.status == http.StatusCreated {
		a.err = errors.Join(a.err, json.Unmarshal(a.body, &s))
	}
	return s, a
}

func (c *client) receipt(t testing.TB, s signature) []byte {
	t.Helper()
	u, err := url.Parse(s.ReceiptURL)
	if err != nil {
		t.Fatal(err)
	}
	return c.send(http.MethodGet, u.Path, nil).want(t, http.StatusOK).body
}

// signers makes so many people who are logged in, on the servers in turn.
func signers(t testing.TB, n int, servers ...*server) []*client {
	t.Helper()
	all := make([]*client, n)
	var wg sync.WaitGroup
	gate := make(chan struct{}, 4)
	for i := range all {
		wg.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			all[i] = loggedIn(t, servers[i%len(servers)], fmt.Sprintf("p%d@example.com", i), "signer")
		})
	}
	wg.Wait()
	return all
}
