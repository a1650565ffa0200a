package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

func TestManySignAtOnceThroughTwoServers(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	one := serveIt(t, withDatabase(t, db)...)
	two := serveIt(t, withDatabase(t, db)...)
	author := loggedIn(t, one, "author@example.com", "author")
	documents := []document{author.document(t, "doc-a"), author.document(t, "doc-b")}
	people := signers(t, 16, one, two)
	var created atomic.Int64
	var wg sync.WaitGroup
	for i := range 64 {
		person := people[i%len(people)]
		wg.Go(func() {
			for j, base := range []string{one.base, two.base, one.base, two.base} {
				elsewhere := *person
				elsewhere.base = base
				// The session cookie belongs to the host, not to the port: the other process knows it too.
				_, a := elsewhere.sign(documents[(i/32+j/2)%2].DocID)
				if a.err != nil || a.status != http.StatusOK && a.status != http.StatusCreated {
					t.Errorf("sign: %d %s %v", a.status, a.body, a.err)
				}
				if a.status == http.StatusCreated {
					created.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if created.Load() != 32 {
		t.Errorf("%d signatures of 16 people on 2 documents", created.Load())
	}
	checkLedger(t, db, 2+32)
}

// checkLedger reads the database as its owner and checks that positions are without gap and every link fits.
func checkLedger(t *testing.T, db dbtest.Database, want int64) {
	t.Helper()
	var entries, linked, checkpoints, rows int64
	err := db.AsOwner(t).Pool.QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM ledger_entries), (SELECT max(seq) + 1 FROM ledger_entries),
			(SELECT max(size) FROM ledger_checkpoints),
			(SELECT count(*) FROM ledger_entries e JOIN ledger_entries p ON p.seq = e.seq - 1 AND p.entry_hash = e.prev_hash)`).
		Scan(&entries, &linked, &checkpoints, &rows)
	if err != nil || entries != want || linked != want || checkpoints != want || rows != want-1 {
		t.Errorf("%d entries, last position %d, checkpoint at %d, %d links instead of %d; %v", entries, linked, checkpoints, rows, want, err)
	}
}

// signUntil lets people sign fresh documents until stop, whatever happens, and returns what was acknowledged. Each acknowledgement is
// also told as it comes: told has room for all of them.
func signUntil(stop <-chan struct{}, people []*client, documents []document, told chan<- struct{}) map[string]signature {
	acknowledged := map[string]signature{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for who, person := range people {
		wg.Go(func() {
			for _, d := range documents {
				select {
				case <-stop:
					return
				default:
				}
				signed, a := person.sign(d.DocID)
				mu.Lock()
				if a.err == nil && (a.status == http.StatusCreated || a.status == http.StatusOK) {
					acknowledged[fmt.Sprint(who, " ", d.DocID)] = signed
					told <- struct{}{}
				}
				mu.Unlock()
				if a.err != nil || a.status >= 500 {
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	return acknowledged
}

// inTheMiddle returns a moment after so many acknowledgements, while others are on their way.
func inTheMiddle(told <-chan struct{}, acknowledgements int) {
	for range acknowledgements {
		<-told
	}
	time.Sleep(time.Duration(acknowledgements) * time.Millisecond)
}

// allThere checks that every acknowledged signature is what it was, and proves its receipt.
func allThere(t *testing.T, people []*client, acknowledged map[string]signature) {
	t.Helper()
	keys, err := proof.ParseKeySet(people[0].send(http.MethodGet, "/ledger/keys", nil).want(t, http.StatusOK).body)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for key, before := range acknowledged {
		index, docID, _ := strings.Cut(key, " ")
		who, err := strconv.Atoi(index)
		if err != nil {
			t.Fatal(err)
		}
		now, a := people[who].sign(docID)
		if a.want(t, http.StatusOK); now != before {
			t.Fatalf("acknowledged %+v, now %+v", before, now)
		}
		if checked++; checked > 40 {
			continue // the receipts of 40 of them
		}
		if _, err := proof.VerifyReceipt(people[who].receipt(t, now), keys); err != nil {
			t.Fatalf("receipt: %v", err)
		}
	}
}

func TestKillingTheServerLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	s := serveIt(t, "ACKIFY_DATA_DIR="+t.TempDir())
	author := loggedIn(t, s, "author@example.com", "author")
	people := signers(t, 4, s)
	acknowledged := map[string]signature{}
	for round := range 4 {
		var documents []document
		for i := range 40 {
			documents = append(documents, author.document(t, fmt.Sprintf("doc-%d-%d", round, i)))
		}
		killed, told := make(chan struct{}), make(chan struct{}, len(people)*len(documents))
		go func() {
			inTheMiddle(told, 8+7*round)
			s.kill(t)
			close(killed)
		}()
		done := signUntil(killed, people, documents, told)
		<-killed
		for key, one := range done {
			acknowledged[key] = one
		}
		s.start(t)
	}
	if len(acknowledged) < 20 {
		t.Fatalf("only %d signatures were acknowledged before the kills: this proves too little", len(acknowledged))
	}
	allThere(t, people, acknowledged)
}

func TestKillingPostgreSQLLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serveIt(t, "ACKIFY_DATA_DIR="+dir)
	author := loggedIn(t, s, "author@example.com", "author")
	people := signers(t, 4, s)
	acknowledged := map[string]signature{}
	for round := range 3 {
		var documents []document
		for i := range 60 {
			documents = append(documents, author.document(t, fmt.Sprintf("doc-%d-%d", round, i)))
		}
		told := make(chan struct{}, len(people)*len(documents))
		go func() {
			inTheMiddle(told, 40+20*round)
			killPostgres(t, dir)
		}()
		done := signUntil(nil, people, documents, told)
		for key, one := range done {
			acknowledged[key] = one
		}
		recovers(t, newClient(t, s))
	}
	if len(acknowledged) < 100 {
		t.Fatalf("only %d signatures were acknowledged", len(acknowledged))
	}
	allThere(t, people, acknowledged)
}

// killPostgres ends the embedded database as a power cut would.
func killPostgres(t *testing.T, dir string) {
	content, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	if err != nil {
		t.Error(err)
		return
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Error(err)
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

func recovers(t *testing.T, c *client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	for ctx.Err() == nil {
		if c.get("/health").status == http.StatusOK {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the server does not recover")
}

// health is the report of a server whose database is there; the report gives it two seconds, which are not always enough.
func (c *client) health(t *testing.T) answer {
	t.Helper()
	for {
		recovers(t, c)
		if a := c.get("/health"); a.status == http.StatusOK {
			return a
		}
	}
}

func TestWithoutItsDatabaseTheServerSaysSoAndRecovers(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	author := loggedIn(t, s, "author@example.com", "author")
	d := author.document(t, "doc")
	superuser := db.AsOwner(t)
	set := func(statement string) {
		t.Helper()
		if _, err := superuser.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	set("ALTER DATABASE " + db.Name + " CONNECTION LIMIT 0")
	set("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	a := author.get("/documents")
	if a.status != http.StatusServiceUnavailable || a.code() != "database.unavailable" || a.header.Get("Retry-After") == "" {
		t.Errorf("without a database: %d %s", a.status, a.body)
	}
	var health struct{ Status, Database string }
	a = author.get("/health")
	a.want(t, http.StatusServiceUnavailable).into(t, &health)
	if health.Status != "unhealthy" || health.Database != "disconnected" {
		t.Errorf("health: %+v", health)
	}
	if strings.Contains(string(a.body), "postgres") {
		t.Errorf("the answer tells about the database: %s", a.body)
	}
	set("ALTER DATABASE " + db.Name + " CONNECTION LIMIT -1")
	recovers(t, author)
	if _, a := author.sign(d.DocID); a.status != http.StatusCreated {
		t.Errorf("signing after recovery: %d %s", a.status, a.body)
	}
}
