package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ackify/ackify/backend/internal/application/probe"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
)

const (
	siteTimeout = 10 * time.Second
	// madeUpAddress is sent as if somebody wanted to pass for it: it is nobody's (RFC 5737).
	madeUpAddress = "192.0.2.1"
	soon          = 14 * 24 * time.Hour
	// mostSiteSkew allows for what an answer takes, and for Date's whole seconds.
	mostSiteSkew = time.Minute
)

// seen is what a server answers to a probe; see the contract.
type seen struct {
	Answer       string   `json:"answer"`
	Peer         string   `json:"peer"`
	Client       string   `json:"client"`
	ForwardedFor []string `json:"forwardedFor"`
	Version      string   `json:"version"`
}

// Site asks the server where it listens, then at the base URL as a browser would.
func (d Doctor) Site(ctx context.Context) []Finding {
	var r report
	running := d.server(ctx, &r)
	base := d.Config.BaseURL
	local := isLocal(base.Hostname())
	if base.Scheme == "http" && !local {
		r.warn("base URL", base.String()+" is not https: passwords, sessions and links travel readable", "ACKIFY_BASE_URL=https://"+base.Host+base.Path+", with a proxy that has a certificate: see docs/deploy")
	}
	key, err := d.probeKey()
	if err != nil {
		r.skipped("base URL", "%v", err)
		r.skipped("proxy", "the server was not asked")
		return r.findings
	}
	asked := ask{doctor: d, question: key.Ask(d.Clock())}
	answer, err := asked.at(ctx, base)
	if err != nil {
		if !running && notReached(err) {
			r.skipped("base URL", "the server does not run here, and %s does not answer", base)
		} else {
			text, remedy := siteWords(err, base)
			r.wrong("base URL", fmt.Sprintf("%s: %s", base, text), remedy)
		}
		r.skipped("proxy", "the server was not asked")
		return r.findings
	}
	d.siteAnswered(&r, answer)
	return r.findings
}

func (d Doctor) probeKey() (probe.Key, error) {
	cookie, err := d.cookie()
	if err != nil {
		return nil, err
	}
	return secrets.Derive(cookie, probe.Purpose)
}

func isLocal(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// ledgerRemedies are what to do about a ledger's status.
var ledgerRemedies = map[string]string{
	"inconsistent": "find out why, or accept the loss: docs/en/operate.md#after-restoring-a-backup",
	"key_retired":  "restart it with the new key: docs/en/operate.md#rotating-the-signing-key",
	"disproven":    "ackify verify ledger; then docs/en/operate.md#the-ledger-is-checked",
}

// server tells whether Ackify runs where the configuration says that it listens.
func (d Doctor) server(ctx context.Context, r *report) bool {
	const check = "server"
	host, port, err := net.SplitHostPort(d.Config.ListenAddr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := "http://" + net.JoinHostPort(host, port) + strings.TrimSuffix(d.Config.BaseURL.Path, "/") + "/api/v1/health"
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var health struct {
		Status, Reason, Version string
		Ledger                  struct{ Status string }
	}
	status, err := getJSON(ctx, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, address, &health)
	switch {
	case err != nil && status == 0:
		r.warn(check, "nothing answers on ACKIFY_LISTEN_ADDR="+d.Config.ListenAddr+": the server does not run here", "ackify serve")
		return false
	case err != nil || health.Status == "":
		r.wrong(check, fmt.Sprintf("what listens on ACKIFY_LISTEN_ADDR=%s is not Ackify (status %d)", d.Config.ListenAddr, status), "find out what it is: ss -ltnp 'sport = :"+port+"'")
		return true
	case health.Status == "healthy":
		r.ok(check, "healthy, version %s, on %s", health.Version, d.Config.ListenAddr)
	case ledgerRemedies[health.Ledger.Status] != "":
		r.wrong(check, health.Reason, ledgerRemedies[health.Ledger.Status])
	case health.Status == "degraded":
		r.warn(check, "degraded: "+health.Reason, "see docs/en/operate.md#health")
	default:
		r.wrong(check, health.Status+": "+health.Reason, "see docs/en/operate.md#health, and the log")
	}
	return true
}

func getJSON(ctx context.Context, client *http.Client, address string, into any) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	return response.StatusCode, json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(into)
}

// ask is a probe under way.
type ask struct {
	doctor   Doctor
	question probe.Question
}

// answered is what came back, and over which connection.
type answered struct {
	seen
	local       netip.Addr // this machine's end of the connection
	certificate *x509.Certificate
	date        time.Time
	now         time.Time
}

// notOurs is an answer that does not come from this Ackify.
type notOurs struct {
	status   int
	location string
	problem  bool // an Ackify's way of saying no
}

func (e notOurs) Error() string { return fmt.Sprintf("status %d", e.status) }

// at sends the probe; redirects are not followed.
func (a ask) at(ctx context.Context, base *url.URL) (out answered, err error) {
	ctx, cancel := context.WithTimeout(ctx, siteTimeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if tcp, ok := got.Conn.LocalAddr().(*net.TCPAddr); ok {
			out.local = tcp.AddrPort().Addr().Unmap().WithZone("")
		}
	}})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.String()+"/api/v1/probe", nil)
	if err != nil {
		return out, err
	}
	request.Header.Set(probe.Header, a.question.Text)
	request.Header.Set("X-Forwarded-For", madeUpAddress)
	response, err := a.doctor.siteClient().Do(request)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	out.now = a.doctor.Clock()
	out.date, _ = http.ParseTime(response.Header.Get("Date"))
	if response.TLS != nil && len(response.TLS.PeerCertificates) > 0 {
		out.certificate = response.TLS.PeerCertificates[0]
	}
	err = json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&out.seen)
	if err != nil || response.StatusCode != http.StatusOK || !a.question.Answered(out.Answer) {
		return out, notOurs{response.StatusCode, response.Header.Get("Location"), response.Header.Get("Content-Type") == "application/problem+json"}
	}
	return out, nil
}

// siteClient goes straight there: a proxy of this machine's environment would be one more between.
func (d Doctor) siteClient() *http.Client {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if d.HTTP != nil && d.HTTP.Transport != nil {
		client.Transport = d.HTTP.Transport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// notReached tells whether the address may be right and only the server, which does not run, is missing behind it.
func notReached(err error) bool {
	var other notOurs
	if errors.As(err, &other) {
		return slices.Contains([]int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, other.status)
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// siteWords says in plain words why this Ackify does not answer at its base URL.
func siteWords(err error, base *url.URL) (text, remedy string) {
	var other notOurs
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var timeout net.Error
	switch {
	case errors.As(err, &other) && other.location != "":
		return "it redirects to " + other.location, "ACKIFY_BASE_URL=" + strings.TrimSuffix(other.location, "/api/v1/probe")
	case errors.As(err, &other) && slices.Contains([]int{502, 503, 504}, other.status):
		return fmt.Sprintf("the proxy there answers %d: it does not reach Ackify", other.status), "in the proxy: proxy_pass http://127.0.0.1:8080, or wherever ACKIFY_LISTEN_ADDR is published"
	case errors.As(err, &other) && other.problem:
		return "another Ackify answers there, one with another cookie secret or of another version", "give both the same ACKIFY_OAUTH_COOKIE_SECRET, or this one its own ACKIFY_BASE_URL, and restart the server"
	case errors.As(err, &other):
		return fmt.Sprintf("something else answers there (status %d)", other.status), "ACKIFY_BASE_URL has to be the address of this Ackify, with the path it is under; or the proxy sends the name elsewhere: look at its server_name"
	case errors.As(err, &name):
		return "the name " + name.Name + " cannot be resolved", "make a DNS record (A or AAAA) that points to this machine, or correct ACKIFY_BASE_URL"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired", "certbot renew, then reload the proxy: nginx -s reload"
	case errors.As(err, &host):
		return "its certificate is for another name", "certbot --nginx -d " + base.Hostname()
	case errors.As(err, &unknown), errors.As(err, &invalid):
		return "its certificate is not from an authority that this machine knows", "serve the full chain (fullchain.pem); a private authority's file is named by SSL_CERT_FILE"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS there", "give the proxy a certificate (docs/deploy), or ACKIFY_BASE_URL=http://" + base.Host + base.Path
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there", "start the proxy (systemctl start nginx); in a container, localhost is the container itself: let ACKIFY_BASE_URL name the public address"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "it does not answer within 10 seconds", "open ports 80 and 443 (ufw allow 'Nginx Full'); where this machine cannot reach its own public address, try from another: curl -I " + base.String()
	}
	return oneLine(err.Error()), "correct ACKIFY_BASE_URL, or look at the proxy's log"
}

func (d Doctor) siteAnswered(r *report, got answered) {
	base := d.Config.BaseURL
	r.ok("base URL", "%s is this Ackify, version %s", base, got.Version)
	if got.certificate != nil {
		left := got.certificate.NotAfter.Sub(got.now)
		until := got.certificate.NotAfter.UTC().Format(time.DateOnly)
		if left < soon {
			r.warn("base URL", fmt.Sprintf("its certificate ends on %s, in %d days", until, int(left.Hours()/24)), "certbot renew, then nginx -s reload; and see why that did not happen by itself: systemctl list-timers certbot.timer")
		} else {
			r.ok("base URL", "its certificate is valid until %s", until)
		}
	}
	if skew := got.date.Sub(got.now); !got.date.IsZero() {
		if skew.Abs() > mostSiteSkew {
			r.warn("clock", fmt.Sprintf("the clock at the base URL is %s from this machine's", skew.Abs().Round(time.Second)), "let NTP set both clocks: timedatectl set-ntp true")
		} else {
			r.ok("clock", "the same as at the base URL")
		}
	}
	judgeProxy(r, d.Config, got)
}

// nginxForwards is what a proxy has to do.
const nginxForwards = "in nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"

// judgeProxy compares what came in with what was sent: a connection from here, and an address that was made up.
func judgeProxy(r *report, cfg config.Config, got answered) {
	const check = "proxy"
	hops := got.ForwardedFor
	untouched := len(hops) == 1 && hops[0] == madeUpAddress
	// Ackify itself speaks no TLS.
	behind := cfg.BaseURL.Scheme == "https" || !untouched
	peer, _ := netip.ParseAddr(got.Peer)
	trusted := got.Client != got.Peer || slices.ContainsFunc(cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer.Unmap()) })
	trust := "ACKIFY_TRUSTED_PROXIES=" + got.Peer + ", and restart the server"
	switch {
	case !behind:
		r.ok(check, "none in between; the server sees this machine as %s", got.Peer)
	case untouched && trusted:
		r.wrong(check, "it hands on X-Forwarded-For as the client wrote it: anybody may pretend to have any address", nginxForwards)
	case untouched || len(hops) == 0:
		remedy := nginxForwards
		if !trusted {
			remedy += " and " + trust
		}
		r.wrong(check, "it does not pass on the client's address (X-Forwarded-For): everybody looks like "+got.Peer, remedy)
	case !trusted:
		r.wrong(check, "the proxy at "+got.Peer+" is not trusted: everybody looks like it, in rate limits, sessions and the audit trail", trust)
	case got.Client == madeUpAddress:
		r.ok(check, "trusted; this machine (%s) is itself among the trusted ones", hops[len(hops)-1])
	default:
		r.ok(check, "trusted; the server sees this machine as %s", got.Client)
	}
}
