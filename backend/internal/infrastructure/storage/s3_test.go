package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	testKey    = "ackify"
	testSecret = "hunter2hunter2"
)

// server is versitygw, which keeps each bucket as a directory; all tests share one.
type server struct {
	url     *url.URL
	dir     string
	process *exec.Cmd
}

var shared struct {
	sync.Mutex
	server *server
}

func TestMain(m *testing.M) {
	status := m.Run()
	if s := shared.server; s != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		_ = os.RemoveAll(filepath.Dir(s.dir))
	}
	os.Exit(status)
}

func startServer(t *testing.T) *server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		return shared.server
	}
	binary, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", "tools", "versitygw"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("the S3 server versitygw is missing; `make test` builds it: %v", err)
	}
	root, err := os.MkdirTemp("", "ackify-s3-")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{dir: filepath.Join(root, "buckets")}
	if err := errors.Join(os.Mkdir(s.dir, 0o700), os.Mkdir(filepath.Join(root, "meta"), 0o700)); err != nil {
		t.Fatal(err)
	}
	address := freeport.Address(t)
	s.url = &url.URL{Scheme: "http", Host: address}
	s.process = exec.Command(binary, "--port", address, "--access", testKey, "--secret", testSecret, "--keep-alive", "--quiet", "posix", "--sidecar", filepath.Join(root, "meta"), s.dir)
	var said bytes.Buffer
	s.process.Stdout, s.process.Stderr = &said, &said
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	shared.server = s
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
			return s
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("versitygw does not answer: %v\n%s", err, &said)
		}
	}
}

func (s *server) config(bucket string) S3Config {
	return S3Config{Endpoint: s.url, Bucket: bucket, Region: "us-east-1", AccessKey: testKey, SecretKey: testSecret, PathStyle: true}
}

// newBucket makes a bucket with a store in a folder of it. The transport is nil for the usual one.
func newBucket(t *testing.T, transport http.RoundTripper) fixture {
	t.Helper()
	s := startServer(t)
	bucket := "test-" + strings.ToLower(rand.Text())
	cfg := s.config(bucket)
	cfg.Prefix = "/ackify/files/"
	store, err := NewS3(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.core.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	if transport != nil {
		if store, err = newS3(cfg, transport); err != nil {
			t.Fatal(err)
		}
	}
	return fixture{store, filepath.Join(s.dir, bucket, "ackify", "files")}
}

// through sees every request, and may answer in the server's place.
type through func(*http.Request) (*http.Response, error)

func (f through) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestS3ReadsInFewRequests(t *testing.T) {
	t.Parallel()
	var asked []string
	s := newBucket(t, through(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			asked = append(asked, r.Header.Get("Range"))
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	b, hash := content(8 << 20)
	put(t, s, b)
	blob := open(t, s, hash)
	if got, err := io.ReadAll(blob); err != nil || !bytes.Equal(got, b) || len(asked) != 4 {
		t.Errorf("%d bytes, %v, asked %v", len(got), err, asked)
	}
	asked = nil
	_, _ = blob.Seek(1000, io.SeekStart)
	if _, err := io.CopyN(io.Discard, blob, 64<<10); err != nil || fmt.Sprint(asked) != "[bytes=1000-263143]" {
		t.Errorf("%v, asked %v", err, asked)
	}
}

// brokenBody ends too early.
type brokenBody struct {
	io.ReadCloser
	left int
}

func (b *brokenBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("connection reset")
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func TestS3ConnectionsThatBreak(t *testing.T) {
	t.Parallel()
	leftAlone, limit := 0, 1000
	s := newBucket(t, through(func(r *http.Request) (*http.Response, error) {
		response, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && r.Method == http.MethodGet && leftAlone == 0 {
			response.Body = &brokenBody{response.Body, limit}
		}
		return response, err
	}))
	b, hash := content(20_000)
	put(t, s, b)
	if got, err := io.ReadAll(open(t, s, hash)); err != nil || !bytes.Equal(got, b) {
		t.Errorf("a connection that breaks after some bytes: %d bytes, %v", len(got), err)
	}
	limit = 0
	if got, err := io.ReadAll(open(t, s, hash)); !errors.Is(err, domain.ErrStorage) || len(got) != 0 {
		t.Errorf("one that never gives any: %d bytes, %v", len(got), err)
	}
}

// What was opened is not mixed with what came after it.
func TestS3FileThatChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	s := newBucket(t, nil)
	b, hash := content(1 << 20)
	put(t, s, b)
	blob := open(t, s, hash)
	if _, err := io.CopyN(io.Discard, blob, 1000); err != nil {
		t.Fatal(err)
	}
	store := s.Store.(*S3)
	other := bytes.Repeat([]byte("x"), len(b))
	if _, err := store.core.Client.PutObject(t.Context(), store.bucket, store.key(hash), bytes.NewReader(other), int64(len(other)), minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(blob); !errors.Is(err, domain.ErrStorage) || bytes.Contains(got, other[:100]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if open(t, s, hash).Version() == blob.Version() {
		t.Error("the version stayed")
	}
	if err := s.Delete(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.Read(make([]byte, 1)); !errors.Is(err, domain.ErrContentMissing) {
		t.Errorf("deleted: %v", err)
	}
}

// Servers that ignore ranges or conditions are found out.
func TestS3ServersThatKnowLess(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Range", "If-Match"} {
		s := newBucket(t, through(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodGet {
				return http.DefaultTransport.RoundTrip(r)
			}
			recorder := httptest.NewRecorder()
			recorder.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			recorder.Header().Set("ETag", `"other"`)
			if header == "Range" {
				recorder.Header().Set("ETag", r.Header.Get("If-Match"))
			} else {
				recorder.Header().Set("Content-Range", "bytes 0-999/1000")
			}
			_, _ = recorder.Write(make([]byte, 1000))
			return recorder.Result(), nil
		}))
		b, hash := content(1000)
		put(t, s, b)
		if got, err := io.ReadAll(open(t, s, hash)); !errors.Is(err, domain.ErrStorage) || len(got) != 0 {
			t.Errorf("without %s: %d bytes, %v", header, len(got), err)
		}
	}
}

// everything tries each method on a file that is there or not, and returns the errors.
func everything(ctx context.Context, s *S3) map[string]error {
	b, hash := content(10)
	_, opening := s.Open(ctx, hash)
	return map[string]error{
		"put": s.Put(ctx, hash, bytes.NewReader(b), 10), "open": opening, "delete": s.Delete(ctx, hash), "check": s.Check(ctx),
	}
}

func TestS3ThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	good := startServer(t)
	nowhere, wrongSecret := good.config("test-nowhere"), good.config("test-nowhere")
	nowhere.Endpoint = &url.URL{Scheme: "http", Host: freeport.Address(t)}
	wrongSecret.SecretKey = "hunter3hunter3"
	noTLS := good.config("test-nowhere")
	noTLS.Endpoint = &url.URL{Scheme: "https", Host: good.url.Host}
	for name, cfg := range map[string]S3Config{
		"no server": nowhere, "a wrong secret": wrongSecret, "no bucket": good.config("test-nowhere"), "no TLS": noTLS,
	} {
		s, err := NewS3(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for method, err := range everything(t.Context(), s) {
			if !errors.Is(err, domain.ErrStorage) || errors.Unwrap(err) == nil || strings.Contains(err.Error(), cfg.SecretKey) {
				t.Errorf("%s, %s: %v", name, method, err)
			}
		}
	}
	for _, cfg := range []S3Config{{}, {Endpoint: good.url}, {Endpoint: &url.URL{Scheme: "http", Host: "a b"}, Bucket: "test"}} {
		if _, err := NewS3(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}

func TestS3Answers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		code   string
		want   error
		puts   int
	}{
		{http.StatusInsufficientStorage, "", domain.ErrStorageFull, 1},
		{http.StatusInsufficientStorage, "XMinioStorageFull", domain.ErrStorageFull, 1},
		{http.StatusForbidden, "QuotaExceeded", domain.ErrStorageFull, 1},
		{http.StatusBadRequest, "EntityTooLarge", domain.ErrStorageFull, 1},
		{http.StatusForbidden, "AccessDenied", domain.ErrStorage, 1},
		{http.StatusServiceUnavailable, "SlowDown", domain.ErrStorage, 2},
		{http.StatusBadGateway, "", domain.ErrStorage, 2},
	} {
		puts := 0
		s := newBucket(t, through(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodPut {
				return http.DefaultTransport.RoundTrip(r)
			}
			puts++
			recorder := httptest.NewRecorder()
			recorder.WriteHeader(c.status)
			if c.code != "" {
				fmt.Fprintf(recorder, "<Error><Code>%s</Code></Error>", c.code)
			}
			return recorder.Result(), nil
		}))
		b, hash := content(10)
		if err := s.Put(t.Context(), hash, bytes.NewReader(b), 10); !errors.Is(err, c.want) || puts != c.puts {
			t.Errorf("%d %s: %v, after %d uploads", c.status, c.code, err, puts)
		}
		if err := s.Check(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("check, %d %s: %v", c.status, c.code, err)
		}
	}
}

// An upload that the server had no time for is begun again; other bytes are not.
func TestS3UploadIsTriedTwice(t *testing.T) {
	t.Parallel()
	puts := 0
	s := newBucket(t, through(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut {
			if puts++; puts == 1 {
				_, _ = io.CopyN(io.Discard, r.Body, 1000)
				return nil, errors.New("connection reset")
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	b, hash := content(1 << 20)
	put(t, s, b)
	if got, err := io.ReadAll(open(t, s, hash)); err != nil || !bytes.Equal(got, b) || puts != 2 {
		t.Errorf("%d bytes, %v, after %d uploads", len(got), err, puts)
	}
	puts = 1
	if err := s.Put(t.Context(), proof.Hash{1}, bytes.NewReader(b), int64(len(b))); !errors.Is(err, errWrongBytes) || puts != 2 {
		t.Errorf("other bytes: %v, after %d uploads", err, puts)
	}
}

// The server knows by itself when other bytes arrive than were signed for.
func TestS3ServerChecksTheHash(t *testing.T) {
	t.Parallel()
	s := newBucket(t, through(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			b[0] ^= 1 // on the way
			r.Body = io.NopCloser(bytes.NewReader(b))
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	b, hash := content(1000)
	if err := s.Put(t.Context(), hash, bytes.NewReader(b), 1000); !errors.Is(err, domain.ErrStorage) || len(s.stored(t)) != 0 {
		t.Errorf("%v, stored %v", err, s.stored(t))
	}
}

func TestConnectionsEndInSilence(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	defer ours.Close()
	defer theirs.Close()
	conn := patient{ours, 10 * time.Millisecond}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading: %v", err)
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("writing: %v", err)
	}
}
