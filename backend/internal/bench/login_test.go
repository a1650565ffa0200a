//go:build bench

package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

// 100 people log in with a password at once, on a server of its own: how much memory that takes, beside 100 times the 19 MiB that one
// password needs, and how many are answered.
func TestLogInsAtOnce(t *testing.T) {
	const people = 100
	s := startServer(t)
	if out, err := s.command("user", "create", "--email", "ada@example.com", "--name", "Ada", "--password-stdin"); err != nil {
		t.Fatal(err, out)
	}
	before := s.peak(t)
	var let, refused atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range people {
		wg.Go(func() {
			switch status, retry := s.logIn(t); {
			case status == http.StatusOK:
				let.Add(1)
			case status == http.StatusServiceUnavailable && retry != "":
				refused.Add(1)
			default:
				t.Errorf("status %d, Retry-After %q", status, retry)
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	grown := s.peak(t) - before
	fmt.Printf("log-ins, %d at once: %d let in, %d told to come back (503), in %s; %d MB more memory at most   without a limit: %d MB   ratio %.2f\n",
		people, let.Load(), refused.Load(), took.Round(time.Millisecond), grown>>10, people*19, float64(grown>>10)/(people*19))
}

type testServer struct {
	base, binary string
	env          []string
	cmd          *exec.Cmd
}

func startServer(t *testing.T) testServer {
	t.Helper()
	binary, err := filepath.Abs("../../bin/ackify")
	must(t, err)
	addr := freeport.Address(t)
	s := testServer{base: "http://" + addr, binary: binary, env: append(os.Environ(),
		"ACKIFY_DATA_DIR="+t.TempDir(), "ACKIFY_LISTEN_ADDR="+addr, "ACKIFY_BASE_URL=http://"+addr, "ACKIFY_RATE_LIMIT_AUTH=0", "ACKIFY_RATE_LIMIT_GENERAL=0")}
	s.cmd = exec.Command(binary, "serve")
	s.cmd.Env = s.env
	must(t, s.cmd.Start())
	t.Cleanup(func() { must(t, s.cmd.Process.Signal(os.Interrupt)); must(t, s.cmd.Wait()) })
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if response, err := http.Get(s.base + "/api/v1/health"); err == nil {
			must(t, response.Body.Close())
			if response.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Since(begin) > time.Minute {
			t.Fatal("not healthy after a minute")
		}
	}
}

func (s testServer) command(args ...string) (string, error) {
	cmd := exec.Command(s.binary, args...)
	cmd.Env, cmd.Stdin = s.env, strings.NewReader("correct horse battery\n")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most memory that the server has had so far, in KiB.
func (s testServer) peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	must(t, err)
	kib, err := strconv.ParseInt(peakLine.FindStringSubmatch(string(status))[1], 10, 64)
	must(t, err)
	return kib
}

func (s testServer) logIn(t *testing.T) (status int, retry string) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	client := &http.Client{Jar: jar}
	response, err := client.Get(s.base + "/api/v1/csrf")
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	token := strings.Split(string(body), `"`)[3]
	request, err := http.NewRequest(http.MethodPost, s.base+"/api/v1/auth/login", strings.NewReader(`{"email":"ada@example.com","password":"correct horse battery"}`))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-CSRF-Token", token)
	if response, err = client.Do(request); err != nil {
		t.Error(err)
		return 0, ""
	}
	_ = response.Body.Close()
	return response.StatusCode, response.Header.Get("Retry-After")
}

// What finding out who is logged in costs each request: queries, and CPU time of the server's process, beside a query that reads nothing.
func TestSessionCheck(t *testing.T) {
	b := prepare(t)
	ctx := context.Background()
	const people, checks = 2000, 20000
	tokens := make([]string, people)
	for i := range tokens {
		user, err := postgres.Accounts{DB: b.db}.CreateUser(ctx, accounts.NewUser{
			ID: uuid.NewString(), Email: domain.Email(fmt.Sprintf("s%d@example.com", i)), Name: "S", Role: domain.RoleSigner, Locale: "en",
			Verified: true, CreatedAt: time.Now().UTC(),
		}, domain.Outbox{})
		must(t, err)
		tokens[i] = domain.NewSecret()
		_, err = postgres.Sessions{DB: b.db}.Begin(ctx, sessions.Beginning{
			TokenHash: sha256.Sum256([]byte(tokens[i])),
			Session: domain.Session{
				ID: uuid.NewString(), User: user, Method: "password", CreatedAt: time.Now().UTC(), ExpiresAt: time.Now().Add(time.Hour), UserAgent: "bench",
			},
		})
		must(t, err)
	}
	_, err := b.db.Pool.Exec(ctx, "SET statement_timeout = 0")
	must(t, err)
	plan := explain(t, b)
	service := sessions.Service{Repository: postgres.Sessions{DB: b.db}, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
	n := 0
	check := func() error {
		n++
		_, err := service.Find(ctx, tokens[n%people], sessions.Device{UserAgent: "bench"})
		return err
	}
	nothing := func() error { _, err := b.db.Pool.Exec(ctx, "SELECT 1"); return err }
	var found, plain []float64
	for range rounds {
		plain = append(plain, cpu(t, checks, nothing))
		found = append(found, cpu(t, checks, check))
	}
	f, p := median(found), median(plain)
	fmt.Printf("session check: %.0f µs of CPU, by %s   a query that reads nothing: %.0f µs   ratio %.1f (medians of %d times %d)\n", f, plan, p, f/p, rounds, checks)
}

// explain says by which indexes the one query finds a session.
func explain(t *testing.T, b bench) string {
	t.Helper()
	ctx := context.Background()
	_, err := postgres.DB{Pool: b.db.Pool}.Pool.Exec(ctx, "SELECT 1")
	must(t, err)
	rows, err := b.db.Pool.Query(ctx, `EXPLAIN SELECT * FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.token_hash = sha256('x') AND s.expires_at > now() AND u.is_active`)
	must(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	var indexes []string
	for _, line := range lines {
		if _, name, ok := strings.Cut(line, "using "); ok {
			indexes = append(indexes, strings.Fields(name)[0])
		}
		if strings.Contains(line, "Seq Scan") {
			t.Errorf("the session check reads a whole table: %s", line)
		}
	}
	return strings.Join(indexes, " and ")
}

// cpu is how much CPU time of this process one call takes, in microseconds.
func cpu(t *testing.T, calls int, work func() error) float64 {
	t.Helper()
	used := func() time.Duration {
		var u syscall.Rusage
		must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	for range calls {
		if err := work(); err != nil {
			t.Fatal(err)
		}
	}
	return float64((used() - before).Microseconds()) / float64(calls)
}
