package main

import (
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// collector takes what OTLP over HTTP brings.
type collector struct {
	url string

	mu       sync.Mutex
	status   int           // that it answers; 0: 200
	hang     chan struct{} // until it is closed, nothing is answered
	headers  []http.Header
	requests []*collectorpb.ExportTraceServiceRequest
	wrong    []string
}

func openCollector(t testing.TB) *collector {
	t.Helper()
	c := &collector{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	hang := c.hang
	c.mu.Unlock()
	if hang != nil {
		<-hang
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(r.Body)
	}
	raw, err := io.ReadAll(body)
	var sent collectorpb.ExportTraceServiceRequest
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || proto.Unmarshal(raw, &sent) != nil {
		c.wrong = append(c.wrong, r.URL.Path+" "+r.Header.Get("Content-Type"))
	}
	c.headers, c.requests = append(c.headers, r.Header), append(c.requests, &sent)
	if c.status != 0 {
		w.WriteHeader(c.status)
	}
}

// received is every span that came, and all that came as text, but for the ids, which are random bytes.
func (c *collector) received(t testing.TB) (spans []*tracepb.Span, text string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, wrong := range c.wrong {
		t.Errorf("not OTLP: %s", wrong)
	}
	for _, request := range c.requests {
		told := proto.CloneOf(request)
		for _, one := range told.ResourceSpans {
			for _, scope := range one.ScopeSpans {
				for _, span := range scope.Spans {
					span.TraceId, span.SpanId, span.ParentSpanId = nil, nil, nil
				}
			}
		}
		text += prototext.Format(told)
		for _, one := range request.ResourceSpans {
			for _, scope := range one.ScopeSpans {
				spans = append(spans, scope.Spans...)
			}
		}
	}
	return spans, text
}

func (c *collector) env(more ...string) []string {
	return append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url, "OTEL_BSP_SCHEDULE_DELAY=50", "ACKIFY_LOG_LEVEL=debug", "ACKIFY_LOG_FORMAT=json"}, more...)
}

func attributeOf(span *tracepb.Span, key string) string {
	for _, a := range span.Attributes {
		if a.Key == key {
			return strings.Trim(strings.TrimPrefix(a.Value.String(), "string_value:"), `"`)
		}
	}
	return ""
}

func named(spans []*tracepb.Span, name string) (found []*tracepb.Span) {
	for _, span := range spans {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

const (
	outsideTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	outsideParent = "00f067aa0ba902b7"
)

func TestTracesTellWhatARequestWaitsFor(t *testing.T) {
	t.Parallel()
	to := openCollector(t)
	_, mail := openInbox(t)
	p := openProvider(t)
	s := serveIt(t, slices.Concat(withDatabase(t, dbtest.New(t)), mail, p.env("ACME"), to.env(
		"OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20cOlLeCtOr", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip"))...)
	author := loggedIn(t, s, "author@example.com", "author")
	d := author.document(t, "policy")
	if _, a := author.sign(d.DocID); a.status != http.StatusCreated {
		t.Fatal(a.status)
	}
	author.send(http.MethodGet, "/api/v1/documents/"+d.DocID, nil, "traceparent", "00-"+outsideTrace+"-"+outsideParent+"-01", "tracestate", "them=tRaCeStAtE")
	author.send(http.MethodGet, "/api/v1/made/up", nil, "traceparent", "00-nonsense-01")
	author.send("FROB", "/api/v1/documents", nil)
	newClient(t, s).post("/auth/magic-link", object{"email": "author@example.com"})
	p.is("ada", "ada@example.com", "Ada")
	visitor(t, s).enter(t, "acme", "")
	eventually(t, "the email was sent", func() bool { spans, _ := to.received(t); return len(named(spans, "send email")) > 0 })
	s.stop(t)

	spans, text := to.received(t)
	byID := map[string]*tracepb.Span{}
	for _, span := range spans {
		byID[string(span.SpanId)] = span
	}
	shown := named(spans, "GET /api/v1/documents/{docId}")
	if len(shown) != 1 {
		t.Fatalf("%d spans of the document", len(shown))
	}
	if hex.EncodeToString(shown[0].TraceId) != outsideTrace || hex.EncodeToString(shown[0].ParentSpanId) != outsideParent || shown[0].TraceState != "" ||
		shown[0].Kind != tracepb.Span_SPAN_KIND_SERVER || attributeOf(shown[0], "http.route") != "/api/v1/documents/{docId}" {
		t.Errorf("%v", shown[0])
	}
	for name, parent := range map[string]string{
		"append to the ledger": "POST /api/v1/signatures", "GET identity provider": "", "POST identity provider": "", "send email": "",
	} {
		found := named(spans, name)
		if len(found) == 0 || parent != "" && !slices.ContainsFunc(found, func(span *tracepb.Span) bool {
			above := byID[string(span.ParentSpanId)]
			return above != nil && above.Name == parent
		}) {
			t.Errorf("no %q within %q", name, parent)
		}
	}
	statements := 0
	for _, span := range spans {
		if attributeOf(span, "db.system.name") == "postgresql" {
			if byID[string(span.ParentSpanId)] == nil {
				t.Errorf("a statement by itself: %v", span.Name)
			}
			if string(span.ParentSpanId) == string(shown[0].SpanId) {
				statements++
			}
		}
	}
	if statements == 0 {
		t.Error("showing a document took no statement")
	}
	says(t, text, `"service.name"`, `"ackify"`, `"deployment.environment.name"`, `"GET /api/*"`, `"HTTP /api/`)
	for _, never := range []string{"tRaCeStAtE", "cOlLeCtOr", "made/up", "FROB"} {
		if strings.Contains(text, never) {
			t.Errorf("%q was sent", never)
		}
	}
	if to.headers[0].Get("Authorization") != "Bearer cOlLeCtOr" || to.headers[0].Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", to.headers[0])
	}
	if log := s.log.String(); !strings.Contains(log, `"trace_id":"`+outsideTrace+`"`) || strings.Contains(log, "cOlLeCtOr") {
		t.Error("the request's line has no trace_id, or a secret is in the log")
	}
}

// attributesSent are all the attributes that a span may have.
var attributesSent = []string{
	"http.request.method", "http.route", "http.response.status_code", "error.type", "db.system.name", "db.query.summary", "db.query.text",
	"db.operation.batch.size", "db.response.status_code", "smtp.response.status_code", "ackify.entries",
}

func TestNoSecretAndNobodyIsInATrace(t *testing.T) {
	t.Parallel()
	to := openCollector(t)
	db := dbtest.New(t)
	_, mail := openInbox(t)
	p := openProvider(t)
	s := serveIt(t, slices.Concat(withDatabase(t, db), mail, p.env("ACME"), to.env("ACKIFY_BOUNCE_TOKEN="+secretsOf["bounce"], "ACKIFY_REGISTRATION=*",
		"ACKIFY_FETCH=true", "ACKIFY_FETCH_ALLOWED_HOSTS=127.0.0.1"))...)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("text")) }))
	defer page.Close()
	ada := loggedIn(t, s, "ada@example.com", "admin")
	d := ada.document(t, page.URL+"/pAtHsEcReT?key="+secretsOf["query"])
	ada.sign(d.DocID)
	ada.post("/documents/"+d.DocID+"/signers", object{"signers": []object{{"email": "asked@example.com", "name": "aSkEdNaMe"}}})
	ada.get("/documents/" + d.DocID + "/signers?q=" + secretsOf["query"])
	ada.get("/documents?q=" + secretsOf["query"] + "&sort=title")
	ada.post("/users/me/tokens", object{"name": "ci", "scopes": []string{"documents:read"}})
	newClient(t, s).post("/auth/magic-link", object{"email": "ada@example.com"})
	p.is("subject-of-bob", "bob@example.com", "nAmEoFbOb")
	visitor(t, s).enter(t, "acme", "")
	ada.send(http.MethodGet, "/api/v1/users/me", nil, "X-Request-Id", "rEqUeStId0123456789", "User-Agent", "aGeNt", "X-Forwarded-For", "203.0.113.77", "Referer", "http://rEfErEr/",
		"tracestate", "x="+secretsOf["cookie"], "baggage", "x="+secretsOf["cookie"], "traceparent", "00-"+secretsOf["cookie"]+"-01")
	driveWithSecrets(t, s)
	for _, name := range []string{"GET document address", "send email", "GET identity provider", "POST identity provider", "append to the ledger"} {
		eventually(t, name, func() bool { spans, _ := to.received(t); return len(named(spans, name)) > 0 })
	}
	owner := db.AsOwner(t)
	for _, statement := range []string{
		"ALTER DATABASE " + db.Name + " CONNECTION LIMIT 0",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
	} {
		if _, err := owner.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	driveWithSecrets(t, s) // now with errors of the driver
	s.stop(t)

	spans, text := to.received(t)
	if len(spans) < 300 {
		t.Fatalf("%d spans", len(spans))
	}
	failed := 0
	for _, span := range spans {
		for _, a := range span.Attributes {
			if !slices.Contains(attributesSent, a.Key) {
				t.Errorf("%s has %s", span.Name, a.Key)
			}
		}
		if len(span.Events) > 0 || len(span.Links) > 0 || span.TraceState != "" || span.Status.GetMessage() != "" {
			t.Errorf("%v", span)
		}
		if span.Status.GetCode() == tracepb.Status_STATUS_CODE_ERROR {
			failed++
		}
	}
	if failed == 0 {
		t.Error("nothing failed")
	}
	dsn, err := url.Parse(db.App)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := dsn.User.Password()
	forbidden := []string{
		testSigningKey, testCookieSecret, testPassword, password, d.DocID, "@", "example.com", "127.0.0.1", "localhost", "203.0.113", "Name of", "aSkEdNaMe", "nAmEoFbOb", "subject-of-bob",
		"pAtHsEcReT", "rEqUeStId", "aGeNt", "rEfErEr", "?",
	}
	at, _ := url.Parse(ada.base)
	for _, cookie := range ada.http.Jar.Cookies(at) {
		forbidden = append(forbidden, cookie.Value)
	}
	for _, secret := range secretsOf {
		forbidden = append(forbidden, secret)
	}
	forbidden = append(forbidden, p.secrets()...)
	keepsSecrets(t, text, forbidden)
	hasFields(t, s.log.String())
}

func TestACollectorThatDoesNotAnswerDisturbsNothing(t *testing.T) {
	t.Parallel()
	refusing, hanging := openCollector(t), openCollector(t)
	refusing.status, hanging.hang = http.StatusBadRequest, make(chan struct{})
	t.Cleanup(func() { close(hanging.hang) })
	for name, env := range map[string][]string{
		"refuses": refusing.env(), "hangs": hanging.env(), "is away": {"OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://" + freeport.Address(t), "OTEL_BSP_SCHEDULE_DELAY=50"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveIt(t, append(withDatabase(t, dbtest.New(t)), env...)...)
			author := loggedIn(t, s, "author@example.com", "author")
			for range 20 {
				author.get("/users/me").want(t, http.StatusOK)
			}
			if name == "refuses" {
				eventually(t, "it was asked several times", func() bool {
					author.get("/users/me")
					refusing.mu.Lock()
					defer refusing.mu.Unlock()
					return len(refusing.requests) > 3
				})
			}
			s.stop(t) // although one of them hangs until the end of the test
			if said := strings.Count(s.log.String(), "traces cannot be sent"); said < 1 || said > 2 {
				t.Errorf("said %d times that traces cannot be sent", said)
			}
		})
	}
}

func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	to := openCollector(t)
	for name, env := range map[string][]string{
		"disabled": to.env("OTEL_SDK_DISABLED=True"), "no exporter": to.env("OTEL_TRACES_EXPORTER=none"),
		"nothing but details": {"OTEL_SERVICE_NAME=x", "OTEL_TRACES_SAMPLER=always_on", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_BSP_SCHEDULE_DELAY=50"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveIt(t, append(withDatabase(t, dbtest.New(t)), env...)...)
			author := loggedIn(t, s, "author@example.com", "author")
			author.send(http.MethodGet, "/api/v1/users/me", nil, "traceparent", "00-"+outsideTrace+"-"+outsideParent+"-01")
			s.stop(t)
			if spans, _ := to.received(t); len(spans) > 0 {
				t.Errorf("%d spans", len(spans))
			}
			if log := s.log.String(); strings.Contains(log, "trace_id") || strings.Contains(log, outsideTrace) {
				t.Error("a trace is in the log")
			}
		})
	}
}

func TestSamplingFollowsTheVariablesAndTheParent(t *testing.T) {
	t.Parallel()
	to := openCollector(t)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), to.env("OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0")...)...)
	c := newClient(t, s)
	c.raw("/api/v1/health")
	c.send(http.MethodGet, "/api/v1/health", nil, "traceparent", "00-"+outsideTrace+"-"+outsideParent+"-01")
	s.stop(t)
	spans, _ := to.received(t)
	for _, span := range spans {
		if hex.EncodeToString(span.TraceId) != outsideTrace {
			t.Errorf("%v", span)
		}
	}
	if len(named(spans, "GET /api/v1/health")) != 1 {
		t.Errorf("%d spans", len(spans))
	}
	var line struct {
		TraceID string `json:"trace_id"`
	}
	for text := range strings.Lines(s.log.String()) {
		if json.Unmarshal([]byte(text), &line) == nil && strings.Contains(text, "/api/v1/health") && line.TraceID == "" {
			t.Error("no trace_id:", text)
		}
	}
}
