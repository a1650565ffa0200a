package oidc

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// diagnosis is what the doctor prints, a line for each finding.
func diagnosis(t testing.TB, f *fake, cfg config.ProviderConfig, base string, client *http.Client) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, found := range Diagnose(t.Context(), cfg, u, client, f.clock) {
		lines = append(lines, string(found.Level)+" "+found.Text)
	}
	text := strings.Join(lines, "\n")
	noSecrets(t, strings.ReplaceAll(text, "\n", " "))
	return text
}

const goodBase = "https://sign.example.com"

// working is a fake in which the doctor finds nothing.
func working(t testing.TB) *fake {
	t.Helper()
	f := newFake(t)
	f.now = time.Now() // what the fake's Date header says
	return f
}

func TestTheDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{config.KindOIDC, config.KindGoogle, config.KindGitLab, config.KindOAuth2} {
		f := working(t)
		cfg := f.config(kind)
		cfg.AllowedDomains = []string{"example.com"}
		if kind == config.KindGoogle {
			f.metadata["scopes_supported"] = []string{"openid", "email", "profile"}
		}
		got := diagnosis(t, f, cfg, goodBase, nil)
		for line := range strings.Lines(got) {
			if !strings.HasPrefix(line, "ok ") {
				t.Errorf("%s: %s", kind, line)
			}
		}
		for _, want := range []string{"register https://sign.example.com/api/v1/auth/callback/fake at", "client: accepted", "PKCE: S256", "clock: the same", "verified address in example.com"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not said:\n%s", kind, want, got)
			}
		}
	}
	f, cfg := microsoft(t, "contoso.example")
	f.now = time.Now()
	if got := diagnosis(t, f, cfg, goodBase, nil); strings.Contains(got, "wrong") || !strings.Contains(got, tenantID) {
		t.Errorf("microsoft:\n%s", got)
	}
}

func refuse(code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": "because"})
	}
}

func TestTheDoctorExplains(t *testing.T) {
	t.Parallel()
	const path = "/realm/.well-known/openid-configuration"
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", status) }
	}
	for name, c := range map[string]struct {
		kind   string
		change func(*fake, *config.ProviderConfig)
		base   string
		want   string
	}{
		"a slash too much": {change: func(_ *fake, c *config.ProviderConfig) { c.Issuer += "/" }, want: "wrong discovery: * differ by the slash at the end* Set ACKIFY_OIDC_FAKE_ISSUER=http://*"},
		"http for https": {change: func(f *fake, _ *config.ProviderConfig) {
			f.metadata["issuer"] = "https" + strings.TrimPrefix(f.issuer(), "http")
		}, want: "wrong discovery: * differ by http and https*"},
		"capital letters":  {change: func(f *fake, _ *config.ProviderConfig) { f.metadata["issuer"] = f.URL + "/Realm" }, want: "wrong discovery: * capital letters*"},
		"another host":     {change: func(f *fake, _ *config.ProviderConfig) { f.metadata["issuer"] = "https://inside.example/realm" }, want: "wrong discovery: * by the host*"},
		"another path":     {change: func(f *fake, _ *config.ProviderConfig) { f.metadata["issuer"] = f.URL + "/other" }, want: "wrong discovery: * letter by letter*"},
		"no document":      {change: func(f *fake, _ *config.ProviderConfig) { f.handlers[path] = status(404) }, want: "wrong discovery: there is no document at */.well-known/openid-configuration*404*"},
		"no JSON":          {change: func(f *fake, _ *config.ProviderConfig) { f.handlers[path] = faults(f.t)["html"] }, want: "wrong discovery: there is no document*"},
		"500":              {change: func(f *fake, _ *config.ProviderConfig) { f.handlers[path] = status(500) }, want: "wrong discovery: *answered 500 Internal Server Error*"},
		"a redirect loop":  {change: func(f *fake, _ *config.ProviderConfig) { f.handlers[path] = faults(f.t)["loop"] }, want: "wrong discovery: *redirects*"},
		"down":             {change: func(f *fake, _ *config.ProviderConfig) { f.Close() }, want: "wrong discovery: *nothing listens there*"},
		"plain HTTP there": {change: func(_ *fake, c *config.ProviderConfig) { c.Issuer = "https" + strings.TrimPrefix(c.Issuer, "http") }, want: "wrong discovery: *does not speak TLS*"},
		"no token endpoint": {change: func(f *fake, _ *config.ProviderConfig) { f.metadata["token_endpoint"] = nil },
			want: "wrong discovery: the discovery document has no token_endpoint*"},
		"shared secrets only": {change: func(f *fake, _ *config.ProviderConfig) {
			f.metadata["id_token_signing_alg_values_supported"] = []string{"HS256"}
		}, want: "wrong discovery: *no algorithm with a public key*"},
		"another tenant": {kind: config.KindMicrosoft, want: "wrong discovery: *is no tenant of*ACKIFY_OIDC_FAKE_TENANT*"},
		"no keys":        {change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/keys"] = status(404) }, want: "wrong keys: *404*"},
		"an empty set":   {change: func(f *fake, _ *config.ProviderConfig) { f.keys = nil }, want: "wrong keys: *holds no keys*"},
		"plain PKCE": {change: func(f *fake, _ *config.ProviderConfig) {
			f.metadata["code_challenge_methods_supported"] = []string{"plain"}
		}, want: "warning PKCE: *"},
		"PKCE unknown":  {change: func(f *fake, _ *config.ProviderConfig) { f.metadata["code_challenge_methods_supported"] = nil }, want: "ok PKCE: *does not say*"},
		"unknown scope": {change: func(_ *fake, c *config.ProviderConfig) { c.Scopes = []string{"openid", "groups"} }, want: "warning scopes: *groups*ACKIFY_OIDC_FAKE_SCOPES"},
		"no refresh tokens": {change: func(f *fake, _ *config.ProviderConfig) {
			f.metadata["scopes_supported"] = []string{"openid", "email", "profile"}
		},
			want: "warning refresh tokens: *end after 12h0m0s*"},
		"no offline_access": {change: func(_ *fake, c *config.ProviderConfig) { c.Scopes = []string{"openid"} }, want: "warning refresh tokens: *add offline_access*"},
		"no such grant": {change: func(f *fake, _ *config.ProviderConfig) {
			f.metadata["grant_types_supported"] = []string{"authorization_code"}
		}, want: "warning refresh tokens: *allow the grant*"},
		"google, no consent": {kind: config.KindGoogle, change: func(_ *fake, c *config.ProviderConfig) { c.Prompt = "select_account" }, want: "warning refresh tokens: *ACKIFY_OIDC_FAKE_PROMPT*"},
		"no log-out there":   {change: func(f *fake, _ *config.ProviderConfig) { f.metadata["end_session_endpoint"] = nil }, want: "ok log-out: of Ackify only*"},
		"a clock":            {change: func(f *fake, _ *config.ProviderConfig) { f.now = f.now.Add(10 * time.Minute) }, want: "warning clock: the provider's is 10m*"},
		"a wrong secret":     {change: func(_ *fake, c *config.ProviderConfig) { c.ClientSecret = "wrong" }, want: "wrong client: id or secret is wrong*ACKIFY_OIDC_FAKE_CLIENT_SECRET*"},
		"a wrong secret, GitHub": {kind: config.KindGitHub, change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/token"] = refuse("incorrect_client_credentials") },
			want: "wrong client: id or secret is wrong*"},
		"a grant not allowed": {change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/token"] = refuse("unauthorized_client") }, want: "wrong client: it may not*"},
		"another callback":    {change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/token"] = refuse("redirect_uri_mismatch") }, want: "wrong client: the callback*Register https://sign.example.com/api/v1/auth/callback/fake"},
		"something else":      {change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/token"] = refuse("invalid_request") }, want: "warning client: could not be told*"},
		"a broken endpoint":   {change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/token"] = status(502) }, want: "wrong client: could not be tried*502*"},
		"no JSON from it":     {change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/token"] = faults(f.t)["html"] }, want: "warning client: could not be tried*"},
		"keys for clients": {change: func(f *fake, _ *config.ProviderConfig) {
			f.metadata["token_endpoint_auth_methods_supported"] = []string{"private_key_jwt"}
		}, want: "wrong client: *private_key_jwt*"},
		"userinfo broken":      {kind: config.KindOAuth2, change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/userinfo"] = status(503) }, want: "wrong userinfo: *503*"},
		"no such userinfo":     {kind: config.KindOAuth2, change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/userinfo"] = status(404) }, want: "wrong userinfo: *404*ACKIFY_OIDC_FAKE_USERINFO_URL*"},
		"no list of addresses": {kind: config.KindGitHub, change: func(f *fake, _ *config.ProviderConfig) { f.handlers["/emails"] = status(404) }, want: "wrong addresses: *404*ACKIFY_OIDC_FAKE_EMAILS_URL*"},
		"GitHub's tokens":      {kind: config.KindGitHub, want: "warning refresh tokens: *GitHub App*"},
		"http":                 {base: "http://sign.example.com", want: "warning base URL: *"},
		"http, here":           {base: "http://localhost:8080", want: "ok base URL: *trying*"},
		"nobody trusted":       {want: "warning who: *ACKIFY_OIDC_FAKE_TRUST_EMAIL=true*"},
		"public, nobody":       {change: func(_ *fake, c *config.ProviderConfig) { c.Public = true }, want: "warning who: *open to all*"},
		"public and trusted":   {change: func(_ *fake, c *config.ProviderConfig) { c.Public, c.TrustEmail, c.Label = true, true, "Google" }, want: "ok who: anyone with a Google account whose address is known, invited or expected here can log in"},
		"trusted":              {change: func(_ *fake, c *config.ProviderConfig) { c.TrustEmail = true }, want: "ok who: anyone with an account at Fake can log in*"},
		"a kind that is none":  {kind: "saml", want: `wrong provider fake: "saml" is not a kind of provider`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := working(t)
			if c.kind == "" {
				c.kind = config.KindOIDC
			}
			if c.base == "" {
				c.base = goodBase
			}
			cfg := f.config(c.kind)
			if c.change != nil {
				c.change(f, &cfg)
			}
			got := diagnosis(t, f, cfg, c.base, nil)
			for line := range strings.Lines(got) {
				if like(strings.TrimSpace(line), c.want) {
					return
				}
			}
			t.Errorf("no line is like %q:\n%s", c.want, got)
		})
	}
}

// like compares with a pattern in which * stands for anything.
func like(s, pattern string) bool {
	parts := strings.Split(pattern, "*")
	s, ok := strings.CutPrefix(s, parts[0])
	for _, part := range parts[1:] {
		at := strings.Index(s, part)
		if !ok || at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return ok && (s == "" || parts[len(parts)-1] == "")
}

func TestTheDoctorOnCertificates(t *testing.T) {
	t.Parallel()
	f := working(t)
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail, as they should
	server.StartTLS()
	t.Cleanup(server.Close)
	trusting := func() *tls.Config { return server.Client().Transport.(*http.Transport).TLSClientConfig.Clone() }
	named, late := trusting(), trusting()
	named.ServerName = "another.example"
	late.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) }
	cfg := f.config(config.KindOIDC)
	cfg.Issuer = server.URL + "/realm"
	for want, client := range map[string]*http.Client{
		"its certificate is from an authority that this machine does not know": nil,
		"its certificate is for another name":                                  {Transport: &http.Transport{TLSClientConfig: named}},
		"its certificate has expired":                                          {Transport: &http.Transport{TLSClientConfig: late}},
	} {
		if got := diagnosis(t, f, cfg, goodBase, client); !strings.Contains(got, "wrong discovery: "+cfg.Issuer+": "+want) {
			t.Errorf("%q is not said:\n%s", want, got)
		}
	}
}

func TestTheDoctorWaitsNotForEver(t *testing.T) {
	t.Parallel()
	f := working(t)
	f.handlers["/realm/.well-known/openid-configuration"] = faults(t)["slow"]
	if got := diagnosis(t, f, f.config(config.KindOIDC), goodBase, clientFor("slow")); !strings.Contains(got, "it does not answer within 5 seconds") {
		t.Error(got)
	}
}

func TestTheDoctorOnAnUnknownName(t *testing.T) {
	t.Parallel()
	f := working(t)
	resolve := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "nowhere.example", IsNotFound: true}}
	}
	cfg := f.config(config.KindOIDC)
	cfg.Issuer = "https://nowhere.example"
	if got := diagnosis(t, f, cfg, goodBase, &http.Client{Transport: &http.Transport{DialContext: resolve}}); !strings.Contains(got, "the name nowhere.example cannot be resolved") {
		t.Error(got)
	}
}
