package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
)

func serve(t *testing.T, s *SPA, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func packed(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSPA(t *testing.T) {
	t.Parallel()
	base := &url.URL{Scheme: "https", Host: "sign.example.com", Path: "/read"}
	s, err := newSPA(fstest.MapFS{
		"index.html":         {Data: []byte(`<base href="__ACKIFY_BASE_PATH__/"><meta content="__ACKIFY_BASE_URL__">`)},
		"theme.js":           {Data: []byte("theme")},
		"assets/a-123.js.br": {Data: []byte("brotli")},
		"assets/a-123.js.gz": {Data: packed(t, "plain")},
		"verify-worker.js":   {Data: []byte("worker")},
		".gitkeep":           {},
	}, base)
	if err != nil {
		t.Fatal(err)
	}
	body := func(r *http.Response) string {
		b := new(strings.Builder)
		if err := r.Write(b); err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(b.String(), "\r\n\r\n")
		return after
	}
	for _, page := range []string{"/", "/d/policy", "/verify", "/invite/x", "/index.html"} {
		r := serve(t, s, page)
		if got := body(r); r.StatusCode != http.StatusOK || got != `<base href="/read/"><meta content="https://sign.example.com/read">` {
			t.Errorf("%s: %d %s", page, r.StatusCode, got)
		}
		if r.Header.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: headers %v", page, r.Header)
		}
		if again := serve(t, s, page, "If-None-Match", r.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d", page, again.StatusCode)
		}
	}
	// A service worker has to be a script, and asked for anew, or an old one would stay.
	if r := serve(t, s, "/verify-worker.js"); body(r) != "worker" || r.Header.Get("Cache-Control") != "no-cache" ||
		!strings.HasPrefix(r.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("worker: %v", r.Header)
	}
	for accept, want := range map[string]string{
		"": "plain", "gzip": string(packed(t, "plain")), "gzip, deflate, br": "brotli", "br;q=0, gzip": string(packed(t, "plain")), "identity": "plain", "BR": "brotli",
	} {
		r := serve(t, s, "/assets/a-123.js", "Accept-Encoding", accept)
		if got := body(r); got != want || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %q, %v", accept, got, r.Header)
		}
	}
	if r := serve(t, s, "/assets/gone.js"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an asset of an older build: %d", r.StatusCode)
	}
	for _, gone := range []string{"/.env", "/robots.txt", "/wp-admin/setup.php"} {
		if r := serve(t, s, gone); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", gone, r.StatusCode)
		}
	}
	for _, hidden := range []string{"/.gitkeep", "/assets/a-123.js.br"} {
		if got := body(serve(t, s, hidden)); got == "brotli" || got == "" {
			t.Errorf("%s is served as a file", hidden)
		}
	}
}

func TestWithoutABuildTheMessageIsClear(t *testing.T) {
	t.Parallel()
	s, err := newSPA(fstest.MapFS{".gitkeep": {}}, &url.URL{Scheme: "http", Host: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	if r := serve(t, s, "/"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", r.StatusCode)
	}
}
