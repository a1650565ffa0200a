package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func (c *client) raw(path string) answer { return c.send(http.MethodGet, path, nil) }

// ready checks a probe, which gives the database two seconds, which are not always enough.
func (c *client) ready(t *testing.T, path string, status int, code string) {
	t.Helper()
	var a answer
	eventually(t, fmt.Sprintf("%s: %d %s", path, status, code), func() bool {
		a = c.raw(path)
		return a.code() != "database.unavailable" || code == "database.unavailable"
	})
	if a.status != status || a.code() != code {
		t.Errorf("%s: %d %s", path, a.status, a.body)
	}
}

func TestProbesTellWhetherTheServerCanWork(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	addr := freeport.Address(t)
	s := serveIt(t, append(withDatabase(t, db), "ACKIFY_LISTEN_ADDR="+addr, "ACKIFY_BASE_URL=http://"+addr+"/sign", "ACKIFY_RATE_LIMIT_GENERAL=1")...)
	probe := newClient(t, s)
	probe.base = "http://" + addr
	ready := func(status int, code string) {
		t.Helper()
		for _, path := range []string{"/sign", "/sign", ""} { // more often than the limit
			probe.ready(t, path+"/readyz", status, code)
			probe.raw(path+"/healthz").want(t, http.StatusOK)
		}
	}
	ready(http.StatusOK, "")
	owner := db.AsOwner(t)
	set := func(statement string) {
		t.Helper()
		if _, err := owner.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	set("UPDATE schema_migrations SET dirty = true")
	ready(http.StatusServiceUnavailable, "database.schema")
	set("UPDATE schema_migrations SET dirty = false, version = version + 1")
	ready(http.StatusServiceUnavailable, "database.schema")
	set("UPDATE schema_migrations SET version = version - 1")
	ready(http.StatusOK, "")
	set("ALTER DATABASE " + db.Name + " CONNECTION LIMIT 0")
	set("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	ready(http.StatusServiceUnavailable, "database.unavailable")
	set("ALTER DATABASE " + db.Name + " CONNECTION LIMIT -1")
	eventually(t, "the server is ready again", func() bool { return probe.raw("/readyz").status == http.StatusOK })
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(s.log.String(), "/readyz") || strings.Contains(s.log.String(), "/healthz") {
		t.Error("probes are in the log")
	}
}

func TestHealthTellsOfWorkers(t *testing.T) {
	t.Parallel()
	_, mail := openInbox(t)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), append(mail, "ACKIFY_FETCH=true", "ACKIFY_FETCH_RECHECK=24h")...)...)
	var health struct {
		Status  string
		Workers []struct{ Name, LastRun, Outcome, Problem string }
	}
	c := newClient(t, s)
	eventually(t, "every worker that does not wait has run", func() bool {
		c.health(t).into(t, &health)
		run := 0
		for _, w := range health.Workers {
			if w.Outcome == "ok" && w.LastRun != "" && w.Problem == "" {
				run++
			}
		}
		return run >= 8
	})
	var names []string
	for _, w := range health.Workers {
		names = append(names, w.Name)
	}
	want := []string{"anchor", "checker", "cleanup", "collector", "completer", "mail", "rechecker", "scheduler", "sequencer", "tidying"}
	if health.Status != "healthy" || !slices.Equal(names, want) {
		t.Errorf("%s %v", health.Status, names)
	}
}

func TestMetricsTellWhatHappens(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	metrics := freeport.Address(t)
	s := serveIt(t, append(withDatabase(t, db), "ACKIFY_METRICS_ADDR="+metrics)...)
	author := loggedIn(t, s, "author@example.com", "author")
	d := author.document(t, "policy")
	if _, a := author.sign(d.DocID); a.status != http.StatusCreated {
		t.Fatal(a.status)
	}
	author.get("/documents/" + d.DocID)
	author.get("/made-up/by/somebody")
	author.raw("/a/page/of/the-app")
	author.send("FROB", "/api/v1/documents", nil)
	if _, err := db.AsOwner(t).Pool.Exec(t.Context(), `
		INSERT INTO email_queue (to_addresses, subject, template, locale, data, status, created_at, scheduled_for, ended_at)
		SELECT '{a@example.com}', 's', 't', 'en', '{}', status, now() - interval '2 hours', now() + due, CASE WHEN status IN ('failed', 'sent') THEN now() END
		FROM (VALUES ('pending', interval '-1 hour'), ('pending', '-1 minute'), ('pending', '1 hour'), ('failed', '-2 hours'), ('sent', '-2 hours')) AS q (status, due)`); err != nil {
		t.Fatal(err)
	}
	collected := string((&client{base: "http://" + metrics, http: http.DefaultClient}).raw("/metrics").want(t, http.StatusOK).body)
	says(t, collected,
		`ackify_http_requests_total{method="POST",route="/api/v1/signatures",status="201"} 1`,
		`ackify_http_requests_total{method="GET",route="/api/v1/documents/{docId}",status="200"} 1`,
		`ackify_http_requests_total{method="GET",route="/api/*",status="404"} 1`,
		`ackify_http_requests_total{method="other",route="/api/`,
		`ackify_http_requests_total{method="GET",route="/*"`,
		`ackify_http_request_duration_seconds_count{method="POST",route="/api/v1/signatures"} 1`,
		`ackify_http_request_duration_seconds_bucket{method="POST",route="/api/v1/signatures",le="30"} 1`,
		`ackify_signing_duration_seconds_count 2`, // the document's first revision is an entry, too
		`ackify_db_pool_acquired_connections `, `ackify_db_pool_idle_connections `, `ackify_db_pool_max_connections 25`, `ackify_db_pool_wait_seconds_total `,
		`ackify_email_queue{status="pending"} 3`, `ackify_email_queue{status="processing"} 0`, `ackify_email_queue{status="failed"} 1`,
		`ackify_worker_runs_total{outcome="ok",worker="sequencer"} 2`, `ackify_worker_runs_total{outcome="failed",worker="sequencer"} 0`,
		`ackify_worker_last_run_timestamp_seconds{worker="sequencer"} `,
		`ackify_worker_problem{problem="failing",worker="sequencer"} 0`, `ackify_worker_problem{problem="late",worker="sequencer"} 0`,
	)
	if waiting := regexp.MustCompile(`(?m)^ackify_email_oldest_due_seconds (\S+)$`).FindStringSubmatch(collected); waiting == nil || !strings.HasPrefix(waiting[1], "36") {
		t.Error("the oldest email has been due for an hour, not", waiting)
	}
	for _, made := range []string{"made-up", "the-app", "FROB", d.DocID + `"`} {
		if strings.Contains(collected, made) {
			t.Errorf("%q became a series", made)
		}
	}
	// A mail server, the only consumer, is not configured, so there is no worker for it.
	if strings.Contains(collected, `worker="mail"`) {
		t.Error("a worker that does not run is reported")
	}
}

// secretsOf are what must not be in a log; each is unlike anything else.
var secretsOf = map[string]string{
	"query": "qUeRySeCrEt0123456789", "link": "lInKsEcReT0123456789abcdefghijklmnopqrstuvwx", "password": "pAsSwOrD sEcReT 01", "bearer": "bEaReRsEcReT01234567",
	"cookie": "cOoKiEsEcReT0123456789abcdefghijklmnopqrstu", "csrf": "cSrFsEcReT0123456789", "bounce": "bOuNcEsEcReT01234567890123456789012345", "body": "bOdYsEcReT0123456789",
	"mail": "mAiLpAsSwOrD01", "provider": "pRoViDeRsEcReT01", "dsn": "dSnPaSsWoRd01", "new": "nEwPaSsWoRd sEcReT 02",
}

// driveWithSecrets sends every kind of secret to where it belongs, and to where it does not.
func driveWithSecrets(t *testing.T, s *server) {
	t.Helper()
	c, v := newClient(t, s), secretsOf
	query := url.Values{"code": {v["query"]}, "state": {v["query"]}, "token": {v["query"]}, "access_token": {v["query"]}, "next": {"/x?t=" + v["query"]}, "error": {v["query"]}}.Encode()
	for _, path := range []string{
		"/api/v1/auth/callback/google", "/api/v1/auth/callback/oidc", "/api/v1/auth/providers/google/start", "/api/v1/documents", "/link", "/reset", "/invite/" + v["link"],
		"/INVITE/" + v["link"] + "/", "/api/v1/health", "/readyz", "/ledger/tile/0/000", "/assets/none.js", "/api/v1/nothing",
	} {
		c.raw(path + "?" + query)
		c.send(http.MethodHead, path+"?"+query, nil)
	}
	token := object{"token": v["link"], "password": v["new"], "name": "N", "email": "n@example.com"}
	for _, path := range []string{
		"/auth/magic-link/consume", "/auth/links/lookup", "/auth/confirm", "/auth/reset", "/auth/token/revoke", "/invitations/lookup", "/invitations/accept", "/setup",
	} {
		c.post(path, token)
		c.post(path, object{"token": v["link"], "password": v["new"]})
		c.post(path, object{"token": v["link"]})
	}
	for _, who := range []string{"ada@example.com", "nobody@example.com"} {
		c.post("/auth/login", object{"email": who, "password": v["password"]})
		c.post("/auth/token", object{"grantType": "password", "email": who, "password": v["password"]})
		c.post("/auth/token", object{"grantType": "refresh_token", "refreshToken": v["link"]})
	}
	c.send(http.MethodPost, "/api/v1/auth/login", `{"email":"ada@example.com","password":"`+v["body"]+`"`, "X-CSRF-Token", v["csrf"])
	c.send(http.MethodPost, "/api/v1/auth/login", `{"email":{"`+v["body"]+`":1}}`, "X-CSRF-Token", v["csrf"])
	c.send(http.MethodGet, "/api/v1/users/me", nil, "Authorization", "Bearer "+v["bearer"], "Cookie", "ackify_session="+v["cookie"])
	c.send(http.MethodGet, "/api/v1/users/me", nil, "Authorization", "Basic "+v["bearer"])
	c.send(http.MethodGet, "/api/v1/users/me", nil, "Cookie", "ackify_session="+v["cookie"])
	c.send(http.MethodPost, "/api/v1/bounces", object{"email": "a@example.com"}, "Authorization", "Bearer "+v["bounce"])
	c.send(http.MethodPost, "/api/v1/bounces", object{"email": "a@example.com"}, "Authorization", "Bearer "+v["bearer"])
}

func TestNoSecretIsInTheLog(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	_, mail := openInbox(t)
	s := serveIt(t, append(append(withDatabase(t, db), mail...), "ACKIFY_LOG_LEVEL=debug", "ACKIFY_LOG_FORMAT=json", "ACKIFY_BOUNCE_TOKEN="+secretsOf["bounce"],
		"ACKIFY_MAGIC_LINKS=true", "ACKIFY_REGISTRATION=open")...)
	ada := loggedIn(t, s, "ada@example.com", "admin")
	var invited, token struct{ Token, URL string }
	_ = json.Unmarshal(ada.post("/invitations", object{"email": "new@example.com", "role": "signer"}).body, &invited)
	made := ada.post("/users/me/tokens", object{"name": "ci", "scopes": []string{"documents:read"}, "expiresAt": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
	_ = json.Unmarshal(made.body, &token)
	ada.send(http.MethodGet, "/api/v1/documents?token="+token.Token, nil, "Authorization", "Bearer "+token.Token)
	newClient(t, s).post("/auth/forgot", object{"email": "ada@example.com"})
	newClient(t, s).post("/auth/magic-link", object{"email": "ada@example.com"})
	driveWithSecrets(t, s)
	// Without the database, what is logged is the driver's error.
	owner := db.AsOwner(t)
	for _, statement := range []string{
		"ALTER DATABASE " + db.Name + " CONNECTION LIMIT 0",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
	} {
		if _, err := owner.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	driveWithSecrets(t, s)
	s.stop(t)

	dsn, err := url.Parse(db.App)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := dsn.User.Password()
	forbidden := []string{testSigningKey, testCookieSecret, testPassword, password, db.App}
	for _, c := range []*client{ada} {
		at, _ := url.Parse(c.base)
		for _, cookie := range c.http.Jar.Cookies(at) {
			forbidden = append(forbidden, cookie.Value)
		}
	}
	for _, secret := range []string{token.Token, invited.Token} {
		if secret != "" {
			forbidden = append(forbidden, secret)
		}
	}
	if _, link, found := strings.Cut(invited.URL, "/invite/"); found {
		forbidden = append(forbidden, link)
	}
	if len(forbidden) < 7 {
		t.Fatal("too few secrets were made:", len(forbidden), string(made.body))
	}
	for _, secret := range secretsOf {
		forbidden = append(forbidden, secret)
	}
	log := s.log.String()
	keepsSecrets(t, log, forbidden)
	hasFields(t, log)
}

func keepsSecrets(t *testing.T, log string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if at := strings.Index(log, form); form != "" && at >= 0 {
				t.Errorf("%q is in the log: …%s…", form, log[max(0, at-200):min(len(log), at+100)])
				break
			}
		}
	}
}

// hasFields checks that every line is JSON with the seed's fields.
func hasFields(t *testing.T, log string) {
	t.Helper()
	requests := 0
	for line := range strings.Lines(log) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		needed := []string{"level", "timestamp", "msg"}
		if fields["msg"] == "request" {
			requests++
			needed = append(needed, "request_id", "method", "path", "duration_ms", "status")
		}
		for _, name := range needed {
			if fields[name] == nil || fields[name] == "" {
				t.Errorf("no %s: %s", name, line)
			}
		}
		at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(fields["timestamp"]))
		if err != nil || at.Location() != time.UTC || !slices.Contains([]string{"debug", "info", "warn", "error"}, fmt.Sprint(fields["level"])) {
			t.Errorf("%v %s", err, line)
		}
	}
	if requests < 100 {
		t.Errorf("%d requests are in the log", requests)
	}
}

func TestNoSecretOfTheConfigurationIsInAnError(t *testing.T) {
	t.Parallel()
	secret := secretsOf["dsn"]
	db := dbtest.New(t)
	right := overTCP(t, db.App)
	wrong := *right
	wrong.User = url.UserPassword(right.User.Username(), secret)
	base := []string{"ACKIFY_DATA_DIR=" + t.TempDir(), "ACKIFY_LISTEN_ADDR=" + freeport.Address(t), "ACKIFY_SIGNING_KEY=" + testSigningKey, "ACKIFY_OAUTH_COOKIE_SECRET=" + testCookieSecret, "ACKIFY_LOG_LEVEL=debug"}
	for name, env := range map[string][]string{
		"a wrong password":     {"ACKIFY_DB_DSN=" + wrong.String()},
		"a wrong password, kv": {"ACKIFY_DB_DSN=host=" + right.Hostname() + " port=" + right.Port() + " user=ackify_app password=" + secret + " dbname=" + db.Name},
		"an odd port":          {"ACKIFY_DB_DSN=postgres://ackify_app:" + secret + "@127.0.0.1:port/ackify"},
		"an odd setting":       {"ACKIFY_DB_DSN=postgres://ackify_app:" + secret + "@127.0.0.1:1/ackify?sslmode=somehow"},
		"an odd kv":            {"ACKIFY_DB_DSN=host=127.0.0.1 password='" + secret + " port=x"},
		"an odd escape":        {"ACKIFY_DB_DSN=postgres://ackify_app:%zz" + secret + "@127.0.0.1/ackify"},
		"a short signing key":  {"ACKIFY_DB_DSN=" + db.App, "ACKIFY_SIGNING_KEY=" + secret},
		"a short secret":       {"ACKIFY_DB_DSN=" + db.App, "ACKIFY_OAUTH_COOKIE_SECRET=" + secret},
		"a mail password":      {"ACKIFY_DB_DSN=" + db.App, "ACKIFY_MAIL_PASSWORD=" + secret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, status := execute(t, append(slices.Clone(base), env...), "", "serve")
			if status == 0 || strings.Contains(stdout+stderr, secret) {
				t.Errorf("exit %d\n%s\n%s", status, stdout, stderr)
			}
		})
	}
}

// mute is a mail server that takes connections and says nothing.
func mute(t *testing.T) (connected <-chan struct{}, env []string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan struct{}, 16)
	var open []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open = append(open, conn)
			came <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
		for _, conn := range open {
			_ = conn.Close()
		}
	})
	return came, []string{
		"ACKIFY_MAIL_HOST=127.0.0.1", fmt.Sprintf("ACKIFY_MAIL_PORT=%d", listener.Addr().(*net.TCPAddr).Port), "ACKIFY_MAIL_TLS=none",
		"ACKIFY_MAIL_FROM=ackify@sign.example.com", "ACKIFY_MAIL_TIMEOUT=45s",
	}
}

func TestTheServerStopsInTimeWhateverIsUnderWay(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	connected, mail := mute(t)
	s := serveIt(t, append(append(withDatabase(t, db), mail...), "ACKIFY_MAGIC_LINKS=true")...)
	author := loggedIn(t, s, "author@example.com", "author")
	newClient(t, s).post("/auth/forgot", object{"email": "author@example.com"})
	<-connected // the worker is sending
	// An upload that will never end.
	slow, body := io.Pipe()
	upload, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/api/v1/documents/upload", slow)
	if err != nil {
		t.Fatal(err)
	}
	upload.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	upload.Header.Set("X-CSRF-Token", csrfOf(t, author))
	cut := make(chan error, 1)
	go func() {
		answer, err := author.http.Do(upload)
		if err == nil {
			err = errors.Join(fmt.Errorf("answered %d", answer.StatusCode), answer.Body.Close())
		}
		cut <- err
	}()
	if _, err := io.WriteString(body, "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nsome"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.stop(t) // which wants to see exit status 0, long before the mail server or the upload give up
	t.Log("stopping took", time.Since(began))
	_ = body.Close()
	if err := <-cut; err == nil || strings.Contains(err.Error(), "answered 2") {
		t.Error("the upload:", err)
	}
	var status string
	if err := db.AsOwner(t).Pool.QueryRow(t.Context(), "SELECT status FROM email_queue").Scan(&status); err != nil || status != "pending" {
		t.Error("the email that was being sent is to be sent again, not", status, err)
	}
}

func TestWhatComesOverOpenConnectionsWhileTheServerStopsIsAnswered(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	gate := newGate(cfg, logger)
	gate.Open(http.NotFoundHandler(), func(context.Context) error { return nil })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: gate}
	go func() { _ = server.Serve(listener) }()
	kept, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	ask := func() *http.Response {
		t.Helper()
		_ = kept.SetDeadline(time.Now().Add(patient))
		if _, err := io.WriteString(kept, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		a, err := http.ReadResponse(bufio.NewReader(kept), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		return a
	}
	if a := ask(); a.StatusCode != http.StatusOK || a.Close {
		t.Error(a)
	}
	gate.Stop()
	stopped := make(chan error, 1)
	none := begin(t.Context(), "none")
	go func() {
		stopped <- teams{none, none, none}.finish(t.Context(), server, listener, 3*time.Second, logger)
	}()
	eventually(t, "nothing more is accepted", func() bool {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	if a := ask(); a.StatusCode != http.StatusServiceUnavailable || !a.Close {
		t.Error(a)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// overTCP is the DSN that reaches the same database over TCP instead of its socket.
func overTCP(t *testing.T, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if port := q.Get("port"); port != "" {
		u.Host = "127.0.0.1:" + port
	} else {
		u.Host = "127.0.0.1:" + u.Port()
	}
	q.Del("port")
	q.Del("host")
	u.RawQuery = q.Encode()
	return u
}

// relay is an address at which the database can be reached once open is called.
func relay(t *testing.T, db dbtest.Database) (dsn string, open func()) {
	t.Helper()
	there, addr := overTCP(t, db.App), freeport.Address(t)
	elsewhere := *there
	elsewhere.Host = addr
	return elsewhere.String(), func() {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				in, err := listener.Accept()
				if err != nil {
					return
				}
				out, err := net.Dial("tcp", there.Host)
				if err != nil {
					_ = in.Close()
					continue
				}
				go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
				go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			}
		}()
	}
}

func TestAStartWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	dsn, open := relay(t, dbtest.New(t))
	var log bytes.Buffer
	said := make(chan struct{}, 100)
	logger := slog.New(slog.NewJSONHandler(writerFunc(func(b []byte) { log.Write(b); said <- struct{}{} }), nil))
	go func() { <-said; <-said; open() }()
	db, err := await(t.Context(), dsn, patience{total: time.Minute, pause: time.Millisecond, say: time.Millisecond}, logger)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.close(time.Minute); err != nil {
		t.Error(err)
	}
	says(t, log.String(), "the database does not answer yet")
}

type writerFunc func(b []byte)

func (w writerFunc) Write(b []byte) (int, error) { w(b); return len(b), nil }

func TestAStartDoesNotWaitForWhatWaitingDoesNotMend(t *testing.T) {
	t.Parallel()
	full, empty := dbtest.New(t), dbtest.Empty(t)
	change := func(dsn string, how func(*url.URL)) string {
		u := overTCP(t, dsn)
		how(u)
		return u.String()
	}
	for name, c := range map[string]struct{ dsn, remedy string }{
		"password":    {change(full.App, func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wrong") }), "check the user and the password in ACKIFY_DB_DSN"},
		"database":    {change(full.App, func(u *url.URL) { u.Path = "/nowhere" }), "name of the database"},
		"schema":      {empty.Owner, "migrate up"},
		"without TLS": {change(full.App, func(u *url.URL) { q := u.Query(); q.Set("sslmode", "require"); u.RawQuery = q.Encode() }), "sslmode"},
		"nonsense":    {"postgres://x:y@127.0.0.1:port/z", "ACKIFY_DB_DSN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			_, err := await(t.Context(), c.dsn, patience{total: time.Hour, pause: time.Hour, say: 0}, slog.New(slog.NewJSONHandler(&log, nil)))
			if err == nil || !strings.Contains(err.Error(), c.remedy) || log.Len() > 0 {
				t.Errorf("%v %s", err, log.String())
			}
		})
	}
}

func TestAStartDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	dsn, _ := relay(t, dbtest.New(t))
	_, err := await(t.Context(), dsn, patience{total: 20 * time.Millisecond, pause: time.Millisecond, say: time.Hour}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "has not answered for 20ms") || strings.Contains(err.Error(), dsn) {
		t.Error(err)
	}
}

func TestAServerThatWaitsForItsDatabaseAnswersProbesAndCanBeStopped(t *testing.T) {
	t.Parallel()
	dsn, open := relay(t, dbtest.New(t))
	s := &server{base: "http://" + freeport.Address(t)}
	s.env = []string{
		"ACKIFY_LISTEN_ADDR=" + strings.TrimPrefix(s.base, "http://"), "ACKIFY_BASE_URL=" + s.base, "ACKIFY_DATA_DIR=" + t.TempDir(), "ACKIFY_DB_DSN=" + dsn,
		"ACKIFY_SIGNING_KEY=" + testSigningKey, "ACKIFY_OAUTH_COOKIE_SECRET=" + testCookieSecret,
	}
	probe := newClient(t, s)
	started := make(chan struct{})
	wait := func() {
		eventually(t, "the process lives", func() bool { return probe.raw("/healthz").status == http.StatusOK })
		if a := probe.raw("/readyz").want(t, http.StatusServiceUnavailable); a.code() != "server.starting" {
			t.Errorf("%s", a.body)
		}
		if _, errs, status := execute(t, s.env, "", "health"); status != 1 || !strings.Contains(errs, "starting") {
			t.Error("ackify health:", status, errs)
		}
	}
	// It is stopped while it waits.
	begun := command(t, s.env, "serve")
	if err := begun.Start(); err != nil {
		t.Fatal(err)
	}
	wait()
	if err := begun.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := begun.Wait(); err != nil {
		t.Error("stopped while it waited:", err)
	}
	// Or the database comes.
	go func() { defer close(started); s.start(t) }()
	wait()
	open()
	<-started
	probe.ready(t, "/readyz", http.StatusOK, "")
	s.stop(t)
}
