package failover

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// newStandby makes a standby of the primary, which from then on waits for it at every commit.
func newStandby(t testing.TB, primary cluster) cluster {
	t.Helper()
	standby := cluster{dir: newDir(t)}
	conn := primary.connect(t)
	for _, statement := range []string{`SELECT pg_create_physical_replication_slot('standby', true)`, `SELECT pg_backup_start('standby', true)`} {
		_, err := conn.Exec(t.Context(), statement)
		must(t, err)
	}
	must(t, copyTree(primary.dir, standby.dir, "postgres/pg_wal"))
	var label string
	must(t, conn.QueryRow(t.Context(), `SELECT labelfile FROM pg_backup_stop(false)`).Scan(&label))
	must(t, conn.Close(t.Context()))

	u, err := url.Parse(primary.OwnerTCPDSN())
	must(t, err)
	password, _ := u.User.Password()
	write := func(name, content string) {
		must(t, os.WriteFile(filepath.Join(standby.files(), name), []byte(content), 0o600))
	}
	write("backup_label", label)
	write("standby.signal", "")
	settings, err := os.ReadFile(filepath.Join(primary.files(), "postgresql.auto.conf"))
	must(t, err)
	write("postgresql.auto.conf", string(settings)+fmt.Sprintf("primary_slot_name = 'standby'\nprimary_conninfo = 'host=%s port=%s user=%s password=%s application_name=standby'\n",
		u.Hostname(), u.Port(), u.User.Username(), password))
	standby.start(t)
	primary.exec(t, `ALTER SYSTEM SET synchronous_standby_names = 'standby'`, `SELECT pg_reload_conf()`)
	eventually(t, "the standby is synchronous", func() bool {
		return value[int](t, primary, `SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'`) == 1
	})
	return standby
}

// kill ends a server as a power cut would, and fences it: what starts it again finds that it cannot run.
func (c cluster) kill(t testing.TB) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(c.files(), "postgresql.auto.conf"), []byte("fenced = on\n"), 0o600))
	pids := append([]int{c.pid(t)}, c.children(t)...)
	for _, pid := range pids {
		must(t, ignoreGone(syscall.Kill(pid, syscall.SIGKILL)))
	}
}

func ignoreGone(err error) error {
	if err == syscall.ESRCH { //nolint:errorlint // as the system says it
		return nil
	}
	return err
}

func (c cluster) pid(t testing.TB) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(c.files(), "postmaster.pid"))
	must(t, err)
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	must(t, err)
	return pid
}

// children are the processes of a server but for the first.
func (c cluster) children(t testing.TB) (pids []int) {
	t.Helper()
	parent := strconv.Itoa(c.pid(t))
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	must(t, err)
	for _, stat := range stats {
		content, _ := os.ReadFile(stat)
		_, rest, _ := strings.Cut(string(content), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == parent {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
			must(t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}

// crowd signs documents until everybody has signed all, whatever happens, and remembers what it was told.
type crowd struct {
	people    []*client
	documents []string
	asking    atomic.Int64 // how many wait for an answer
	told      chan time.Time

	mu           sync.Mutex
	acknowledged map[string]signature // with 201
	found        map[string]signature // with 200: a first answer did not come
	refused      int
	wrong        []string
}

func newCrowd(people []*client, documents []string) *crowd {
	return &crowd{
		people: people, documents: documents, told: make(chan time.Time, len(people)*len(documents)),
		acknowledged: map[string]signature{}, found: map[string]signature{},
	}
}

func (c *crowd) sign() {
	var all sync.WaitGroup
	for who, person := range c.people {
		all.Go(func() {
			for _, doc := range c.documents {
				for tries := 0; !c.one(fmt.Sprint(who, " ", doc), person, doc) && tries < 400; tries++ {
					time.Sleep(50 * time.Millisecond)
				}
			}
		})
	}
	all.Wait()
	close(c.told)
}

// one tries once, and tells whether it is done.
func (c *crowd) one(key string, person *client, doc string) bool {
	c.asking.Add(1)
	signed, a := person.sign(doc)
	c.asking.Add(-1)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case a.err == nil && a.status == http.StatusCreated:
		if before, twice := c.acknowledged[key]; twice {
			c.wrong = append(c.wrong, fmt.Sprintf("%s got two: %+v, %+v", key, before, signed))
		}
		c.acknowledged[key] = signed
	case a.err == nil && a.status == http.StatusOK:
		c.found[key] = signed
	case a.err == nil && a.status == http.StatusServiceUnavailable:
		c.refused++
		return false
	default:
		c.wrong = append(c.wrong, fmt.Sprintf("%s: %d %s %v", key, a.status, a.body, a.err))
		return false
	}
	c.told <- time.Now()
	return true
}

func (c *crowd) refusals() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

// allKept checks that all that was acknowledged is in the database as it was, and that nobody has two.
func (c *crowd) allKept(t *testing.T, now cluster) {
	t.Helper()
	for _, one := range c.wrong {
		t.Error(one)
	}
	if all := len(c.people) * len(c.documents); len(c.acknowledged)+len(c.found) != all {
		t.Errorf("%d and %d signed, of %d", len(c.acknowledged), len(c.found), all)
	}
	conn := now.connect(t)
	defer func() { must(t, conn.Close(t.Context())) }()
	for _, told := range []map[string]signature{c.acknowledged, c.found} {
		for key, s := range told {
			var there bool
			must(t, conn.QueryRow(t.Context(), `
				SELECT EXISTS (SELECT FROM signatures s JOIN ledger_entries e USING (seq)
					WHERE s.id = $1 AND s.seq = $2 AND s.doc_id = $3 AND s.user_email = $4 AND encode(e.entry_hash, 'hex') = $5)`,
				s.ID, s.Seq, s.DocID, s.UserEmail, s.EntryHash).Scan(&there))
			if !there {
				t.Errorf("LOST: %s %+v", key, s)
			}
		}
	}
	if twice := value[int](t, now, `SELECT count(*) FROM (SELECT FROM signatures GROUP BY doc_id, user_email HAVING count(*) > 1) x`); twice != 0 {
		t.Errorf("%d got two signatures", twice)
	}
	if rows, want := value[int](t, now, `SELECT count(*) FROM signatures`), len(c.people)*len(c.documents); rows != want {
		t.Errorf("%d signatures, want %d", rows, want)
	}
}

// verified checks the whole ledger against itself and the checkpoint file, as an operator does.
func verified(t *testing.T, s *server) {
	t.Helper()
	out, err := ackify(s.env, "", "verify", "ledger")
	if err != nil {
		t.Errorf("verify ledger: %v\n%s", err, out)
	}
	file := ""
	for _, one := range s.env {
		if dir, is := strings.CutPrefix(one, "ACKIFY_DATA_DIR="); is {
			file = filepath.Join(dir, "checkpoints")
		}
	}
	content, err := os.ReadFile(file)
	if err != nil || len(content) == 0 {
		t.Errorf("the checkpoint file is empty: %v", err)
	}
}

func TestAFailOverLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	primary := newCluster(t, nil)
	standby := newStandby(t, primary)
	s := serve(t, onHosts(t, "sslmode=disable&target_session_attrs=read-write", standby, primary))
	author := loggedIn(t, s, "author@example.com", "author")
	var documents []string
	for i := range 30 {
		documents = append(documents, author.document(t, fmt.Sprintf("doc-%d", i)))
	}
	c := newCrowd(people(t, s, 8), documents)
	go c.sign()
	const before = 60
	for range before {
		<-c.told
	}
	flying := c.asking.Load()
	killed := time.Now()
	primary.kill(t)
	eventually(t, "everybody is refused while there is no database", func() bool { return c.refusals() >= 2*len(c.people) })
	standby.exec(t, `SELECT pg_promote(true)`)
	promoted := time.Now()
	var first time.Time
	for at := range c.told {
		if at.After(promoted) && first.IsZero() {
			first = at
		}
	}
	if first.IsZero() {
		t.Fatal("nobody signed after the fail-over: this proves too little")
	}
	t.Logf("%d were signing when the primary died after %d signatures; the standby was primary after %s, and signing paused for %s; %d requests were refused meanwhile, %d signatures had no answer and were there",
		flying, before, promoted.Sub(killed).Round(time.Millisecond), first.Sub(killed).Round(time.Millisecond), c.refused, len(c.found))
	s.stop(t)
	c.allKept(t, standby)
	verified(t, s)
}

// A standby that does not answer holds commits up. PostgreSQL lets a commit be seen whose wait was cancelled, although no standby has it.
func TestNothingIsAcknowledgedThatTheStandbyDoesNotHave(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	primary := newCluster(t, a.encrypt(t, "127.0.0.1"))
	standby := newStandby(t, primary)
	s := serve(t, onHosts(t, "target_session_attrs=read-write&sslmode=verify-full&sslrootcert="+a.file, primary, standby))
	author := loggedIn(t, s, "author@example.com", "author")
	doc := author.document(t, "doc-1")
	crowd := people(t, s, 2)
	signed, got := crowd[0].sign(doc)
	got.want(t, http.StatusCreated)

	standby.all(t, syscall.SIGSTOP)
	defer standby.all(t, syscall.SIGCONT)
	began := time.Now()
	if _, a := crowd[1].sign(doc); a.err != nil || a.status != http.StatusServiceUnavailable {
		t.Errorf("without the standby: %d %s %v", a.status, a.body, a.err)
	}
	t.Logf("refused after %s", time.Since(began).Round(time.Millisecond))
	if seen := value[int](t, primary, `SELECT count(*) FROM signatures`); seen != 1 {
		t.Errorf("%d signatures are seen, of which the standby has one", seen)
	}
	primary.kill(t)
	standby.all(t, syscall.SIGCONT)
	standby.exec(t, `SELECT pg_promote(true)`)
	eventually(t, "signing goes on", func() bool {
		_, a := crowd[1].sign(doc)
		return a.err == nil && (a.status == http.StatusCreated || a.status == http.StatusOK)
	})
	again, got := crowd[0].sign(doc)
	if got.want(t, http.StatusOK); again != signed {
		t.Errorf("%+v, was %+v", again, signed)
	}
	s.stop(t)
	verified(t, s)
}

// A database that is stopped in the middle keeps its connections, takes what is sent to it and says nothing.
func TestAFrozenDatabaseIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	c := newCluster(t, nil)
	s := serve(t, onHosts(t, "sslmode=disable", c), "ACKIFY_DB_STATEMENT_TIMEOUT=1s", "ACKIFY_DB_MAX_CONNS=4")
	author := loggedIn(t, s, "author@example.com", "author")
	doc := author.document(t, "doc-1")
	c.all(t, syscall.SIGSTOP)
	defer c.all(t, syscall.SIGCONT)
	var all sync.WaitGroup
	for range 8 { // more than there are connections
		all.Go(func() {
			if a := author.get("/users/me"); a.err != nil || a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "database.unavailable") {
				t.Errorf("reading: %d %s %v", a.status, a.body, a.err)
			}
		})
	}
	all.Wait()
	if _, a := author.sign(doc); a.err != nil || a.status != http.StatusServiceUnavailable {
		t.Errorf("signing: %d %s %v", a.status, a.body, a.err)
	}
	c.all(t, syscall.SIGCONT)
	eventually(t, "it goes on once the database does", func() bool {
		_, a := author.sign(doc)
		return a.err == nil && (a.status == http.StatusCreated || a.status == http.StatusOK)
	})
	s.stop(t)
	verified(t, s)
}

// all sends a signal to every process of a server.
func (c cluster) all(t testing.TB, signal syscall.Signal) {
	t.Helper()
	for _, pid := range append([]int{c.pid(t)}, c.children(t)...) {
		must(t, ignoreGone(syscall.Kill(pid, signal)))
	}
}
