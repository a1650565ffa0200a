package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// The name in docs/deploy/nginx/ackify.conf.
const siteName = "sign.example.com"

// Two processes behind the Nginx configuration that is shipped, each restarted twice by the script that is shipped, while people upload, sign and read:
// no request fails, none is sent again but where HTTP/2 says that it was not looked at, and whatever was acknowledged is in the ledger.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	data := t.TempDir() // they share it, as processes on one machine do, but not the checkpoint file
	processes := map[string]*server{}
	var addresses []string
	for i := range 2 {
		s := serveIt(t, append(withDatabase(t, db), "ACKIFY_BASE_URL=https://"+siteName, "ACKIFY_TRUSTED_PROXIES=127.0.0.1", "ACKIFY_DATA_DIR="+data,
			fmt.Sprintf("ACKIFY_CHECKPOINT_FILE=%s/checkpoints-%d", data, i))...)
		address := strings.TrimPrefix(s.base, "http://")
		processes[address] = s
		addresses = append(addresses, address)
	}
	one, two := processes[addresses[0]], processes[addresses[1]]
	front := startNginx(t, addresses...)
	crowd := newCrowd(t, front, one)

	// The script restarts a process by asking here, as it would ask systemd.
	type restart struct {
		address string
		done    chan struct{}
	}
	restarts := make(chan restart)
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/reload" {
			if err := crowd.reload(t); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
			return
		}
		asked := restart{strings.TrimPrefix(r.URL.Path, "/"), make(chan struct{})}
		restarts <- asked
		<-asked.done
	}))
	t.Cleanup(control.Close)
	var commands []string
	for _, a := range append(addresses, addresses...) {
		commands = append(commands, a, "curl -fsS "+control.URL+"/"+a)
	}
	crowd.begin()
	script := exec.Command("../../../docs/deploy/nginx/rolling-restart.sh", commands...)
	script.Env = append(os.Environ(), "NGINX_CONF="+front.site, "NGINX_RELOAD=curl -fsS "+control.URL+"/reload", "NGINX_PID="+front.pid, "DRAIN_SECONDS=1")
	ended := make(chan error, 1)
	var said []byte
	go func() {
		var err error
		said, err = script.CombinedOutput()
		ended <- err
	}()
	for restarted := 0; ; {
		select {
		case r := <-restarts:
			began := time.Now()
			processes[r.address].stop(t)
			stopped := time.Since(began)
			processes[r.address].start(t)
			t.Logf("%s stopped in %v, started in %v", r.address, stopped.Round(time.Millisecond), (time.Since(began) - stopped).Round(time.Millisecond))
			close(r.done)
			restarted++
			continue
		case err := <-ended:
			if err != nil || restarted != 4 {
				t.Errorf("%d processes were restarted: %v\n%s", restarted, err, said)
			}
		}
		break
	}
	t.Logf("%s", said)
	crowd.end()
	crowd.proved(t, db, one, two)
	front.quit(t)
	log, err := os.ReadFile(front.errors)
	if err != nil || bytes.Contains(log, []byte("no live upstreams")) || bytes.Contains(log, []byte("[crit]")) || bytes.Contains(log, []byte("[alert]")) {
		t.Errorf("Nginx is not content: %v", err)
	}
	if t.Failed() {
		errors := regexp.MustCompile(`(?m)^.*\[(error|crit|alert|emerg)\].*$`).FindAll(log, 10)
		t.Logf("Nginx's first errors:\n%s\nand its log:\n%s", bytes.Join(errors, []byte("\n")), tail(string(log), 6000))
	}
}

// crowd is people who work with Ackify through Nginx, each from an address of their own: the limits of ackify.conf are by address.
type crowd struct {
	front  *nginx
	people []*client
	ending atomic.Bool
	work   sync.WaitGroup

	mu              sync.Mutex
	acknowledged    map[int64]string // entry hash by position
	requests, again int
	late            byte // how many latecomers there are
	slowest         time.Duration
	slowestWhat     string
	failures        []string
}

// newCrowd makes four authors who are logged in twice each. Some speak HTTP/2 as browsers do, others open a connection for each request.
func newCrowd(t *testing.T, front *nginx, s *server) *crowd {
	t.Helper()
	c := &crowd{front: front, acknowledged: map[int64]string{}}
	for i := range 8 {
		email := fmt.Sprintf("p%d@example.com", i/2)
		if i%2 == 0 {
			if out, errs, status := execute(t, s.env, testPassword+"\n", "user", "create", "--email", email, "--name", "Person", "--role", "author",
				"--password-stdin"); status != 0 {
				t.Fatalf("user create: %s %s", out, errs)
			}
		}
		p := c.arrive(t, byte(10+i), i%4 != 3)
		p.logIn(t, email)
		c.people = append(c.people, p)
	}
	return c
}

func (c *crowd) arrive(t testing.TB, address byte, http2 bool) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, address)}}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, c.front.address)
		},
		TLSClientConfig: &tls.Config{RootCAs: c.front.roots}, ForceAttemptHTTP2: http2, DisableKeepAlives: !http2,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{base: "https://" + siteName, http: &http.Client{Jar: jar, Timeout: patient, Transport: &counted{c, transport, http2}}}
}

// counted counts requests, and how often one is sent again by the transport.
type counted struct {
	crowd *crowd
	next  http.RoundTripper
	http2 bool
}

func (r *counted) RoundTrip(request *http.Request) (*http.Response, error) {
	began := time.Now()
	var headers atomic.Int32
	var connection atomic.Value
	connection.Store("none")
	trace := &httptrace.ClientTrace{
		WroteHeaders: func() { headers.Add(1) },
		GotConn: func(i httptrace.GotConnInfo) {
			connection.Store(fmt.Sprintf("%v, reused: %v", i.Conn.LocalAddr(), i.Reused))
		},
	}
	response, err := r.next.RoundTrip(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	c, took, sent := r.crowd, time.Since(began), headers.Load()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if sent > 1 {
		c.again++
	}
	what := request.Method + " " + request.URL.Path
	if sent > 1 && !r.http2 {
		c.failures = append(c.failures, what+" was sent again")
	}
	if took > c.slowest && request.ContentLength >= 0 {
		c.slowest, c.slowestWhat = took, what
	}
	if err != nil {
		err = fmt.Errorf("%w (HTTP/2: %v; connection: %s; sent %d times, after %v, at %v)", err, r.http2, connection.Load(), sent, took, time.Now().UTC())
	}
	return response, err
}

// expect notes an answer that is not the one wanted.
func (c *crowd) expect(what string, a answer, status int) bool {
	if a.err == nil && a.status == status {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, fmt.Sprintf("%s: %d %s %v", what, a.status, tail(string(a.body), 300), a.err))
	return false
}

func (c *crowd) begin() {
	for i, p := range c.people {
		c.work.Go(func() {
			for round := 0; !c.ending.Load(); round++ {
				c.round(p, fmt.Sprintf("%d-%d", i, round), round)
			}
		})
	}
}

func (c *crowd) end() {
	c.ending.Store(true)
	c.work.Wait()
	for _, p := range c.people {
		p.http.CloseIdleConnections()
	}
}

// round is one document: made or uploaded, looked at, acknowledged.
func (c *crowd) round(p *client, name string, round int) {
	var a answer
	content := "content of " + name
	uploaded := round%3 == 0
	switch {
	case round%12 == 0:
		a = c.uploadSlowly(p, name, content)
	case uploaded:
		a = p.upload("/documents/upload", file{name + ".txt", "text/plain", content})
	default:
		a = p.post("/documents", object{"reference": "reference-" + name, "title": "Title"})
	}
	var d document
	if !c.expect("a document", a, http.StatusCreated) || json.Unmarshal(a.body, &d) != nil {
		return
	}
	c.expect("the document", p.get("/documents/"+d.DocID), http.StatusOK)
	if uploaded {
		if a := p.get("/documents/" + d.DocID + "/content"); c.expect("the content", a, http.StatusOK) && string(a.body) != content {
			c.expect("the content is another", a, 0)
		}
	}
	s, a := p.sign(d.DocID)
	if c.expect("the acknowledgement", a, http.StatusCreated) {
		c.mu.Lock()
		c.acknowledged[s.Seq] = s.EntryHash
		c.mu.Unlock()
	}
	for _, path := range []string{"/", "/api/v1/documents", "/ledger/checkpoint", strings.TrimPrefix(s.ReceiptURL, p.base)} {
		c.expect(path, p.send(http.MethodGet, path, nil), http.StatusOK)
	}
}

// uploadSlowly takes more than a second, so that processes are restarted in the middle of it.
func (c *crowd) uploadSlowly(p *client, name, content string) answer {
	token := p.get("/csrf")
	var csrf struct{ Token string }
	if !c.expect("/csrf", token, http.StatusOK) || json.Unmarshal(token.body, &csrf) != nil {
		return token
	}
	body, rest := io.Pipe()
	form := multipart.NewWriter(rest)
	go func() {
		part, err := form.CreateFormFile("file", name+".txt")
		for i := 0; err == nil && i < len(content); i++ {
			time.Sleep(120 * time.Millisecond) // how fast this network is
			_, err = part.Write([]byte{content[i]})
		}
		_ = rest.CloseWithError(errors.Join(err, form.Close()))
	}()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.base+"/api/v1/documents/upload", body)
	if err != nil {
		return answer{err: err}
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("X-CSRF-Token", csrf.Token)
	response, err := p.http.Do(request)
	if err != nil {
		return answer{err: err}
	}
	raw, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, raw, errors.Join(err, response.Body.Close())}
}

// proved wants no failure, and everything that was acknowledged in the ledger, which verifies with the checkpoint file of each process.
func (c *crowd) proved(t *testing.T, db dbtest.Database, servers ...*server) {
	t.Helper()
	t.Logf("%d requests, %d acknowledgements; slowest %v (%s); HTTP/2 sent %d again, which Nginx had not looked at", c.requests, len(c.acknowledged),
		c.slowest.Round(time.Millisecond), c.slowestWhat, c.again)
	for i, f := range c.failures {
		if i == 10 {
			t.Errorf("and %d more", len(c.failures)-i)
			break
		}
		t.Error(f)
	}
	conn, err := pgx.Connect(t.Context(), db.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), "SELECT seq, encode(entry_hash, 'hex') FROM ledger_entries WHERE type = 'signature'")
	if err != nil {
		t.Fatal(err)
	}
	ledger := map[int64]string{}
	var seq int64
	var hash string
	if _, err := pgx.ForEachRow(rows, []any{&seq, &hash}, func() error { ledger[seq] = hash; return nil }); err != nil {
		t.Fatal(err)
	}
	for seq, hash := range c.acknowledged {
		if ledger[seq] != hash {
			t.Errorf("entry %d was acknowledged as %s, and the ledger has %q", seq, hash, ledger[seq])
		}
	}
	if len(ledger) != len(c.acknowledged) || len(ledger) < 50 {
		t.Errorf("%d acknowledgements were answered, and the ledger has %d", len(c.acknowledged), len(ledger))
	}
	for _, s := range servers {
		if out, errs, status := execute(t, s.env, "", "verify", "ledger"); status != 0 {
			t.Errorf("verify ledger: %d %s %s", status, out, errs)
		}
	}
}
