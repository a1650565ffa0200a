//go:build bench

package bench

import (
	"context"
	"crypto/md5" // as the database makes the ids
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

const (
	signaturesOfA     = 1_000 // over 10 documents
	signaturesADoc    = 100   // of each document, in both databases
	documentsASigner  = 10    // that each person signed, in both
	listClients       = 4
	listRequests      = 50 // of each client, list, round and database
	listRatioPromised = 1.5
	benchDevice       = "bench" // a session is of one kind of device
)

// listed is something to ask for. %s is a document.
type listed struct{ name, path string }

// Pages and searches are chosen so that both databases answer the same number of rows: what differs is among how many they are found.
func lists() []listed {
	return []listed{
		{"one document", "/documents/%s"},
		{"its signatures", "/documents/%s/signatures?limit=10"},
		{"its revisions", "/documents/%s/revisions"},
		{"documents, newest first", "/documents?limit=10"},
		{"documents by title", "/documents?limit=10&sort=title"},
		{"search, rare word", "/documents?limit=5&q=" + rareWord},
		{"search, common word", "/documents?limit=5&q=" + commonWord},
		{"search, no such word", "/documents?limit=5&q=" + missingWord},
		{"one's own signatures", "/signatures?limit=10"},
	}
}

// How long pages and lists take with 1,000 signatures of 10 documents, and with BENCH_SIGNATURES (200,000) of a hundredth as many documents:
// each client asks both servers in turn, so that whatever else the machine does slows both.
func TestListsAtSize(t *testing.T) {
	t.Setenv("ACKIFY_FETCH", "false")
	many := signaturesOfB(t)
	a, b := fill(t, signaturesOfA), fill(t, many)
	for _, who := range []string{"admin", "signer"} {
		for _, list := range lists() {
			inA, inB := measure(t, who, list, a, b)
			verdict := ""
			if inB/inA > listRatioPromised {
				verdict = "  TOO SLOW"
			}
			fmt.Printf("lists, %-6s %-24s %7d signatures: %5.2f ms   %d signatures: %5.2f ms   ratio %.2f (at most %.1f)%s\n",
				who, list.name, a.signatures, inA, b.signatures, inB, inB/inA, listRatioPromised, verdict)
		}
	}
}

// signaturesOfB is how many the larger of two is given: BENCH_SIGNATURES.
func signaturesOfB(t *testing.T) int {
	t.Helper()
	given := os.Getenv("BENCH_SIGNATURES")
	if given == "" {
		return 200_000 // a million takes minutes to make
	}
	many, err := strconv.Atoi(given)
	must(t, err)
	return many
}

// measure returns the medians of both, in milliseconds; the first round only warms up.
func measure(t *testing.T, who string, list listed, a, b filled) (inA, inB float64) {
	t.Helper()
	var tookA, tookB []float64
	var mu sync.Mutex
	for number := range rounds + 1 {
		var wg sync.WaitGroup
		for client := range listClients {
			wg.Go(func() {
				for i := 0; i < listRequests && !t.Failed(); i++ {
					n := (client*listRequests+i)*7919 + number
					first, second := a.ask(t, who, list.path, n), b.ask(t, who, list.path, n)
					if number > 0 {
						mu.Lock()
						tookA, tookB = append(tookA, first), append(tookB, second)
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
	}
	if t.Failed() {
		t.FailNow()
	}
	return median(tookA), median(tookB)
}

// filled is a server with so many signatures.
type filled struct {
	testServer
	signatures int
	sessions   map[string]string // cookies
	http       *http.Client
}

// document names one of them: any for the admin, one that they signed for the signer.
func (f filled) document(who string, n int) string {
	if n %= f.signatures / signaturesADoc; who == "signer" {
		n %= documentsASigner
	}
	sum := md5.Sum([]byte(strconv.Itoa(n)))
	return hex.EncodeToString(sum[:])[:12]
}

// ask returns how long the whole answer took, in milliseconds.
func (f filled) ask(t *testing.T, who, path string, n int) float64 {
	if strings.Contains(path, "%s") {
		path = fmt.Sprintf(path, f.document(who, n))
	}
	request, err := http.NewRequest(http.MethodGet, f.base+"/api/v1"+path, nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	request.Header.Set("Cookie", f.sessions[who])
	request.Header.Set("User-Agent", benchDevice)
	begin := time.Now()
	response, err := f.http.Do(request)
	if err != nil {
		t.Error(err)
		return 0
	}
	_, err = io.Copy(io.Discard, response.Body)
	took := time.Since(begin)
	_ = response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("GET %s: %d %v", path, response.StatusCode, err)
	}
	return float64(took.Microseconds()) / 1000
}

// fill starts a server and makes people, documents and signatures; an admin and a signer are logged in.
func fill(t *testing.T, signatures int) filled {
	t.Helper()
	f := filled{
		testServer: startServer(t), signatures: signatures, sessions: map[string]string{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: listClients}, Timeout: time.Minute},
	}
	t.Cleanup(f.http.CloseIdleConnections)
	begin := time.Now()
	owner := f.owner(t)
	for _, who := range []string{"admin", "signer"} {
		f.sessions[who] = f.logInAs(t, domain.Role(who))
	}
	for _, step := range fillSteps {
		step = strings.NewReplacer("$SIGNATURES", strconv.Itoa(signatures), "$RARE", rareWord, "$COMMON", commonWord).Replace(step)
		_, err := owner.Exec(context.Background(), step)
		must(t, err)
	}
	fmt.Printf("lists, %7d signatures of %d documents by %d people were made in %s\n",
		signatures, signatures/signaturesADoc, signatures/documentsASigner, time.Since(begin).Round(100*time.Millisecond))
	return f
}

// logInAs makes somebody with a role and returns the cookie of their session, which no password was needed for: hashing one takes memory.
func (s testServer) logInAs(t *testing.T, role domain.Role) string {
	t.Helper()
	ctx := context.Background()
	pool, err := postgres.Open(ctx, postgres.PoolConfig{DSN: s.database(t).AppTCP, MaxConns: 1})
	must(t, err)
	defer pool.Close()
	db := postgres.DB{Pool: pool}
	now := time.Now().UTC()
	user, err := postgres.Accounts{DB: db}.CreateUser(ctx, accounts.NewUser{
		ID: uuid.NewString(), Email: domain.Email(string(role) + "@example.com"), Name: string(role), Role: role, Locale: "en", Verified: true, CreatedAt: now,
	}, domain.Outbox{})
	must(t, err)
	token := domain.NewSecret()
	_, err = postgres.Sessions{DB: db}.Begin(ctx, sessions.Beginning{
		TokenHash: sha256.Sum256([]byte(token)),
		Session:   domain.Session{ID: uuid.NewString(), User: user, Method: "password", AuthenticatedAt: now, CreatedAt: now, ExpiresAt: now.Add(time.Hour), UserAgent: benchDevice},
	})
	must(t, err)
	return middleware.CookieName + "=" + token
}

// database is where the server's PostgreSQL is.
func (s testServer) database(t *testing.T) embeddedpg.DSNs {
	t.Helper()
	for _, variable := range s.env {
		if dir, found := strings.CutPrefix(variable, "ACKIFY_DATA_DIR="); found {
			dsns, running, err := embeddedpg.Attach(dir)
			must(t, err)
			if running {
				return dsns
			}
		}
	}
	t.Fatal("no PostgreSQL is running")
	return embeddedpg.DSNs{}
}
