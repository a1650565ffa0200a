package oidc

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

const (
	clientID     = "ackify-client"
	clientSecret = "s3cr3t+of/the&client"
	goodCode     = "the-good-code-0123456789"
	accessToken  = "access-token-abcdefghij"
	refreshToken = "refresh-token-klmnopqrst"
	rotatedToken = "refresh-token-rotated-uvw"
)

// key is one of a provider's signing keys.
type key struct {
	id      string
	private *ecdsa.PrivateKey
}

func newKey(t testing.TB, id string) key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key{id, private}
}

func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: "ES256", Use: "sig"}
}

// sign makes a JWT, by the key or by whatever is given instead.
func sign(t testing.TB, algorithm jose.SignatureAlgorithm, by any, keyID string, content map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: by, KeyID: keyID}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// fake is a provider. Its fields are what a test changes, before it uses it.
type fake struct {
	*httptest.Server
	t   testing.TB
	now time.Time

	mu       sync.Mutex
	key      key            // signs
	keys     []key          // published
	metadata map[string]any // overrides; nil values are left out
	claims   map[string]any // of the ID token, overrides; nil values are left out
	idToken  func(content map[string]any) string
	userinfo map[string]any
	emails   any
	handlers map[string]http.HandlerFunc // instead of ours, by path
	nonce    string                      // of the last authorization
	counts   map[string]int
	forms    map[string]url.Values // last form, by path
	rotate   bool
	noToken  bool // no refresh token
}

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{
		t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), key: newKey(t, "k1"), metadata: map[string]any{}, claims: map[string]any{},
		handlers: map[string]http.HandlerFunc{}, counts: map[string]int{}, forms: map[string]url.Values{}, rotate: true,
		userinfo: map[string]any{"sub": "person-1", "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace"},
	}
	f.keys = []key{f.key}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) clock() time.Time { return f.now }

// issuer is a realm on the server, so that a path is in it.
func (f *fake) issuer() string { return f.URL + "/realm" }

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[r.URL.Path]++
	if err := r.ParseForm(); err == nil {
		f.forms[r.URL.Path] = r.PostForm
	}
	if h := f.handlers[r.URL.Path]; h != nil {
		h(w, r)
		return
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		f.discovery(w)
	case r.URL.Path == "/keys":
		var set jose.JSONWebKeySet
		for _, k := range f.keys {
			set.Keys = append(set.Keys, k.public())
		}
		answer(w, http.StatusOK, set)
	case r.URL.Path == "/token":
		f.token(w, r)
	case r.Header.Get("Authorization") != "Bearer "+accessToken:
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
	case r.URL.Path == "/userinfo":
		answer(w, http.StatusOK, f.userinfo)
	case r.URL.Path == "/emails":
		answer(w, http.StatusOK, f.emails)
	default:
		http.NotFound(w, r)
	}
}

func (f *fake) discovery(w http.ResponseWriter) {
	m := map[string]any{
		"issuer": f.issuer(), "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
		"userinfo_endpoint": f.URL + "/userinfo", "end_session_endpoint": f.URL + "/logout", "scopes_supported": []string{"openid", "email", "profile", "offline_access"},
		"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
	}
	override(m, f.metadata)
	answer(w, http.StatusOK, m)
}

func override(m, by map[string]any) {
	maps.Copy(m, by)
	maps.DeleteFunc(m, func(_ string, value any) bool { return value == nil })
}

// token is a strict token endpoint: it checks client, code, redirect_uri and PKCE.
func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if basic {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id != clientID || secret != clientSecret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "bad secret " + secret})
		return
	}
	tokens := map[string]any{"access_token": accessToken, "token_type": "Bearer", "expires_in": 300}
	if r.PostForm.Get("grant_type") == "refresh_token" {
		if r.PostForm.Get("refresh_token") != refreshToken {
			answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "unknown " + r.PostForm.Get("refresh_token")})
			return
		}
		if f.rotate {
			tokens["refresh_token"] = rotatedToken
		}
		answer(w, http.StatusOK, tokens)
		return
	}
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if r.PostForm.Get("code") != goodCode || base64.RawURLEncoding.EncodeToString(challenge[:]) != f.forms["/authorize"].Get("code_challenge") ||
		r.PostForm.Get("redirect_uri") != f.forms["/authorize"].Get("redirect_uri") {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "the code " + r.PostForm.Get("code") + " was\nused or never given"})
		return
	}
	f.forms["/authorize"] = nil // a code works once
	if !f.noToken {
		tokens["refresh_token"] = refreshToken
	}
	content := map[string]any{
		"iss": f.issuer(), "sub": "person-1", "aud": clientID, "exp": f.now.Add(5 * time.Minute).Unix(), "iat": f.now.Unix(), "nonce": f.nonce,
		"email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace", "locale": "fr_FR",
	}
	override(content, f.claims)
	if f.idToken != nil {
		tokens["id_token"] = f.idToken(content)
	} else {
		tokens["id_token"] = sign(f.t, jose.ES256, f.key.private, f.key.id, content)
	}
	answer(w, http.StatusOK, tokens)
}

func answer(w http.ResponseWriter, status int, content any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(content)
}

// visit is the browser at the authorize address: it remembers what the token endpoint has to check.
func (f *fake) visit(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forms["/authorize"] = u.Query()
	f.nonce = u.Query().Get("nonce")
	return u.Query()
}

// config is a provider of a kind whose addresses are the fake's.
func (f *fake) config(kind string) config.ProviderConfig {
	cfg := config.ProviderConfig{Name: "fake", Kind: kind, Label: "Fake", ClientID: clientID, ClientSecret: clientSecret, SessionMaxAge: 12 * time.Hour}
	switch kind {
	case config.KindGitHub, config.KindOAuth2:
		cfg.AuthorizeURL, cfg.TokenURL, cfg.UserinfoURL = f.URL+"/authorize", f.URL+"/token", f.URL+"/userinfo"
		if kind == config.KindGitHub {
			cfg.EmailsURL = f.URL + "/emails"
		} else {
			cfg.EmailClaim, cfg.NameClaim, cfg.EmailVerifiedClaim = "email", "name", "email_verified"
		}
	default:
		cfg.Issuer = f.issuer()
	}
	return cfg
}

func (f *fake) provider(t testing.TB, cfg config.ProviderConfig, client *http.Client) *Provider {
	t.Helper()
	p, err := New(cfg, client, f.clock)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func attempt() signin.Attempt {
	return signin.Attempt{
		State: strings.Repeat("s", 43), Nonce: strings.Repeat("n", 43), Verifier: strings.Repeat("v", 43),
		RedirectURI: "https://sign.example.com/api/v1/auth/callback/fake", Locale: "fr",
	}
}

// logIn goes through a whole log-in.
func (f *fake) logIn(t testing.TB, p *Provider, change ...func(*signin.Attempt)) (signin.Assertion, error) {
	t.Helper()
	a := attempt()
	address, err := p.AuthURL(t.Context(), a)
	if err != nil {
		return signin.Assertion{}, err
	}
	f.visit(t, address)
	for _, c := range change {
		c(&a)
	}
	return p.Exchange(t.Context(), a, goodCode)
}

// noSecrets fails when a text holds what must not reach a log.
func noSecrets(t testing.TB, text string) {
	t.Helper()
	for _, secret := range []string{clientSecret, url.QueryEscape(clientSecret), goodCode, accessToken, refreshToken, rotatedToken, strings.Repeat("v", 43), "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret (%s) is in %q", secret, text)
		}
	}
	if strings.ContainsAny(text, "\r\n") {
		t.Errorf("more than one line: %q", text)
	}
}

func publicBytes(t testing.TB, k crypto.PublicKey) []byte {
	t.Helper()
	content, err := json.Marshal(jose.JSONWebKey{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(content)
}
