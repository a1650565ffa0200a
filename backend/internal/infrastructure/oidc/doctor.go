package oidc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// Level is how a check came out.
type Level string

// The levels. Only Wrong keeps people from logging in.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Wrong   Level = "wrong"
)

// Finding is what one check found, in one line, with what to do where there is something to do.
type Finding struct {
	Level Level
	Text  string
}

// maxClockDifference is how far a provider's clock may be from ours before it is worth a word; tokens live for minutes.
const maxClockDifference = 60 * time.Second

// madeUpCode is redeemed to see whether the client is let in; no provider ever gave it out.
const madeUpCode = "ackify-doctor-made-up-code"

// Diagnose tries a provider without logging anybody in, and explains what it finds. base is ACKIFY_BASE_URL; client is as for New.
func Diagnose(ctx context.Context, cfg config.ProviderConfig, base *url.URL, client *http.Client, clock func() time.Time) []Finding {
	watch := &dateWatch{base: http.DefaultTransport}
	watching := &http.Client{Transport: watch}
	if client != nil {
		watching.Timeout = client.Timeout
		if client.Transport != nil {
			watch.base = client.Transport
		}
	}
	p, err := New(cfg, watching, clock)
	if err != nil {
		return []Finding{{Wrong, err.Error()}}
	}
	d := &doctor{p: p, callback: cfg.CallbackURL(base)}
	if p.doc != nil {
		d.connect(ctx)
	} else {
		d.plainOAuth2(ctx)
	}
	d.clock(watch.difference(clock()))
	d.baseURL(base)
	d.who()
	return d.findings
}

// dateWatch remembers the Date header of the last answer (RFC 9110 section 6.6.1).
type dateWatch struct {
	base http.RoundTripper
	mu   sync.Mutex
	date time.Time
}

func (w *dateWatch) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := w.base.RoundTrip(request)
	if err == nil {
		if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
			w.mu.Lock()
			w.date = date
			w.mu.Unlock()
		}
	}
	return response, err
}

// difference is how far the provider's clock is ahead of now; known is false when it never said.
func (w *dateWatch) difference(now time.Time) (ahead time.Duration, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.date.Sub(now), !w.date.IsZero()
}

// doctor collects findings about one provider.
type doctor struct {
	p        *Provider
	callback string
	findings []Finding
}

func (d *doctor) say(level Level, format string, args ...any) {
	d.findings = append(d.findings, Finding{level, oneLineOf(fmt.Sprintf(format, args...))})
}

func (d *doctor) variable(suffix string) string {
	return "ACKIFY_OIDC_" + strings.ToUpper(d.p.cfg.Name) + "_" + suffix
}

func (d *doctor) connect(ctx context.Context) {
	m, err := d.p.fetchMetadata(ctx)
	if err != nil {
		d.notDiscovered(err)
		return
	}
	found, err := d.p.use(ctx, m)
	if err != nil {
		d.say(Wrong, "discovery: %v. Compare %s with the provider's documentation, or tell who runs it", err, d.variable(d.addressSetting()))
		return
	}
	d.say(OK, "discovery: read from %s; the issuer is %s, and all endpoints are there", d.p.cfg.Issuer, m.Issuer)
	d.keys(ctx, found)
	d.pkce(m)
	d.scopes(found)
	d.logout(m)
	d.credentials(ctx, found.oauth, m.TokenAuthMethods)
}

// addressSetting is what the operator gave the provider's address by.
func (d *doctor) addressSetting() string {
	if d.p.cfg.Kind == config.KindMicrosoft {
		return "TENANT"
	}
	return "ISSUER"
}

// notDiscovered says in plain words why there is no discovery document.
func (d *doctor) notDiscovered(err error) {
	var mismatch *goidc.IssuerMismatchError
	if errors.As(err, &mismatch) {
		d.say(Wrong, "discovery: %s. Set %s=%s", issuerDifference(mismatch.Provided, mismatch.Discovered), d.variable("ISSUER"), mismatch.Discovered)
		return
	}
	if words := inPlainWords(err); words != "" {
		d.say(Wrong, "discovery: %s: %s", d.p.cfg.Issuer, words)
		return
	}
	d.say(Wrong, "discovery: there is no document at %s/.well-known/openid-configuration: %v. Compare %s with the provider's documentation",
		strings.TrimSuffix(d.p.cfg.Issuer, "/"), d.p.safe(err), d.variable(d.addressSetting()))
}

// issuerDifference explains the usual slips. Issuers are compared byte by byte, as every token repeats them.
func issuerDifference(configured, found string) string {
	c, errC := url.Parse(configured)
	f, errF := url.Parse(found)
	said := fmt.Sprintf("the provider calls itself %q, the configuration %q", found, configured)
	switch {
	case strings.TrimSuffix(configured, "/") == strings.TrimSuffix(found, "/"):
		return said + ": they differ by the slash at the end, which counts"
	case errC != nil || errF != nil:
	case c.Scheme != f.Scheme && c.Host == f.Host && c.Path == f.Path:
		return said + ": they differ by http and https; a provider behind a proxy may have to be told that it is reached by https"
	case strings.EqualFold(configured, found):
		return said + ": they differ by capital letters, which count"
	case c.Host != f.Host:
		return said + ": they differ by the host; use the address by which the provider knows itself"
	}
	return said + ": they have to be the same, letter by letter"
}

func (d *doctor) keys(ctx context.Context, found *discovered) {
	content, err := d.p.getJSON(ctx, found.KeysURL, "")
	if err == nil {
		var set claims
		if set, err = parseClaims(content); err == nil {
			if keys, ok := set["keys"].([]any); !ok || len(keys) == 0 {
				err = errors.New("it holds no keys")
			}
		}
	}
	if err != nil {
		d.say(Wrong, "keys: %s cannot be used: %v. Without them no ID token can be verified; tell who runs the provider", found.KeysURL, d.p.safe(err))
		return
	}
	d.say(OK, "keys: read; ID tokens may be signed by %s", strings.Join(found.algorithms(), ", "))
}

func (d *doctor) pkce(m metadata) {
	switch {
	case slices.Contains(m.ChallengeMethods, "S256"):
		d.say(OK, "PKCE: S256 is supported")
	case len(m.ChallengeMethods) == 0:
		d.say(OK, "PKCE: S256 is sent; the provider does not say whether it checks it")
	default:
		d.say(Warning, "PKCE: the provider offers %s, but not S256, which Ackify sends; look for a setting of that name there", strings.Join(m.ChallengeMethods, ", "))
	}
}

func (d *doctor) scopes(found *discovered) {
	var unknown []string
	for _, scope := range found.oauth.Scopes {
		if len(found.Scopes) > 0 && !slices.Contains(found.Scopes, scope) {
			unknown = append(unknown, scope)
		}
	}
	if len(unknown) > 0 {
		d.say(Warning, "scopes: the provider does not list %s; if log-in is refused, set %s", strings.Join(unknown, ", "), d.variable("SCOPES"))
	} else {
		d.say(OK, "scopes: %s", strings.Join(found.oauth.Scopes, " "))
	}
	granted := len(found.GrantTypes) == 0 || slices.Contains(found.GrantTypes, "refresh_token")
	switch offline := slices.Contains(found.oauth.Scopes, scopeOffline); {
	case d.p.cfg.Kind == config.KindGoogle && (d.p.cfg.Prompt == "" || strings.Contains(d.p.cfg.Prompt, "consent")),
		offline && granted, d.p.cfg.Kind == config.KindGitLab && granted:
		d.say(OK, "refresh tokens: asked for; who is disabled at the provider is out within 15 minutes")
	case d.p.cfg.Kind == config.KindGoogle:
		d.noRefresh("remove %s: Google gives one at each log-in only with consent", d.variable("PROMPT"))
	case !granted:
		d.noRefresh("allow the grant refresh_token there if you can")
	case slices.Contains(found.Scopes, scopeOffline):
		d.noRefresh("add offline_access to %s", d.variable("SCOPES"))
	default:
		d.noRefresh("the provider has no scope offline_access; some give one nevertheless")
	}
}

// noRefresh says what it means that nobody can be asked whether somebody may still be here.
func (d *doctor) noRefresh(advice string, args ...any) {
	d.say(Warning, "refresh tokens: probably none, so that sessions end after %s, and who is disabled at the provider stays that long; %s",
		d.p.cfg.SessionMaxAge, fmt.Sprintf(advice, args...))
}

func (d *doctor) logout(m metadata) {
	if m.EndSessionEndpoint == "" {
		d.say(OK, "log-out: of Ackify only; the provider has no end_session_endpoint")
		return
	}
	d.say(OK, "log-out: at the provider, too; if it asks for post-logout addresses, register Ackify's base URL")
}

// plainOAuth2 can try less: such a provider describes itself nowhere.
func (d *doctor) plainOAuth2(ctx context.Context) {
	for _, address := range []struct{ what, suffix, url string }{
		{"userinfo", "USERINFO_URL", d.p.cfg.UserinfoURL}, {"addresses", "EMAILS_URL", d.p.cfg.EmailsURL},
	} {
		if address.url != "" {
			d.protected(ctx, address.what, address.suffix, address.url)
		}
	}
	d.say(OK, "PKCE: S256 is sent; plain OAuth2 does not say whether it is checked")
	if len(d.p.plain.Scopes) > 0 {
		d.say(OK, "scopes: %s", strings.Join(d.p.plain.Scopes, " "))
	}
	if d.p.cfg.Kind == config.KindGitHub {
		d.noRefresh("a GitHub App with expiring user tokens has them, an OAuth App does not")
	} else {
		d.say(OK, "refresh tokens: used if the provider gives them; else sessions end after %s", d.p.cfg.SessionMaxAge)
	}
	d.credentials(ctx, d.p.plain, nil)
}

// protected asks an address with a token that nobody gave out: a refusal is the right answer.
func (d *doctor) protected(ctx context.Context, what, suffix, address string) {
	_, err := d.p.getJSON(ctx, address, "made-up")
	var said *answerError
	switch {
	case err != nil && unreachable(err):
		d.say(Wrong, "%s: %s: %s", what, withoutQuery(address), d.reason(err))
	case errors.As(err, &said) && said.status == http.StatusNotFound:
		d.say(Wrong, "%s: %v. Compare %s with the provider's documentation", what, said, d.variable(suffix))
	default:
		d.say(OK, "%s: %s answers", what, withoutQuery(address))
	}
}

// reason is an error in plain words where there are some.
func (d *doctor) reason(err error) string {
	if words := inPlainWords(err); words != "" {
		return words
	}
	return d.p.safe(err).Error()
}

// credentials redeems a code that nobody gave out: who is told that the code is wrong was let in as a client.
func (d *doctor) credentials(ctx context.Context, oauth *oauth2.Config, methods []string) {
	if len(methods) > 0 && d.p.cfg.ClientSecret != "" && !slices.Contains(methods, "client_secret_basic") && !slices.Contains(methods, "client_secret_post") {
		d.say(Wrong, "client: the provider wants %s, and Ackify has a secret only; allow client_secret_basic or client_secret_post there", strings.Join(methods, " or "))
		return
	}
	ctx, cancel := d.p.step(ctx)
	defer cancel()
	_, err := oauth.Exchange(ctx, madeUpCode, oauth2.VerifierOption(strings.Repeat("A", 43)), oauth2.SetAuthURLParam("redirect_uri", d.callback))
	if err == nil {
		d.say(Wrong, "client: the provider took a made-up code; it must not be used")
		return
	}
	err = d.p.safe(err)
	var said *refusal
	if !errors.As(err, &said) {
		level := Warning
		if errors.Is(err, errUnreachable) {
			level = Wrong
		}
		d.say(level, "client: could not be tried: %v", err)
		return
	}
	switch said.code {
	case "invalid_grant", "bad_verification_code":
		d.say(OK, "client: accepted; a made-up code was refused, as it should be")
	case "invalid_client", "incorrect_client_credentials":
		d.say(Wrong, "client: id or secret is wrong: %v. Compare %s and %s with the provider's page", said, d.variable("CLIENT_ID"), d.variable("CLIENT_SECRET"))
	case "unauthorized_client", "unsupported_grant_type":
		d.say(Wrong, "client: it may not log people in: %v. Allow the authorization code flow for it there", said)
	case "redirect_uri_mismatch", "invalid_redirect_uri":
		d.say(Wrong, "client: the callback is not registered: %v. Register %s", said, d.callback)
	default:
		d.say(Warning, "client: could not be told: %v", said)
	}
}

func (d *doctor) clock(ahead time.Duration, known bool) {
	switch {
	case !known: // never reached
	case ahead.Abs() > maxClockDifference:
		d.say(Warning, "clock: the provider's is %s from this machine's; tokens may count as expired. Set the clock of whichever is wrong (NTP)", ahead.Abs().Round(time.Second))
	default:
		d.say(OK, "clock: the same as the provider's")
	}
}

func (d *doctor) baseURL(base *url.URL) {
	ip := net.ParseIP(base.Hostname())
	local := base.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	d.say(OK, "callback: register %s at the provider, exactly so", d.callback)
	switch {
	case base.Scheme == "https":
		d.say(OK, "base URL: https")
	case local:
		d.say(OK, "base URL: http on this machine, good for trying only")
	default:
		d.say(Warning, "base URL: %s is not https; most providers refuse such a callback, and codes travel readable. Set ACKIFY_BASE_URL to the https address", base)
	}
}
