package failover

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/freeport"
)

// authority is a CA of a test's own.
type authority struct {
	file string // its certificate
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	a := authority{file: filepath.Join(t.TempDir(), "ca.pem")}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA of " + t.Name()}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &a.key.PublicKey, a.key)
	must(t, err)
	must(t, os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return a
}

// encrypt prepares a cluster that takes TLS, and nothing else, under the address given.
func (a authority) encrypt(t testing.TB, address string) func(files string) {
	t.Helper()
	return func(files string) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IPAddresses: []net.IP{net.ParseIP(address)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}, a.cert, &key.PublicKey, a.key)
		must(t, err)
		secret, err := x509.MarshalPKCS8PrivateKey(key)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(files, "server.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
		must(t, os.WriteFile(filepath.Join(files, "server.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
		must(t, os.WriteFile(filepath.Join(files, "postgresql.auto.conf"), []byte("ssl = on\n"), 0o600))
		rules, err := os.ReadFile(filepath.Join(files, "pg_hba.conf"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(files, "pg_hba.conf"), append([]byte("hostnossl all ackify_app all reject\n"), rules...), 0o600))
	}
}

func TestTheDatabaseIsReachedByTLSOnly(t *testing.T) {
	t.Parallel()
	right, wrong := newAuthority(t), newAuthority(t)
	c, elsewhere := newCluster(t, right.encrypt(t, "127.0.0.1")), newCluster(t, right.encrypt(t, "127.0.0.2"))
	dead := freeport.Address(t)
	by := func(query string, clusters ...cluster) string { return onHosts(t, query, clusters...) }
	for name, one := range map[string]struct{ dsn, says string }{
		"the CA of somebody else":         {by("sslmode=verify-full&sslrootcert="+wrong.file, c), "check sslmode and sslrootcert in ACKIFY_DB_DSN"},
		"a certificate for somebody else": {by("sslmode=verify-full&sslrootcert="+right.file, elsewhere), "check sslmode and sslrootcert in ACKIFY_DB_DSN"},
		"no TLS where it is wanted":       {by("sslmode=disable", c), "what pg_hba.conf allows"},
		"no file where the CA should be":  {by("sslmode=verify-full&sslrootcert=/nowhere/ca.pem", c), "/nowhere/ca.pem"},
		"no server, and one of the wrong": {strings.Replace(by("sslmode=verify-full&sslrootcert="+wrong.file, c), "@", "@"+dead+",", 1), "check sslmode and sslrootcert in ACKIFY_DB_DSN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env := environment(t, one.dsn)
			out, err := ackify(env, "", "serve")
			if err == nil || !strings.Contains(out, one.says) || strings.Contains(out, waits) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	t.Run("the right one, behind a server that is gone", func(t *testing.T) {
		t.Parallel()
		s := serve(t, strings.Replace(by("target_session_attrs=read-write&sslmode=verify-full&sslrootcert="+right.file, c), "@", "@"+dead+",", 1))
		author := loggedIn(t, s, "author@example.com", "author")
		_, a := author.sign(author.document(t, "doc-1"))
		a.want(t, http.StatusCreated)
		if open := value[int](t, c, `SELECT count(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE usename = 'ackify_app' AND NOT ssl`); open != 0 {
			t.Errorf("%d connections are not encrypted", open)
		}
		if out, err := ackify(s.env, "", "doctor"); !strings.Contains(out, "the connection to the database is encrypted") {
			t.Errorf("doctor: %v\n%s", err, out)
		}
		s.stop(t)
		verified(t, s)
	})
}
