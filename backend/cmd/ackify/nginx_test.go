package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/freeport"
)

// nginx is a running Nginx.
type nginx struct {
	address, site, reload, errors, pid string
	cmd                                *exec.Cmd
	roots                              *x509.CertPool
	ended                              chan error
}

// startNginx runs Nginx with the configuration that is shipped; only addresses, the certificate's path and, for an older Nginx, how HTTP/2 is
// switched on differ.
func startNginx(t *testing.T, upstream ...string) *nginx {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/nginx") // which is not in everybody's PATH
	}
	if err != nil {
		t.Skip("there is no nginx: make deps installs it")
	}
	version, err := exec.Command(program, "-v").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	n := &nginx{address: freeport.Address(t), site: filepath.Join(dir, "ackify.conf"), errors: filepath.Join(dir, "error.log"), pid: filepath.Join(dir, "pid"), roots: x509.NewCertPool(), ended: make(chan error, 1)}
	certificate, key := siteCertificate(t, siteName)
	n.roots.AppendCertsFromPEM(certificate)
	put := func(name string, content []byte) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("certificate/fullchain.pem", certificate)
	put("certificate/privkey.pem", key)
	put("snippets/ackify-proxy.conf", shipped(t, "ackify-proxy.conf"))
	site := string(shipped(t, "ackify.conf"))
	change := func(from, to string) {
		if !strings.Contains(site, from) {
			t.Fatalf("ackify.conf has no %q", from)
		}
		site = strings.ReplaceAll(site, from, to)
	}
	change("    server 127.0.0.1:8080 ", "    server "+upstream[0]+" ")
	change("    # server 127.0.0.1:8081 ", "    server "+upstream[1]+" ")
	change("    listen 80;\n    listen [::]:80;", "    listen "+freeport.Address(t)+";")
	change("    listen 443 ssl;\n    listen [::]:443 ssl;", "    listen "+n.address+" ssl;")
	change("/etc/letsencrypt/live/"+siteName, filepath.Join(dir, "certificate"))
	buffers := ""
	if olderThan(string(version), 1, 25, 1) { // ackify.conf is for newer ones; Debian 12 has 1.22
		change("    http2 on;\n", "")
		change(" ssl;", " ssl http2;")
		// When told to reload, its workers end in the middle of answers that do not fit into one buffer: "open socket left in connection".
		buffers = "proxy_buffer_size 64k; proxy_buffers 8 64k;"
	}
	put("ackify.conf", []byte(site))
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // its workers read the test's own folder
	}
	put("nginx.conf", fmt.Appendf(nil, `%s
worker_processes 2;
daemon off;
pid %[2]s/pid;
error_log %[2]s/error.log info;
events { worker_connections 1024; }
http {
    access_log %[2]s/access.log;
    client_body_temp_path %[2]s/body;
    proxy_temp_path %[2]s/proxy;
    fastcgi_temp_path %[2]s/fastcgi;
    uwsgi_temp_path %[2]s/uwsgi;
    scgi_temp_path %[2]s/scgi;
    %[3]s
    include ackify.conf;
}
`, user, dir, buffers))
	configured := program + " -q -e " + n.errors + " -p " + dir + " -c " + filepath.Join(dir, "nginx.conf")
	n.reload = configured + " -t && " + configured + " -s reload"
	if out, err := exec.Command("sh", "-c", configured+" -t").CombinedOutput(); err != nil {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	n.cmd = exec.Command("sh", "-c", "exec "+configured)
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { n.ended <- n.cmd.Wait() }()
	t.Cleanup(func() {
		if n.cmd.ProcessState == nil {
			n.quit(t)
		}
	})
	for {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", n.address)
		if err == nil {
			_ = conn.Close()
			return n
		}
		select {
		case err := <-n.ended:
			n.ended <- err
			t.Fatalf("nginx: %v", err)
		default:
		}
	}
}

// quit ends Nginx as its own script would, and waits. Workers of before a reload end first, as their last connection is closed.
func (n *nginx) quit(t testing.TB) {
	t.Helper()
	for exec.Command("pgrep", "-f", "-P", strconv.Itoa(n.cmd.Process.Pid), "shutting down").Run() == nil {
		time.Sleep(50 * time.Millisecond)
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := <-n.ended; err != nil {
		t.Errorf("nginx ended with %v", err)
	}
}

func shipped(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../../../docs/deploy/nginx", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// olderThan tells whether `nginx -v` printed a lower version.
func olderThan(said string, want ...int) bool {
	numbers := regexp.MustCompile(`nginx/(\d+)\.(\d+)\.(\d+)`).FindStringSubmatch(said)
	have := make([]int, 0, len(want))
	for _, n := range numbers[min(1, len(numbers)):] {
		i, _ := strconv.Atoi(n)
		have = append(have, i)
	}
	return slices.Compare(have, want) < 0
}

// siteCertificate makes a certificate and its key, in PEM.
func siteCertificate(t testing.TB, name string) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}
