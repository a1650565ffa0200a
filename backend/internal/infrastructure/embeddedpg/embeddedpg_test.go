package embeddedpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg/embeddedpgtest"
)

var binDir string

// helperVariable makes the test binary a process that holds a server until it is killed: an Ackify to be murdered.
const helperVariable = "ACKIFY_TEST_EMBEDDEDPG_HELPER"

func TestMain(m *testing.M) {
	var err error
	if binDir, err = embeddedpgtest.BinDir(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if dir := os.Getenv(helperVariable); dir != "" {
		if _, err := Start(context.Background(), Config{DataDir: dir, BinDir: binDir, FsyncOff: true}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("ready")
		select {}
	}
	os.Exit(m.Run())
}

// dataDir is a fresh directory with a short path, so that its socket fits (t.TempDir holds the test's name).
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	check(t, os.Chmod(dir, 0o711))
	return filepath.Join(dir, "data")
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func configFor(dir string) Config { return Config{DataDir: dir, BinDir: binDir, FsyncOff: true} }

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	t.Cleanup(func() { check(t, s.Stop(context.Background())) })
	return s
}

// query runs one statement on a connection of its own and returns its first value as text.
func query(t testing.TB, dsn, sql string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer func() { _ = connection.Close(ctx) }()
	results, err := connection.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil || len(results) == 0 || len(results[0].Rows) == 0 {
		return "", err
	}
	return string(results[0].Rows[0][0]), nil
}

func mustQuery(t testing.TB, dsn, sql string) string {
	t.Helper()
	value, err := query(t, dsn, sql)
	check(t, err)
	return value
}

func refused(t testing.TB, dsn, sql string) {
	t.Helper()
	if _, err := query(t, dsn, sql); err == nil {
		t.Errorf("%s: allowed", sql)
	}
}

func postmasterPid(t testing.TB, dir string) int {
	t.Helper()
	p, ok, err := readPidFile(filepath.Join(dir, "postgres"))
	check(t, err)
	if !ok {
		t.Fatal("no pid file")
	}
	return p.pid
}

func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	if !until(context.Background(), 20*time.Second, done) {
		t.Fatal(what)
	}
}

func TestFirstStartMakesRolesAndDatabase(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := start(t, dir)
	for _, dsn := range []string{s.AppTCPDSN(), s.AppDSN()} {
		if got := mustQuery(t, dsn, "select current_user || ' ' || current_database() || ' ' || current_setting('cluster_name')"); got != "ackify_app ackify ackify" {
			t.Errorf("%s", got)
		}
	}
	mustQuery(t, s.MigrateTCPDSN(), "set role ackify_owner; create table kept (n int); insert into kept values (7)")
	if got := mustQuery(t, s.OwnerTCPDSN(), "select tableowner from pg_tables where tablename = 'kept'"); got != "ackify_owner" {
		t.Errorf("owner %s", got)
	}
	for setting, want := range map[string]string{
		"listen_addresses": "127.0.0.1", "password_encryption": "scram-sha-256", "shared_buffers": "128MB",
		"max_connections": "100", "TimeZone": "UTC", "server_encoding": "UTF8",
	} {
		if got := mustQuery(t, s.OwnerDSN(), "show "+setting); got != want {
			t.Errorf("%s is %s, want %s", setting, got, want)
		}
	}
	if got := mustQuery(t, s.OwnerDSN(), "select datlocprovider::text || ' ' || datlocale from pg_database where datname = 'ackify'"); got != "b C.UTF-8" {
		t.Errorf("locale %s", got)
	}
	refused(t, s.AppDSN(), "create table x (n int)")
	refused(t, s.AppDSN(), "create temp table x (n int)")
	refused(t, s.AppDSN(), "select * from kept")
	refused(t, s.AppDSN(), "set role ackify_owner")
	refused(t, strings.Replace(s.AppTCPDSN(), "/ackify?", "/postgres?", 1), "select 1")
	refused(t, strings.Replace(s.AppTCPDSN(), "ackify_app:", "ackify_app:x", 1), "select 1")
	refused(t, strings.Replace(s.AppDSN(), "ackify_app:", "ackify_app:x", 1), "select 1")
	refused(t, strings.Replace(s.AppTCPDSN(), "ackify_app:", "ackify_readonly:", 1), "select 1")
	for file, mode := range map[string]os.FileMode{
		"postgres.json": 0o600, "postgres.log": 0o600, "ackify.lock": 0o600, "postgres": 0o700 | os.ModeDir,
	} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if out, err := exec.Command("psql", s.AppDSN(), "-Atc", "select 1").CombinedOutput(); errors.Is(err, exec.ErrNotFound) {
		t.Log("no psql here: its reading of the DSN is not checked")
	} else if err != nil || string(out) != "1\n" {
		t.Errorf("psql: %s, %v", out, err)
	}
}

func TestRestartKeepsDataPortAndPasswords(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	mustQuery(t, s.OwnerDSN(), "create table kept as select 7 as n")
	before := s.DSNs()
	if got, running, err := Attach(dir); err != nil || !running || got != before {
		t.Errorf("attach: %v, %v, %v", got, running, err)
	}
	check(t, s.Stop(t.Context()))
	check(t, s.Stop(t.Context()))
	<-s.Done()
	if _, running, err := Attach(dir); err != nil || running {
		t.Errorf("attach after stop: %v, %v", running, err)
	}
	began := time.Now()
	s = start(t, dir)
	t.Logf("started an existing cluster in %v", time.Since(began))
	if s.DSNs() != before {
		t.Errorf("addresses changed: %v, %v", before, s.DSNs())
	}
	if got := mustQuery(t, s.OwnerTCPDSN(), "select n from kept"); got != "7" {
		t.Errorf("kept %s", got)
	}
}

func TestASecondStartIsRefused(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	start(t, dir)
	_, err := Start(t.Context(), configFor(dir))
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("%v", err)
	}
}

func TestKilledServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := start(t, dir)
	mustQuery(t, s.OwnerDSN(), "create table kept as select 7 as n")
	for range 2 {
		pid := postmasterPid(t, dir)
		check(t, syscall.Kill(pid, syscall.SIGKILL))
		eventually(t, "not started again", func() bool {
			p, ok, err := readPidFile(filepath.Join(dir, "postgres"))
			return err == nil && ok && p.ready && p.pid != pid
		})
		if got := mustQuery(t, s.OwnerDSN(), "select n from kept"); got != "7" {
			t.Errorf("kept %s", got)
		}
	}
	select {
	case <-s.Done():
		t.Error("done")
	default:
	}
}

func TestStopWhileClientsAreConnected(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	connection, err := pgx.Connect(t.Context(), s.OwnerDSN())
	check(t, err)
	_, err = connection.Exec(t.Context(), "begin")
	check(t, err)
	pid := postmasterPid(t, dir)
	expired, cancel := context.WithCancel(t.Context())
	cancel()
	check(t, s.Stop(expired)) // straight to the immediate shutdown
	if isPostmaster(pid, s.layout.cluster()) {
		t.Error("still running")
	}
	start(t, dir)
}

func TestServerEndsWithAKilledParent(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	helper := startHelper(t, dir)
	pid := postmasterPid(t, dir)
	cluster := filepath.Join(dir, "postgres")
	if got, running, err := Attach(dir); err != nil || !running {
		t.Errorf("attach: %v, %v", running, err)
	} else {
		mustQuery(t, got.OwnerTCP, "create table kept as select 7 as n")
	}
	check(t, helper.Process.Kill())
	_ = helper.Wait()
	// No waiting here: the next start must cope with a server that is still shutting down.
	s := start(t, dir)
	if isPostmaster(pid, cluster) {
		t.Error("the first server still runs")
	}
	if got := mustQuery(t, s.OwnerDSN(), "select n from kept"); got != "7" {
		t.Errorf("kept %s", got)
	}
	check(t, s.Stop(t.Context()))
	if runtime.GOOS != "linux" {
		return // the kernel cannot do it
	}
	helper = startHelper(t, dir)
	pid = postmasterPid(t, dir)
	check(t, helper.Process.Kill())
	_ = helper.Wait()
	eventually(t, "the server outlives its parent", func() bool { return !isPostmaster(pid, cluster) })
}

func startHelper(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), helperVariable+"="+dir)
	helper.Stderr = os.Stderr
	out, err := helper.StdoutPipe()
	check(t, err)
	check(t, helper.Start())
	t.Cleanup(func() { _ = helper.Process.Kill() })
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatalf("helper: %v", err)
	}
	return helper
}

// An orphan is a server whose parent was killed where the kernel could not end it too.
func TestOrphanIsTakenOver(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	check(t, s.Stop(t.Context()))
	orphan := exec.Command(filepath.Join(s.binDir, "postgres"), s.arguments()...)
	ended := make(chan error, 1)
	go func() {
		ended <- onOwnThread(func() error {
			return errors.Join(s.account.prepare(orphan, 0), orphan.Run())
		})
	}()
	eventually(t, "the orphan does not answer", func() bool {
		_, err := query(t, s.OwnerDSN(), "create table if not exists kept as select 7 as n")
		return err == nil
	})
	s = start(t, dir)
	if got := mustQuery(t, s.OwnerDSN(), "select n from kept"); got != "7" {
		t.Errorf("kept %s", got)
	}
	if err := <-ended; err != nil {
		t.Logf("the orphan ended: %v", err)
	}
}

// Not parallel: root in a container cannot tell the bystander from a server that another test is just making.
func TestStalePidFileOfAnotherProcessIsNoObstacle(t *testing.T) {
	dir := dataDir(t)
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	pidPath := filepath.Join(dir, "postgres", "postmaster.pid")
	content, err := os.ReadFile(pidPath)
	check(t, err)
	check(t, s.Stop(t.Context()))
	lines := strings.SplitN(string(content), "\n", 2)
	bystander := exec.Command("sleep", "60")
	bystander.SysProcAttr = s.account.processAttributes(syscall.SIGKILL)
	check(t, bystander.Start())
	defer func() { _, _ = bystander.Process.Kill(), bystander.Wait() }()
	check(t, os.WriteFile(pidPath, []byte(strconv.Itoa(bystander.Process.Pid)+"\n"+lines[1]), 0o600))
	check(t, s.account.own(pidPath))
	if _, running, err := Attach(dir); err != nil || running {
		t.Errorf("attach: %v, %v", running, err)
	}
	start(t, dir)
	if err := bystander.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the bystander was stopped: %v", err)
	}
}

func TestInterruptedInitIsBegunAgain(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), helperVariable+"="+dir)
	check(t, helper.Start())
	eventually(t, "init does not begin", func() bool {
		_, err := os.Stat(filepath.Join(dir, "postgres.init", "PG_VERSION"))
		return err == nil
	})
	check(t, helper.Process.Kill())
	_ = helper.Wait()
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
		t.Fatal("the cluster is already complete")
	}
	if _, running, err := Attach(dir); err != nil || running {
		t.Errorf("attach: %v, %v", running, err)
	}
	hurried, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Start(hurried, configFor(dir)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	s := start(t, dir)
	mustQuery(t, s.MigrateDSN(), "select 1")
	if left, _ := filepath.Glob(filepath.Join(dir, "*init*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSomethingElseInTheClusterDirectoryIsKept(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	precious := filepath.Join(dir, "postgres", "precious")
	check(t, os.MkdirAll(filepath.Dir(precious), 0o711))
	check(t, os.WriteFile(precious, nil, 0o600))
	if _, err := Start(t.Context(), configFor(dir)); err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("%v", err)
	}
	_, err := os.Stat(precious)
	check(t, err)
}

func TestLostPasswordsAreReplaced(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	before := s.DSNs()
	check(t, s.Stop(t.Context()))
	check(t, os.Remove(filepath.Join(dir, "postgres.json")))
	if os.Geteuid() == 0 { // as after a restore by root
		check(t, account{switched: true}.ownTree(filepath.Join(dir, "postgres")))
	}
	s = start(t, dir)
	for _, dsn := range []string{s.AppDSN(), s.MigrateTCPDSN(), s.OwnerDSN()} {
		mustQuery(t, dsn, "select 1")
	}
	if s.AppDSN() == before.App {
		t.Error("the password is the same")
	}
}

func TestATakenPortIsReplaced(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	check(t, s.Stop(t.Context()))
	other := dataDir(t)
	check(t, os.MkdirAll(other, 0o711))
	check(t, state{Port: s.state.Port}.write(layout{dir: other}))
	start(t, other) // takes the port
	if s = start(t, dir); s.AppTCPDSN() == s.dsns.App || mustQuery(t, s.AppTCPDSN(), "select 1") != "1" {
		t.Error("no answer")
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), strings.Repeat("long path ", 12))
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	mustQuery(t, s.AppDSN(), "select 1")
	socket := s.socketDir
	if !s.account.isPrivate(socket) || strings.HasPrefix(socket, dir) {
		t.Errorf("socket in %s", socket)
	}
	check(t, s.Stop(t.Context()))
	defer func() { check(t, os.RemoveAll(socket)) }()
	s = start(t, dir)
	if s.socketDir != socket {
		t.Errorf("another socket directory: %s", s.socketDir)
	}
	if got, running, err := Attach(dir); err != nil || !running || got != s.DSNs() {
		t.Errorf("attach: %v, %v", running, err)
	}
}

// A clone under a directory that only root may enter, such as /root or what mktemp -d makes.
func TestUnderADirectoryOnlyRootMayEnter(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("not root: PostgreSQL runs as this process's account, whose directories it may enter")
	}
	private, err := os.MkdirTemp("", "pg")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(private)) })
	check(t, os.CopyFS(filepath.Join(private, "native"), os.DirFS(filepath.Dir(binDir))))
	config := configFor(filepath.Join(private, "data"))
	config.BinDir = filepath.Join(private, "native")
	s, err := Start(t.Context(), config)
	if os.Geteuid() == 0 && !canGrantReadSearch() {
		if err == nil || !strings.Contains(err.Error(), "chmod o+x "+private) {
			t.Errorf("without the capability: %v", err)
		}
		return
	}
	check(t, err)
	mustQuery(t, s.AppDSN(), "select 1")
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", postmasterPid(t, config.DataDir))); err == nil && os.Geteuid() == 0 {
		const onlyReadSearch = "CapPrm:\t0000000000000004\nCapEff:\t0000000000000004\n"
		if !strings.Contains(string(status), onlyReadSearch) {
			t.Errorf("other capabilities than CAP_DAC_READ_SEARCH:\n%s", status)
		}
	}
	check(t, s.Stop(t.Context()))
}

func TestFailureSaysWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s, err := Start(t.Context(), configFor(dir))
	check(t, err)
	check(t, s.Stop(t.Context()))
	conf := filepath.Join(dir, "postgres", "postgresql.conf")
	check(t, os.WriteFile(conf, []byte("shared_buffers = nonsense\n"), 0o600))
	if _, err := Start(t.Context(), configFor(dir)); err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("%v", err)
	}
	// The lock is free again.
	check(t, os.WriteFile(conf, nil, 0o600))
	start(t, dir)
}

func TestFindBinaries(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	install := func(path string) string {
		bin := filepath.Join(root, path)
		check(t, os.MkdirAll(bin, 0o755))
		for _, name := range []string{"postgres", "initdb"} {
			check(t, os.WriteFile(filepath.Join(bin, name), nil, 0o755))
		}
		return bin
	}
	explicit, bundled := install("explicit/bin"), install("exe/postgres/bin")
	install("system/9/bin")
	install("system/15/bin")
	sixteen, eighteen := install("system/16/bin"), install("system/18/bin")
	install("old/15/bin")
	check(t, os.MkdirAll(filepath.Join(root, "system/19/bin"), 0o755)) // empty
	check(t, os.Symlink(filepath.Join(root, "exe/postgres"), filepath.Join(root, "link")))
	for _, c := range []struct{ explicit, bundled, system, want string }{
		{"explicit", "exe/postgres", "system", explicit},
		{"explicit/bin", "exe/postgres", "system", explicit},
		{"nowhere", "exe/postgres", "system", ""},
		{"", "exe/postgres", "system", bundled},
		{"", "link", "system", bundled},
		{"", "nowhere", "system", eighteen},
		{"", "nowhere", "old", ""},
		{"", "nowhere", "nowhere", ""},
	} {
		given := c.explicit
		if given != "" {
			given = filepath.Join(root, given)
		}
		got, err := findBinaries(given, filepath.Join(root, c.bundled), filepath.Join(root, c.system))
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%v: %s, %v", c, got, err)
		}
	}
	check(t, os.RemoveAll(eighteen))
	if got, err := findBinaries("", "nowhere", filepath.Join(root, "system")); err != nil || got != sixteen {
		t.Errorf("%s, %v", got, err)
	}
}

func TestVersionsAndTheirInitdb(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"postgres (PostgreSQL) 18.4\n": 18, "postgres (PostgreSQL) 16.10 (Debian 16.10-1.pgdg12+1)\n": 16,
		"postgres (PostgreSQL) 19beta1\n": 19, "postgres (PostgreSQL) 15.3": 0, "": 0, "postgres": 0,
	} {
		if got, err := majorVersion(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	if arguments := initdbArguments(16, "d", "p", false); !slices.Contains(arguments, "--locale=C.UTF-8") || slices.Contains(arguments, "--no-sync") {
		t.Errorf("%v", arguments)
	}
}

func TestACopyOfTheBinariesIsReadableAndUsedAgain(t *testing.T) {
	t.Parallel()
	source, target := filepath.Join(t.TempDir(), "native"), t.TempDir()
	check(t, os.CopyFS(source, os.DirFS(filepath.Dir(binDir))))
	check(t, os.Chmod(filepath.Join(source, "bin", "postgres"), 0o700))
	bin := filepath.Join(source, "bin")
	check(t, os.Mkdir(filepath.Join(target, "postgres-bin-old"), 0o755))
	copied, err := copyBinaries(bin, target)
	check(t, err)
	stranger := account{uid: 54321, gid: 54321, switched: true}
	if !stranger.mayExecute(filepath.Join(copied, "postgres")) || stranger.mayExecute(filepath.Join(bin, "postgres")) {
		t.Error("modes are wrong")
	}
	out, err := exec.Command(filepath.Join(copied, "initdb"), "--version").Output()
	if err != nil || !strings.Contains(string(out), "PostgreSQL") {
		t.Errorf("%s, %v", out, err)
	}
	again, err := copyBinaries(bin, target)
	if err != nil || again != copied {
		t.Errorf("%s, %v", again, err)
	}
	if left, _ := filepath.Glob(filepath.Join(target, "*")); len(left) != 1 {
		t.Errorf("%v", left)
	}
}

func BenchmarkStartStop(b *testing.B) {
	config := configFor(filepath.Join(b.TempDir(), "data"))
	config.FsyncOff = false
	var starting time.Duration
	first, err := Start(b.Context(), config)
	check(b, err)
	check(b, first.Stop(b.Context()))
	for b.Loop() {
		began := time.Now()
		s, err := Start(b.Context(), config)
		check(b, err)
		starting += time.Since(began)
		check(b, s.Stop(b.Context()))
	}
	b.ReportMetric(float64(starting.Milliseconds())/float64(b.N), "start-ms/op")
}
