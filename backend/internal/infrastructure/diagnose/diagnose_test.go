package diagnose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/probe"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/internal/infrastructure/storage"
)

const cookieSecret = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

// has fails unless a finding of this level has these words.
func has(t *testing.T, name string, found []Finding, check string, level Level, words string) {
	t.Helper()
	for _, f := range found {
		if f.Check == check && f.Level == level && strings.Contains(f.Text+" | "+f.Remedy, words) {
			return
		}
	}
	t.Errorf("%s: no finding %s %s with %q: %+v", name, level, check, words, found)
}

func parsed(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// ackify answers probes as the server does, behind a proxy that appends.
func ackify(t *testing.T, certificate *tls.Certificate, answer http.HandlerFunc) (*httptest.Server, *http.Client) {
	t.Helper()
	if answer == nil {
		raw, err := secrets.Derive(cookieSecret, probe.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		answer = func(w http.ResponseWriter, r *http.Request) {
			said, ok := probe.Key(raw).Answer(r.Header.Get(probe.Header), time.Now())
			if !ok || r.URL.Path != "/api/v1/probe" {
				t.Errorf("%s with %q", r.URL, r.Header)
			}
			fmt.Fprintf(w, `{"answer":%q,"peer":"172.18.0.5","client":"203.0.113.7","forwardedFor":["192.0.2.1","203.0.113.7"],"version":"1"}`, said)
		}
	}
	server := httptest.NewUnstartedServer(answer)
	if certificate == nil {
		server.Start()
		t.Cleanup(server.Close)
		return server, nil
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	return server, &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

func certificateUntil(t *testing.T, end time.Time) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sign"}, NotBefore: end.Add(-90 * 24 * time.Hour), NotAfter: end,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestTheSiteIsAskedAsABrowserWould(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	answering := func(status int, header, value, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(header, value)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for name, c := range map[string]struct {
		certificate *tls.Certificate
		stranger    bool // the client does not know the authority
		answer      http.HandlerFunc
		check       string
		level       Level
		words       string
	}{
		"a good certificate":          {certificateUntil(t, time.Now().Add(80*day)), false, nil, "base URL", OK, "certificate is valid until"},
		"a certificate about to end":  {certificateUntil(t, time.Now().Add(13*day)), false, nil, "base URL", Warning, "certbot renew"},
		"an expired certificate":      {certificateUntil(t, time.Now().Add(-day)), false, nil, "base URL", Wrong, "has expired"},
		"a certificate of nobody":     {certificateUntil(t, time.Now().Add(80*day)), true, nil, "base URL", Wrong, "SSL_CERT_FILE"},
		"a trusted proxy":             {certificateUntil(t, time.Now().Add(80*day)), false, nil, "proxy", OK, "203.0.113.7"},
		"a redirect to https":         {nil, false, answering(301, "Location", "https://sign.example.com/api/v1/probe", ""), "base URL", Wrong, "| ACKIFY_BASE_URL=https://sign.example.com"},
		"a proxy without Ackify":      {nil, false, answering(502, "X", "", "<html>"), "base URL", Skipped, "does not answer"},
		"another Ackify":              {nil, false, answering(404, "Content-Type", "application/problem+json", `{"code":"x"}`), "base URL", Wrong, "another cookie secret"},
		"something else":              {nil, false, answering(200, "X", "", "<html>"), "base URL", Wrong, "something else"},
		"who repeats without knowing": {nil, false, answering(200, "X", "", `{"answer":"x","peer":"127.0.0.1","client":"127.0.0.1"}`), "base URL", Wrong, "something else"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := ackify(t, c.certificate, c.answer)
			if c.stranger {
				client = nil
				server.Config.ErrorLog = nil
			}
			d := Doctor{Config: config.Config{BaseURL: parsed(t, server.URL), CookieSecret: cookieSecret, ListenAddr: "127.0.0.1:1"}, HTTP: client, Clock: time.Now}
			has(t, name, d.Site(t.Context()), c.check, c.level, c.words)
		})
	}
}

func TestAWrongClockAtTheSiteIsSeen(t *testing.T) {
	t.Parallel()
	server, client := ackify(t, nil, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := secrets.Derive(cookieSecret, probe.Purpose)
		said, _ := probe.Key(raw).Answer(r.Header.Get(probe.Header), time.Now().Add(2*time.Minute))
		w.Header().Set("Date", time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat))
		fmt.Fprintf(w, `{"answer":%q,"peer":"127.0.0.1","client":"127.0.0.1","forwardedFor":["192.0.2.1"]}`, said)
	})
	d := Doctor{Config: config.Config{BaseURL: parsed(t, server.URL), CookieSecret: cookieSecret, ListenAddr: "127.0.0.1:1"}, HTTP: client, Clock: time.Now}
	has(t, "clock", d.Site(t.Context()), "clock", Warning, "timedatectl")
}

func TestWhatAProxyDoesToAddresses(t *testing.T) {
	t.Parallel()
	https, http := "https://sign.example.com", "http://intranet.example.com:8080"
	proxy := []netip.Prefix{netip.MustParsePrefix("172.18.0.5/32")}
	for name, c := range map[string]struct {
		base         string
		trusted      []netip.Prefix
		peer, client string
		hops         []string
		level        Level
		words        string
	}{
		"none":                                {http, nil, "10.0.0.9", "10.0.0.9", []string{madeUpAddress}, OK, "none in between"},
		"none, from a trusted address":        {http, proxy, "172.18.0.5", madeUpAddress, []string{madeUpAddress}, OK, "none in between"},
		"trusted, appends":                    {https, proxy, "172.18.0.5", "203.0.113.7", []string{madeUpAddress, "203.0.113.7"}, OK, "203.0.113.7"},
		"trusted, replaces":                   {https, proxy, "172.18.0.5", "203.0.113.7", []string{"203.0.113.7"}, OK, "203.0.113.7"},
		"not trusted":                         {https, nil, "172.18.0.5", "172.18.0.5", []string{"203.0.113.7"}, Wrong, "| ACKIFY_TRUSTED_PROXIES=172.18.0.5"},
		"not trusted, over http":              {http, nil, "172.18.0.5", "172.18.0.5", []string{madeUpAddress, "203.0.113.7"}, Wrong, "not trusted"},
		"passes nothing on":                   {https, proxy, "172.18.0.5", "172.18.0.5", nil, Wrong, "does not pass on"},
		"neither":                             {https, nil, "172.18.0.5", "172.18.0.5", nil, Wrong, "and ACKIFY_TRUSTED_PROXIES=172.18.0.5"},
		"hands on what is forged":             {https, proxy, "172.18.0.5", madeUpAddress, []string{madeUpAddress}, Wrong, "pretend"},
		"the doctor is on the proxy's own":    {https, proxy, "172.18.0.5", madeUpAddress, []string{madeUpAddress, "172.18.0.5"}, OK, "itself among the trusted"},
		"the doctor's address is the proxy's": {https, proxy, "172.18.0.5", "172.18.0.5", []string{"172.18.0.5"}, OK, "172.18.0.5"},
	} {
		var r report
		cfg := config.Config{BaseURL: parsed(t, c.base), TrustedProxies: c.trusted}
		judgeProxy(&r, cfg, answered{seen: seen{Peer: c.peer, Client: c.client, ForwardedFor: c.hops}})
		has(t, name, r.findings, "proxy", c.level, c.words)
	}
}

func TestRoomOnVolumes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at    room
		level Level
	}{
		"plenty":               {room{free: 50 << 30, all: 100 << 30}, OK},
		"a little":             {room{free: 9 << 30, all: 100 << 30}, Warning},
		"hardly any":           {room{free: 1 << 30, all: 100 << 30}, Wrong},
		"a small volume":       {room{free: 400 << 20, all: 1 << 30}, Wrong},
		"a small one, roomier": {room{free: 600 << 20, all: 1 << 30}, OK},
	} {
		var r report
		judgeRoom(&r, place{"ACKIFY_DATA_DIR", "/", false}, c.at)
		has(t, name, r.findings, "volumes", c.level, "free")
	}
}

// mounted is a volume of its own, where the test may make one.
func mounted(t *testing.T, flags uintptr, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Skipf("no volume can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
	return dir
}

func TestVolumesThatAreReadOnlyOrFullAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags   uintptr
		options string
		words   string
	}{
		"read-only":       {unix.MS_RDONLY, "", "mount -o remount,rw"},
		"all but full":    {0, "size=8m", "df -h"},
		"without an inch": {0, "size=4k,nr_inodes=1", "full"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, good := mounted(t, c.flags, c.options), t.TempDir()
			for variable, cfg := range map[string]config.Config{
				"ACKIFY_DATA_DIR":        {DataDir: dir, CheckpointFile: good + "/c"},
				"ACKIFY_CHECKPOINT_FILE": {DataDir: good, CheckpointFile: dir + "/sub/checkpoints"},
				"ACKIFY_STORAGE_DIR":     {DataDir: good, CheckpointFile: good + "/c", Storage: config.Storage{Kind: config.StorageLocal, Dir: dir + "/files"}},
			} {
				var problems config.Problems
				if err := Writable(cfg); !errors.As(err, &problems) || len(problems) != 1 || problems[0].Variable != variable || !strings.Contains(err.Error(), c.words) {
					t.Errorf("%s: %v", variable, err)
				}
				if full := Full(cfg); c.flags == 0 && full != variable {
					t.Errorf("%s: %q is full", variable, full)
				}
				has(t, variable, Doctor{Config: cfg}.Volumes(t.Context()), "volumes", Wrong, dir)
			}
		})
	}
	good := t.TempDir()
	cfg := config.Config{DataDir: good + "/not/yet", CheckpointFile: good + "/c"}
	if err := Writable(cfg); err != nil || Full(cfg) != "" {
		t.Errorf("%v, %q", err, Full(cfg))
	}
	if left, err := os.ReadDir(good); err != nil || len(left) > 0 {
		t.Errorf("probes are left: %v, %v", left, err)
	}
}

func TestWhatCannotBeWrittenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := place{"ACKIFY_DATA_DIR", "/", false}
	for err, words := range map[error][2]string{
		&fs.PathError{Op: "open", Err: syscall.EROFS}:  {"read-only", "remount,rw"},
		&fs.PathError{Op: "open", Err: syscall.EACCES}: {"may not write", "chown"},
		&fs.PathError{Op: "open", Err: syscall.ENOSPC}: {"full", "df -h"},
		&fs.PathError{Op: "open", Err: syscall.EDQUOT}: {"quota", "df -h"},
		&fs.PathError{Op: "open", Err: syscall.EIO}:    {"input/output", "Set ACKIFY_DATA_DIR"},
	} {
		if !strings.Contains(reason(err), words[0]) || !strings.Contains(p.remedy(err), words[1]) {
			t.Errorf("%v: %q, %q", err, reason(err), p.remedy(err))
		}
	}
}

func TestTheStorageIsWrittenReadAndEmptied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := storage.NewLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	s3 := config.Storage{Kind: config.StorageS3, S3: config.S3{Bucket: "files", Endpoint: parsed(t, "https://s3.example.com"), SecretKey: "hunter2"}}
	d := Doctor{Config: config.Config{Storage: s3}, Store: func() (contents.Store, error) { return store, nil }}
	has(t, "a bucket", d.Storage(t.Context()), "storage", OK, "the bucket files at s3.example.com")
	d.Store = func() (contents.Store, error) { return nil, errors.New("the key hunter2 is refused") }
	has(t, "a bucket that refuses", d.Storage(t.Context()), "storage", Wrong, "[secret] is refused | check ACKIFY_STORAGE_S3_ENDPOINT")
	d.Config.Storage = config.Storage{Kind: config.StorageLocal, Dir: dir}
	has(t, "a directory", d.Storage(t.Context()), "storage", OK, "deleted in "+dir)
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, _ error) error {
		if !entry.IsDir() {
			t.Errorf("%s is left", path)
		}
		return nil
	})
	if err := os.RemoveAll(dir + "/incoming"); err != nil {
		t.Fatal(err)
	}
	has(t, "a volume that is not mounted", d.Storage(t.Context()), "storage", Warning, "not mounted")
}

func TestWhoIsLoggedInAtTheDatabase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		login  postgres.Login
		check  string
		level  Level
		words  string
		refuse bool
	}{
		"the application": {postgres.Login{Role: "ackify_app", Member: true}, "role", OK, "ackify_app", false},
		"a superuser":     {postgres.Login{Role: "postgres", Superuser: true, Owner: true, Member: true}, "role", Wrong, "does not start", true},
		"the owner":       {postgres.Login{Role: "ackify_migrate", Owner: true}, "role", Wrong, "owns the tables", true},
		"a stranger":      {postgres.Login{Role: "some body"}, "role", Wrong, `GRANT ackify_app TO "some body"`, false},
		"more than needed": {postgres.Login{Role: "ackify_app", Member: true, More: []string{"BYPASSRLS", "CREATEROLE"}}, "role", Wrong,
			`ALTER ROLE "ackify_app" NOBYPASSRLS NOCREATEROLE`, false},
		"too many grants": {postgres.Login{Role: "ackify_app", Member: true, May: []string{"DELETE on signatures"}}, "grants", Wrong, "REVOKE UPDATE", false},
	} {
		var r report
		role(&r, c.login)
		has(t, name, r.findings, c.check, c.level, c.words)
		if err := Login(c.login); (err != nil) != c.refuse {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheWayToTheDatabaseIsEncryptedWhereItIsLong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dsn     string
		address string
		tls     bool
		level   Level
	}{
		"a socket":               {"host=/run/postgresql dbname=ackify", "", false, OK},
		"this machine":           {"postgres://a@localhost/ackify", "127.0.0.1", false, OK},
		"a network of compose":   {"postgres://a@ackify-db/ackify", "172.18.0.3", false, OK},
		"a private network":      {"postgres://a@db.example.com/ackify", "10.1.2.3", false, Wrong},
		"an address":             {"postgres://a@10.1.2.3/ackify", "10.1.2.3", false, Wrong},
		"somewhere":              {"postgres://a@db.example.com/ackify", "203.0.113.9", false, Wrong},
		"somewhere, encrypted":   {"postgres://a@db.example.com/ackify", "203.0.113.9", true, OK},
		"a short name, far away": {"postgres://a@db/ackify", "203.0.113.9", false, Wrong},
	} {
		var r report
		var at netip.Addr
		if c.address != "" {
			at = netip.MustParseAddr(c.address)
		}
		Doctor{Config: config.Config{DSN: c.dsn}}.tls(&r, postgres.Login{Address: at, Encrypted: c.tls})
		has(t, name, r.findings, "tls", c.level, "")
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	for ahead, level := range map[time.Duration]Level{0: OK, 900 * time.Millisecond: OK, -2 * time.Second: Warning, 6 * time.Second: Wrong} {
		var r report
		clock(&r, ahead)
		has(t, ahead.String(), r.findings, "clock", level, "")
	}
}

func TestMailServersThatRefuseAreExplained(t *testing.T) {
	t.Parallel()
	m := config.Mail{Host: "smtp.example.com", Port: 587, From: "ackify@example.com"}
	for reason, words := range map[string]string{
		"dial tcp: lookup smtp.example.com: no such host":      "getent hosts smtp.example.com",
		"dial tcp 1.2.3.4:587: connect: connection refused":    "nothing listens",
		"the mail server did not answer within 10s":            "nc -vz smtp.example.com 587",
		"STARTTLS is not supported":                            "ACKIFY_MAIL_TLS=tls",
		"x509: certificate signed by unknown authority":        "SSL_CERT_FILE",
		"tls: first record does not look like a TLS handshake": "ACKIFY_MAIL_PORT=587",
		"something nobody has heard of":                        "docs/en/configuration.md",
	} {
		if got := mailRemedy(&emails.Failure{Reason: reason}, m); !strings.Contains(got, words) {
			t.Errorf("%s: %s", reason, got)
		}
	}
	if got := mailRemedy(&emails.Failure{Code: 535}, m); !strings.Contains(got, "ACKIFY_MAIL_PASSWORD") {
		t.Error(got)
	}
	has(t, "no server", Doctor{MailTo: domain.Email("a@example.com")}.Mail(t.Context()), "mail", Wrong, "no test mail")
}

func TestOnlyWhatIsWrongIsWorst(t *testing.T) {
	t.Parallel()
	for want, levels := range map[Level][]Level{OK: {OK, Skipped}, Warning: {OK, Warning, Skipped}, Wrong: {Warning, Wrong, OK, Warning}} {
		var found []Finding
		for _, level := range levels {
			found = append(found, Finding{Level: level})
		}
		if got := Worst(found); got != want {
			t.Errorf("%v: %s", levels, got)
		}
	}
}
