package fetch

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

var loopback = []string{"127.0.0.1"}

// nobody is a dialer that must not be used.
func nobody(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(_ context.Context, _, address string) (net.Conn, error) {
		t.Errorf("%s was asked", address)
		return nil, errors.New("nobody is to be asked")
	}
}

func TestWhatIsSentAndWhatComesBack(t *testing.T) {
	t.Parallel()
	var sent http.Header
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch sent = r.Header; r.URL.Path {
		case "/start":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, r, "/files/r%C3%A8gles.pdf?x=1", http.StatusSeeOther)
		case "/named":
			w.Header().Set("Content-Disposition", `attachment; filename="old.pdf"; filename*=UTF-8''r%C3%A8gles.pdf`)
		default:
			w.Header().Set("Content-Type", "application/pdf; x=y")
			fmt.Fprint(w, "hello")
		}
	})
	c := client(t, Config{AllowedHosts: loopback, UserAgent: "Ackify/1.2"})
	remote, err := c.Fetch(t.Context(), "http://"+address+"/start#page=2", 5)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Body.Close()
	body, err := io.ReadAll(remote.Body)
	if string(body) != "hello" || err != nil || remote.MediaType != "application/pdf; x=y" || remote.FileName != "règles.pdf" {
		t.Errorf("%q, %+v, %v", body, remote, err)
	}
	if len(sent) != 4 || sent.Get("User-Agent") != "Ackify/1.2" || sent.Get("Accept-Encoding") != "identity" || sent.Get("Accept") != "*/*" || sent.Get("Connection") != "close" {
		t.Errorf("sent after a redirect: %v", sent)
	}
	for path, want := range map[string]string{"/named": "règles.pdf", "/": "", "": "", "/a/b/": "b"} {
		remote, err := c.Fetch(t.Context(), "http://"+address+path, 5)
		if err != nil || remote.FileName != want {
			t.Errorf("%q is called %q, %v", path, remote.FileName, err)
		}
		remote.Body.Close()
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	private := serve(t, unwanted(t))
	var self string
	self = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; path {
		case "/round":
			leads("/round")(w, r)
		case "/private":
			leads("http://"+private+"/")(w, r)
		case "/metadata":
			leads("http://169.254.169.254/")(w, r)
		case "/file":
			leads("file:///etc/passwd")(w, r)
		case "/login":
			leads("http://user:password@"+self+"/")(w, r)
		case "/port":
			leads("http://example.com:22/")(w, r)
		case "/nowhere":
			w.WriteHeader(http.StatusFound)
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = gzip.NewWriter(w).Write(make([]byte, 1<<20))
		case "/identity":
			w.Header().Set("Content-Encoding", "Identity")
			fmt.Fprint(w, "hello")
		case "/announced":
			w.Header().Set("Content-Length", "1001")
			w.WriteHeader(http.StatusOK)
		case "/exact":
			fmt.Fprint(w, strings.Repeat("x", 1000))
		case "/endless":
			for r.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat("x", 900))
			}
		case "/headers":
			w.Header().Set("X", strings.Repeat("x", 100<<10))
		case "/cut":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "hello")
		case "/204", "/206", "/304", "/401", "/404", "/500":
			var status int
			fmt.Sscan(path[1:], &status)
			w.WriteHeader(status)
		}
	})
	c := client(t, Config{AllowedHosts: []string{self}})
	for path, want := range map[string]error{
		"/round": domain.ErrURLRedirects, "/private": domain.ErrURLRedirects, "/metadata": domain.ErrURLRedirects, "/file": domain.ErrURLRedirects,
		"/login": domain.ErrURLRedirects, "/port": domain.ErrURLRedirects, "/nowhere": domain.ErrURLStatus,
		"/gzip": domain.ErrURLUnreachable, "/identity": nil, "/announced": domain.ErrURLTooLarge, "/exact": nil, "/endless": domain.ErrURLTooLarge,
		"/headers": domain.ErrURLUnreachable, "/cut": domain.ErrURLUnreachable,
		"/204": domain.ErrURLStatus, "/206": domain.ErrURLStatus, "/304": domain.ErrURLStatus, "/401": domain.ErrURLStatus, "/404": domain.ErrURLStatus, "/500": domain.ErrURLStatus,
	} {
		_, err := get(t, c, "http://"+self+path)
		if !errors.Is(err, want) || err != nil && errors.Unwrap(err) == nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestRedirectsAreFollowedFiveTimes(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if left := len(r.URL.Path) - 1; left > 0 {
			leads(r.URL.Path[:left])(w, r)
			return
		}
		fmt.Fprint(w, "hello")
	})
	c := client(t, Config{AllowedHosts: loopback})
	if body, err := get(t, c, "http://"+address+"/xxxxx"); body != "hello" || err != nil {
		t.Errorf("five: %q, %v", body, err)
	}
	if _, err := get(t, c, "http://"+address+"/xxxxxx"); !errors.Is(err, domain.ErrURLRedirects) {
		t.Errorf("six: %v", err)
	}
}

// A body that is too large stays so, however often it is read.
func TestTooLargeStaysTooLarge(t *testing.T) {
	t.Parallel()
	c := client(t, Config{AllowedHosts: loopback})
	remote, err := c.Fetch(t.Context(), "http://"+serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush() // no length
		fmt.Fprint(w, "hello")
	}), 4)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Body.Close()
	for range 3 {
		if body, err := io.ReadAll(remote.Body); len(body) > 4 || !errors.Is(err, domain.ErrURLTooLarge) {
			t.Errorf("%q, %v", body, err)
		}
	}
}

// Each of these servers goes on until it is left.
func TestSlowness(t *testing.T) {
	t.Parallel()
	drip := func(w io.Writer, r *http.Request, text string) {
		for i := 0; r.Context().Err() == nil; i++ {
			fmt.Fprint(w, text[i%len(text):i%len(text)+1])
			if flusher, ok := w.(http.Flusher); ok {
				flusher.Flush()
			}
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	body := serve(t, func(w http.ResponseWriter, r *http.Request) { drip(w, r, "x") })
	headers := raw(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for {
			if _, err := io.WriteString(conn, "X: y\r\n"); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	handshake := raw(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	round := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(60 * time.Millisecond):
		}
		leads("/")(w, r)
	})
	c := client(t, Config{AllowedHosts: loopback, Timeout: 150 * time.Millisecond})
	for name, url := range map[string]string{
		"no answer": "http://" + silent, "a body that drips": "http://" + body, "headers that drip": "http://" + headers,
		"a handshake without an end": "https://" + handshake, "redirects": "http://" + round,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := get(t, c, url); !errors.Is(err, domain.ErrURLTimeout) {
				t.Error(err)
			}
		})
	}
}

// raw serves one connection after the other without HTTP, after a first line has come in.
func raw(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := bufio.NewReader(conn).Peek(1); err == nil {
					handle(conn)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

func TestCallersWhoGiveUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := client(t, Config{AllowedHosts: loopback})
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			fmt.Fprint(w, "hello")
			w.(http.Flusher).Flush()
		} else {
			cancel()
		}
		<-r.Context().Done()
	})
	remote, err := c.Fetch(ctx, "http://"+address+"/body", 100)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Body.Close()
	var d *domain.Error
	if _, err := c.Fetch(ctx, "http://"+address+"/", 100); !errors.Is(err, context.Canceled) || errors.As(err, &d) {
		t.Errorf("%v", err)
	}
	if _, err := io.ReadAll(remote.Body); !errors.Is(err, context.Canceled) || errors.As(err, &d) {
		t.Errorf("body: %v", err)
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/down":
			leads("http://"+r.Host+"/")(w, r)
		default:
			fmt.Fprint(w, "hello")
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of clients who leave
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	names := startDNS(t, map[string][][]string{"example.com": {{"127.0.0.1"}}, "other.test": {{"127.0.0.1"}}})
	plain, broken := serve(t, hello), raw(t, func(net.Conn) {})
	trusting := client(t, Config{AllowedHosts: []string{"127.0.0.0/8"}, Resolver: names.resolver(), RootCAs: roots})
	for url, want := range map[string]error{
		"https://example.com:" + port + "/": nil, "https://other.test:" + port + "/": domain.ErrURLTLS,
		"https://example.com:" + port + "/down": domain.ErrURLRedirects, "https://" + plain + "/": domain.ErrURLTLS,
		"https://" + broken + "/": domain.ErrURLUnreachable,
	} {
		if _, err := get(t, trusting, url); !errors.Is(err, want) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := get(t, client(t, Config{AllowedHosts: loopback}), server.URL); !errors.Is(err, domain.ErrURLTLS) {
		t.Errorf("an authority that nobody knows: %v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	closed := raw(t, func(net.Conn) {})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := listener.Addr().String()
	listener.Close()
	c := client(t, Config{AllowedHosts: []string{"127.0.0.1", "missing.test"}, Resolver: startDNS(t, nil).resolver()})
	for name, url := range map[string]string{"no server": "http://" + gone, "no answer": "http://" + closed, "no name": "http://missing.test/"} {
		if _, err := get(t, c, url); !errors.Is(err, domain.ErrURLUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	c := client(t, Config{Off: true, AllowedHosts: loopback})
	if _, err := get(t, c, "http://"+serve(t, unwanted(t))); !errors.Is(err, domain.ErrURLOff) {
		t.Error(err)
	}
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy := serve(t, unwanted(t))
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "http://"+proxy)
	}
	names := startDNS(t, map[string][][]string{"wiki.test": {{"127.0.0.1"}}}) // a name: the environment's proxy is never used for loopback addresses
	_, port, _ := net.SplitHostPort(serve(t, hello))
	c := client(t, Config{AllowedHosts: []string{"wiki.test"}, Resolver: names.resolver()})
	if body, err := get(t, c, "http://wiki.test:"+port+"/"); body != "hello" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

func TestConfiguredProxyIsUsed(t *testing.T) {
	t.Parallel()
	var asked, authorised string
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked, authorised = r.Method+" "+r.RequestURI, r.Header.Get("Proxy-Authorization"); r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.URL.Path == "/inside" {
			leads("http://10.0.0.1/")(w, r)
			return
		}
		fmt.Fprint(w, "hello")
	})
	// Names are the proxy's to look up, listed hosts go through it, too.
	c := client(t, Config{Proxy: parsed(t, "http://user:hunter2@"+proxy), AllowedHosts: []string{"wiki.test"}, Resolver: &net.Resolver{PreferGo: true, Dial: nobody(t)}})
	for url, want := range map[string]string{"http://example.com/a": "GET http://example.com/a", "http://wiki.test:8080/": "GET http://wiki.test:8080/"} {
		if body, err := get(t, c, url); body != "hello" || err != nil || asked != want || authorised == "" {
			t.Errorf("%s: %q, %v, the proxy was asked %q", url, body, err, asked)
		}
	}
	if _, err := get(t, c, "http://example.com/inside"); !errors.Is(err, domain.ErrURLRedirects) || asked != "GET http://example.com/inside" {
		t.Errorf("a redirect: %v, the proxy was asked %q", err, asked)
	}
	_, err := get(t, c, "https://example.com/")
	if !errors.Is(err, domain.ErrURLUnreachable) || asked != "CONNECT example.com:443" || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("https: %v, the proxy was asked %q", err, asked)
	}
	for _, bad := range []string{"ftp://proxy.test", "proxy.test", "http://"} {
		if _, err := New(Config{Proxy: parsed(t, bad)}); err == nil {
			t.Errorf("%q is taken as a proxy", bad)
		}
	}
}
