package fetch

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/domain"
)

// What is refused by its look alone, with a proxy too.
var refusedURLs = []string{
	"", "/path", "//example.com/", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)",
	"http://", "http:///path", "http:example.com", "http://user@example.com/", "https://user:password@example.com/",
	"http://example.com:22/", "https://example.com:8443/", "http://example.com:0/", "http://example.com:65537/", "http://example.com:x/",
	"http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/", "http://example.com./",
	"http://127.0.0.1/", "http://127.0.0.1./", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0177.0.0.1/", "http://0x7f.1/",
	"http://0x7f000001/", "http://0X7F.0.0.1/", "http://127.0.0.0x1/", "http://017700000001/", "http://0/", "http://0.0.0.0/", "http://0x/",
	"http://1.2.3.4.5/", "http://example.256/",
	"http://10.0.0.1/", "http://100.64.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/",
	"http://192.0.2.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://8.8.8.8:53/",
	"http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
	"http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::a9fe:a9fe]/", "http://[2002:7f00:1::]/", "http://[fc00::1]/",
	"http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[::1%25lo]/", "http://[fec0::1]/", "http://[ff02::1]/",
	"http://[2001:db8::1]/", "http://[::1/",
	"http://１２７.0.0.1/", "http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://ⓛocalhost/", "http://loc\u00adalhost/", "http://loc%61lhost/",
	"http://exa mple.com/", "http://example.com\\@127.0.0.1/", "http://example.com%00.internal/", "http://-/", "http://a,b/",
	"http://example.com\r\nHost: localhost/",
}

func TestRefusedByTheirLook(t *testing.T) {
	t.Parallel()
	noNames := &net.Resolver{PreferGo: true, Dial: nobody(t)}
	proxy := serve(t, unwanted(t))
	for _, url := range refusedURLs {
		for name, cfg := range map[string]Config{"direct": {Resolver: noNames}, "through a proxy": {Proxy: parsed(t, "http://"+proxy)}} {
			if _, err := get(t, client(t, cfg), url); !errors.Is(err, domain.ErrURLRefused) || errors.Unwrap(err) == nil {
				t.Errorf("%s, %s: %v", url, name, err)
			}
		}
	}
}

func TestNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	inside := []string{
		"127.0.0.1", "127.8.9.10", "10.0.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
		"::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "2001:db8::1",
	}
	answers := map[string][][]string{}
	names := map[string]string{}
	for _, address := range inside {
		names[address] = strings.NewReplacer(":", "-", ".", "-").Replace("a"+address+"z") + ".test"
		answers[names[address]] = [][]string{{address}}
	}
	c := client(t, Config{Resolver: startDNS(t, answers).resolver()})
	for _, address := range inside {
		if _, err := get(t, c, "http://"+names[address]+"/"); !errors.Is(err, domain.ErrURLRefused) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The name leads to where it may lead the first time, and elsewhere the second. What was looked at is what is asked.
func TestNameThatChangesItsMind(t *testing.T) {
	t.Parallel()
	var address string
	address = serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, port, _ := net.SplitHostPort(address)
		switch r.URL.Path {
		case "/again":
			leads("http://twice.test:"+port+"/")(w, r)
		default:
			hello(w, r)
		}
	})
	_, port, _ := net.SplitHostPort(address)
	change := [][]string{{"127.0.0.1"}, {"127.0.0.2"}}
	names := startDNS(t, map[string][][]string{"once.test": change, "twice.test": change})
	c := client(t, Config{Resolver: names.resolver(), AllowedHosts: []string{"127.0.0.1/32"}}) // stands for the internet
	if body, err := get(t, c, "http://once.test:"+port+"/"); body != "hello" || err != nil || names.lookups("once.test") != 1 {
		t.Errorf("%q, %v, after %d look-ups", body, err, names.lookups("once.test"))
	}
	if _, err := get(t, c, "http://once.test:"+port+"/"); !errors.Is(err, domain.ErrURLRefused) {
		t.Errorf("the second time: %v", err)
	}
	if _, err := get(t, c, "http://twice.test:"+port+"/again"); !errors.Is(err, domain.ErrURLRedirects) {
		t.Errorf("within one: %v", err)
	}
}

func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	address := serve(t, hello)
	_, port, _ := net.SplitHostPort(address)
	names := startDNS(t, map[string][][]string{
		"intranet": {{"127.0.0.1"}}, "wiki.corp.test": {{"127.0.0.1"}}, "corp.test": {{"127.0.0.1"}}, "evilcorp.test": {{"127.0.0.1"}},
		"meta.corp.test": {{"169.254.169.254"}}, "meta6.corp.test": {{"fe80::1"}}, "nat.corp.test": {{"64:ff9b::a9fe:a9fe"}},
	})
	for _, c := range []struct {
		allowed, host string
		want          error
	}{
		{"127.0.0.1", "127.0.0.1:" + port, nil},
		{"127.0.0.1:" + port, "127.0.0.1:" + port, nil},
		{"127.0.0.1:1", "127.0.0.1:" + port, domain.ErrURLRefused},
		{"127.0.0.0/8", "127.0.0.1:" + port, nil},
		{"127.0.0.0/8", "wiki.corp.test:" + port, nil},
		{"10.0.0.0/8", "wiki.corp.test:" + port, domain.ErrURLRefused},
		{"127.0.0.1", "wiki.corp.test:" + port, domain.ErrURLRefused},
		{"Intranet", "INTRANET:" + port, nil},
		{"*.corp.test", "wiki.corp.test:" + port, nil},
		{"*.corp.test", "Wiki.Corp.Test:" + port, nil},
		{"*.corp.test", "corp.test:" + port, domain.ErrURLRefused},
		{"*.corp.test", "evilcorp.test:" + port, domain.ErrURLRefused},
		{"wiki.corp.test", "wiki.corp.test:" + port, nil},
		{"wiki.corp.test:" + port, "wiki.corp.test:" + port, nil},
		{"wiki.corp.test:1", "wiki.corp.test:" + port, domain.ErrURLRefused},
		{"*.corp.test", "meta.corp.test", domain.ErrURLRefused},
		{"*.corp.test", "meta6.corp.test", domain.ErrURLRefused},
		{"*.corp.test", "nat.corp.test", domain.ErrURLRefused},
		{"169.254.169.254", "meta.corp.test", domain.ErrURLRefused},
		{"169.254.0.0/16", "169.254.169.254", domain.ErrURLRefused},
		{"0.0.0.0/0", "169.254.169.254", domain.ErrURLRefused},
		{"::/0", "[::ffff:169.254.169.254]", domain.ErrURLRefused},
		{"::/0", "[fe80::1]", domain.ErrURLRefused},
		{"::/0", "[64:ff9b::a9fe:a9fe]", domain.ErrURLRefused},
		{"::/0", "[2002:a9fe:a9fe::1]", domain.ErrURLRefused},
	} {
		fetch := client(t, Config{AllowedHosts: []string{c.allowed}, Resolver: names.resolver()})
		if _, err := get(t, fetch, "http://"+c.host+"/"); !errors.Is(err, c.want) {
			t.Errorf("%s with %s allowed: %v", c.host, c.allowed, err)
		}
	}
}

// A link-local address is asked only when it is in the list itself; whether anything answers there is another matter.
func TestAllowedMetadata(t *testing.T) {
	t.Parallel()
	allowed, err := parseHosts([]string{"169.254.169.254", "[fe80::1]:80"})
	if err != nil {
		t.Fatal(err)
	}
	g := newGuard(allowed, false)
	for host, want := range map[string]bool{"169.254.169.254": true, "169.254.169.253": false, "fe80::1": true, "fe80::2": false} {
		err := errors.Join(g.host(host, "80"), g.control(host, "80")("tcp"+map[bool]string{true: "6", false: "4"}[strings.Contains(host, ":")], net.JoinHostPort(host, "80"), nil))
		if (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestAllowedHostsThatMeanNothing(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"", " ", "*", "*.", "http://wiki.corp.test", "wiki/path", "wiki:0", "wiki:http", "wiki:99999", "10.0.0.0/33", "[wiki]", "[::1", "a b", "*.*.test", "wi*ki"} {
		if _, err := New(Config{AllowedHosts: []string{entry}}); err == nil || CheckAllowedHost(entry) == nil {
			t.Errorf("%q is taken", entry)
		}
	}
	for _, entry := range []string{" Wiki.corp.test ", "wiki:8080", "*.corp.test", "10.0.0.0/8", "fd00::/8", "10.0.0.1", "::1", "[::1]", "[::1]:8080", "my_host"} {
		if _, err := New(Config{AllowedHosts: []string{entry}}); err != nil || CheckAllowedHost(entry) != nil {
			t.Errorf("%q: %v", entry, err)
		}
	}
}
