package oidc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

func TestLogInWithOpenIDConnect(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.provider(t, f.config(config.KindOIDC), nil)
	got, err := f.logIn(t, p)
	if err != nil {
		t.Fatal(err)
	}
	want := signin.Assertion{
		Issuer: f.issuer(), Subject: "person-1", Email: "ada@example.com", EmailVerified: true, Name: "Ada Lovelace", Locale: "fr-FR",
		RefreshToken: refreshToken, IDToken: got.IDToken, ExpiresAt: f.now.Add(5 * time.Minute),
	}
	if got != want || got.IDToken == "" {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if f.counts["/userinfo"] != 0 {
		t.Error("userinfo was asked for what the ID token says")
	}
}

func TestWhereTheBrowserGoes(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	common := map[string]string{
		"client_id": clientID, "response_type": "code", "state": strings.Repeat("s", 43), "redirect_uri": attempt().RedirectURI,
		"code_challenge_method": "S256", "response_mode": "",
	}
	for name, c := range map[string]struct {
		kind   string
		change func(*config.ProviderConfig)
		want   map[string]string
	}{
		"openid connect": {config.KindOIDC, nil, map[string]string{
			"scope": "openid email profile offline_access", "nonce": strings.Repeat("n", 43), "ui_locales": "fr", "prompt": "", "access_type": "",
		}},
		"scopes and prompt of the operator": {config.KindOIDC, func(c *config.ProviderConfig) { c.Scopes, c.Prompt = []string{"openid", "groups"}, "login" }, map[string]string{
			"scope": "openid groups", "prompt": "login",
		}},
		"google": {config.KindGoogle, nil, map[string]string{"scope": "openid email profile", "access_type": "offline", "prompt": "consent", "hd": ""}},
		"google, one domain": {config.KindGoogle, func(c *config.ProviderConfig) { c.AllowedDomains = []string{"example.com"} },
			map[string]string{"hd": "example.com"}},
		"google, two domains": {config.KindGoogle, func(c *config.ProviderConfig) { c.AllowedDomains = []string{"example.com", "example.org"} },
			map[string]string{"hd": ""}},
		"github": {config.KindGitHub, nil, map[string]string{"scope": "read:user user:email", "nonce": "", "ui_locales": ""}},
		"oauth2": {config.KindOAuth2, func(c *config.ProviderConfig) { c.Scopes = []string{"identify", "email"} }, map[string]string{"scope": "identify email"}},
	} {
		cfg := f.config(c.kind)
		if c.change != nil {
			c.change(&cfg)
		}
		address, err := f.provider(t, cfg, nil).AuthURL(t.Context(), attempt())
		if err != nil {
			t.Fatal(err)
		}
		query := f.visit(t, address)
		for _, wants := range []map[string]string{common, c.want} {
			for key, want := range wants {
				if query.Get(key) != want {
					t.Errorf("%s: %s is %q, want %q", name, key, query.Get(key), want)
				}
			}
		}
		if query.Get("code_challenge") == "" || strings.Contains(address, attempt().Verifier) {
			t.Errorf("%s: PKCE in %s", name, address)
		}
	}
}

func TestIDTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	none := func(content map[string]any) string {
		payload, _ := json.Marshal(content)
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
	}
	for name, c := range map[string]struct {
		claims  map[string]any
		change  func(*fake)
		attempt func(*signin.Attempt)
		says    string
	}{
		"wrong nonce":         {claims: map[string]any{"nonce": "another"}, says: "nonce"},
		"no nonce":            {claims: map[string]any{"nonce": nil}, says: "nonce"},
		"an attempt without":  {claims: map[string]any{"nonce": nil}, attempt: func(a *signin.Attempt) { a.Nonce = "" }, says: "nonce"},
		"expired":             {claims: map[string]any{"exp": int64(1_700_000_000)}, says: "expired"},
		"not yet valid":       {claims: map[string]any{"nbf": int64(1_900_000_000)}, says: "nbf"},
		"from the future":     {claims: map[string]any{"iat": int64(1_900_000_000), "exp": int64(1_900_000_300)}, says: "future"},
		"foreign issuer":      {claims: map[string]any{"iss": "https://evil.example"}, says: "different provider"},
		"foreign audience":    {claims: map[string]any{"aud": "another"}, says: "audience"},
		"no audience":         {claims: map[string]any{"aud": nil}, says: "audience"},
		"two, no azp":         {claims: map[string]any{"aud": []string{clientID, "another"}}, says: "azp"},
		"azp of another":      {claims: map[string]any{"azp": "another"}, says: "azp"},
		"nobody":              {claims: map[string]any{"sub": nil}, says: "nobody"},
		"a subject too long":  {claims: map[string]any{"sub": strings.Repeat("x", 256)}, says: "nobody"},
		"alg none":            {change: func(f *fake) { f.idToken = none }, says: "algorithm"},
		"no token":            {change: func(f *fake) { f.idToken = func(map[string]any) string { return "" } }, says: "no ID token"},
		"no JWT":              {change: func(f *fake) { f.idToken = func(map[string]any) string { return "nonsense" } }, says: "malformed"},
		"callback of another": {attempt: func(a *signin.Attempt) { a.Issuer = "https://evil.example" }, says: "iss"},
		"callback without iss": {
			change: func(f *fake) { f.metadata["authorization_response_iss_parameter_supported"] = true }, says: "lacks the parameter iss",
		},
		"HS256 with the public key": {change: func(f *fake) {
			f.idToken = func(content map[string]any) string {
				return sign(f.t, jose.HS256, publicBytes(f.t, f.key.private.Public()), "k1", content)
			}
		}, says: "algorithm"},
		"an algorithm that is not offered": {change: func(f *fake) {
			f.metadata["id_token_signing_alg_values_supported"] = []string{"RS256"}
		}, says: "algorithm"},
		"unknown key":                  {change: func(f *fake) { f.keys = []key{newKey(f.t, "k2")} }, says: "verify"},
		"another key of the same name": {change: func(f *fake) { f.keys = []key{newKey(f.t, "k1")} }, says: "verify"},
		"userinfo about another":       {claims: map[string]any{"email": nil}, change: func(f *fake) { f.userinfo["sub"] = "person-2" }, says: "somebody else"},
		"userinfo about nobody":        {claims: map[string]any{"name": nil}, change: func(f *fake) { delete(f.userinfo, "sub") }, says: "somebody else"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.claims = c.claims
			if c.change != nil {
				c.change(f)
			}
			var changes []func(*signin.Attempt)
			if c.attempt != nil {
				changes = append(changes, c.attempt)
			}
			got, err := f.logIn(t, f.provider(t, f.config(config.KindOIDC), nil), changes...)
			if !errors.Is(err, signin.ErrProviderAnswer) || got != (signin.Assertion{}) {
				t.Fatalf("%+v, %v", got, err)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q is not said: %v", c.says, err)
			}
			noSecrets(t, err.Error())
		})
	}
}

func TestIDTokensThatAreAccepted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims  map[string]any
		change  func(*fake)
		attempt func(*signin.Attempt)
	}{
		"two audiences with azp": {claims: map[string]any{"aud": []string{clientID, "another"}, "azp": clientID}},
		"the right iss": {
			change:  func(f *fake) { f.metadata["authorization_response_iss_parameter_supported"] = true },
			attempt: func(a *signin.Attempt) { a.Issuer = "" },
		},
		"a secret in the form": {change: func(f *fake) { f.metadata["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"} }},
		"a header or a form":   {change: func(f *fake) { f.metadata["token_endpoint_auth_methods_supported"] = nil }},
	} {
		f := newFake(t)
		f.claims = c.claims
		if c.change != nil {
			c.change(f)
		}
		if _, err := f.logIn(t, f.provider(t, f.config(config.KindOIDC), nil), func(a *signin.Attempt) { a.Issuer = f.issuer() }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysAreRotatedAtTheProvider(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.provider(t, f.config(config.KindOIDC), nil)
	if _, err := f.logIn(t, p); err != nil {
		t.Fatal(err)
	}
	next := newKey(t, "k2")
	f.mu.Lock()
	f.key, f.keys = next, []key{next}
	f.mu.Unlock()
	if _, err := f.logIn(t, p); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
}

func TestACodeWorksOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.provider(t, f.config(config.KindOIDC), nil)
	if _, err := f.logIn(t, p); err != nil {
		t.Fatal(err)
	}
	_, err := p.Exchange(t.Context(), attempt(), goodCode)
	if !errors.Is(err, signin.ErrProviderRefused) || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("%v", err)
	}
	noSecrets(t, err.Error())
}

func TestVerifiedEmails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims, userinfo map[string]any
		email            string
		verified         bool
	}{
		"true":                                {map[string]any{}, nil, "ada@example.com", true},
		"the word true":                       {map[string]any{"email_verified": "true"}, nil, "ada@example.com", true},
		"false":                               {map[string]any{"email_verified": false}, nil, "ada@example.com", false},
		"the word false":                      {map[string]any{"email_verified": "false"}, nil, "ada@example.com", false},
		"false, userinfo is asked":            {map[string]any{"email_verified": false, "name": nil}, nil, "ada@example.com", false},
		"a number":                            {map[string]any{"email_verified": 1}, nil, "ada@example.com", false},
		"nobody says":                         {map[string]any{"email_verified": nil}, map[string]any{"email_verified": nil}, "ada@example.com", false},
		"userinfo says":                       {map[string]any{"email_verified": nil}, nil, "ada@example.com", true},
		"userinfo says it of another address": {map[string]any{"email_verified": nil}, map[string]any{"email": "eve@example.com"}, "ada@example.com", false},
		"from userinfo":                       {map[string]any{"email": nil, "email_verified": nil}, map[string]any{"email_verified": "true"}, "ada@example.com", true},
		"from userinfo, unverified":           {map[string]any{"email": nil}, map[string]any{"email_verified": nil}, "ada@example.com", false},
		"none":                                {map[string]any{"email": nil}, map[string]any{"email": nil}, "", false},
	} {
		f := newFake(t)
		f.claims = c.claims
		override(f.userinfo, c.userinfo)
		got, err := f.logIn(t, f.provider(t, f.config(config.KindOIDC), nil))
		if wantVerified := c.verified; err != nil || got.Email != c.email || c.email != "" && got.EmailVerified != wantVerified {
			t.Errorf("%s: %q, %t, %v", name, got.Email, got.EmailVerified, err)
		}
	}
}

func TestNamesOfUserinfo(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.claims = map[string]any{"name": nil, "locale": nil}
	f.userinfo = map[string]any{"sub": "person-1", "given_name": "Ada", "family_name": "Lovelace\u0000", "locale": "not a language"}
	got, err := f.logIn(t, f.provider(t, f.config(config.KindOIDC), nil))
	if err != nil || got.Name != "Ada Lovelace" || got.Locale != "" || !got.EmailVerified {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLogOutAtTheProvider(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	got := f.provider(t, f.config(config.KindOIDC), nil).LogoutURL(t.Context(), "the.id.token", "https://sign.example.com/")
	query := f.visit(t, got)
	if !strings.HasPrefix(got, f.URL+"/logout?") || query.Get("id_token_hint") != "the.id.token" || query.Get("client_id") != clientID ||
		query.Get("post_logout_redirect_uri") != "https://sign.example.com/" {
		t.Errorf("%s", got)
	}
	f.metadata["end_session_endpoint"] = nil
	if got := f.provider(t, f.config(config.KindOIDC), nil).LogoutURL(t.Context(), "x", "https://x/"); got != "" {
		t.Errorf("without an endpoint: %s", got)
	}
	if got := f.provider(t, f.config(config.KindGitHub), nil).LogoutURL(t.Context(), "", "https://x/"); got != "" {
		t.Errorf("plain OAuth2: %s", got)
	}
	f.Close()
	if got := f.provider(t, f.config(config.KindOIDC), nil).LogoutURL(t.Context(), "x", "https://x/"); got != "" {
		t.Errorf("while it is down: %s", got)
	}
}

// A provider on TLS must not lead to plain HTTP.
func TestNoRedirectToPlainHTTP(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	tls := httptest.NewTLSServer(http.RedirectHandler(f.URL+"/realm/.well-known/openid-configuration", http.StatusFound))
	t.Cleanup(tls.Close)
	cfg := f.config(config.KindOIDC)
	cfg.Issuer = tls.URL
	if _, err := f.provider(t, cfg, tls.Client()).AuthURL(t.Context(), attempt()); !errors.Is(err, signin.ErrProviderUnavailable) || !strings.Contains(err.Error(), errDowngrade.Error()) {
		t.Errorf("%v", err)
	}
	f.metadata["issuer"], f.metadata["token_endpoint"] = tls.URL, f.URL+"/token"
	m := metadata{Issuer: tls.URL, AuthorizationEndpoint: tls.URL, TokenEndpoint: f.URL, KeysURL: tls.URL}
	if err := m.check(tls.URL); err == nil {
		t.Error("a token endpoint without TLS is accepted")
	}
}
