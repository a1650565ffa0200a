package oidc

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

const (
	tenantID      = "11111111-2222-3333-4444-555555555555"
	anotherTenant = "99999999-2222-3333-4444-555555555555"
)

// microsoft makes a fake of a tenant, configured by its id or a domain of it.
func microsoft(t testing.TB, tenant string) (*fake, config.ProviderConfig) {
	t.Helper()
	f := newFake(t)
	issuer := f.URL + "/" + tenantID + "/v2.0"
	f.metadata = map[string]any{"issuer": issuer, "scopes_supported": []string{"openid", "profile", "email", "offline_access"}}
	f.claims = map[string]any{
		"iss": issuer, "tid": tenantID, "email": "Ada@Contoso.example", "email_verified": nil, "preferred_username": "ada@contoso.example",
	}
	cfg := f.config(config.KindMicrosoft)
	cfg.Tenant, cfg.Issuer = tenant, f.URL+"/"+tenant+"/v2.0"
	return f, cfg
}

func TestLogInWithMicrosoft(t *testing.T) {
	t.Parallel()
	for _, tenant := range []string{tenantID, "contoso.example"} {
		f, cfg := microsoft(t, tenant)
		got, err := f.logIn(t, f.provider(t, cfg, nil))
		if err != nil {
			t.Fatalf("%s: %v", tenant, err)
		}
		if got.Issuer != f.URL+"/"+tenantID+"/v2.0" || got.Subject != "person-1" || !got.EmailVerified || got.RefreshToken == "" {
			t.Errorf("%s: %+v", tenant, got)
		}
		p := f.provider(t, cfg, nil)
		address, err := p.AuthURL(t.Context(), attempt())
		if scope := f.visit(t, address).Get("scope"); err != nil || scope != "openid email profile offline_access" {
			t.Errorf("%s: scope %q, %v", tenant, scope, err)
		}
		if refreshed, err := p.Refresh(t.Context(), refreshToken); err != nil || refreshed.RefreshToken != rotatedToken {
			t.Errorf("%s: %+v, %v", tenant, refreshed, err)
		}
	}
}

func TestOtherTenantsAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tenant string
		change func(*fake)
		want   error
	}{
		"a document of another tenant": {tenantID, func(f *fake) { f.metadata["issuer"] = f.URL + "/" + anotherTenant + "/v2.0" }, signin.ErrProviderUnavailable},
		"a document of all tenants":    {"contoso.example", func(f *fake) { f.metadata["issuer"] = f.URL + "/{tenantid}/v2.0" }, signin.ErrProviderUnavailable},
		"a document of another host":   {"contoso.example", func(f *fake) { f.metadata["issuer"] = "https://evil.example/" + tenantID + "/v2.0" }, signin.ErrProviderUnavailable},
		"a token of another tenant":    {"contoso.example", func(f *fake) { f.claims["tid"] = anotherTenant }, signin.ErrProviderAnswer},
		"an issuer of another tenant":  {"contoso.example", func(f *fake) { f.claims["iss"] = f.URL + "/" + anotherTenant + "/v2.0" }, signin.ErrProviderAnswer},
	} {
		f, cfg := microsoft(t, c.tenant)
		c.change(f)
		if _, err := f.logIn(t, f.provider(t, cfg, nil)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressesOfMicrosoft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		json     string
		email    string
		verified bool
	}{
		"the log-in name":           {`{"email": "Ada@contoso.example", "preferred_username": "ada@Contoso.example"}`, "Ada@contoso.example", true},
		"another in its domain":     {`{"email": "ada.l@contoso.example", "preferred_username": "ada@contoso.example"}`, "ada.l@contoso.example", true},
		"another domain":            {`{"email": "ceo@example.com", "preferred_username": "ada@contoso.example"}`, "ceo@example.com", false},
		"no log-in name":            {`{"email": "ada@contoso.example"}`, "ada@contoso.example", false},
		"edov true":                 {`{"email": "ceo@example.com", "preferred_username": "ada@contoso.example", "xms_edov": true}`, "ceo@example.com", true},
		`edov "1"`:                  {`{"email": "ceo@example.com", "xms_edov": "1"}`, "ceo@example.com", true},
		"edov 1":                    {`{"email": "ceo@example.com", "xms_edov": 1}`, "ceo@example.com", true},
		`edov "true"`:               {`{"email": "ceo@example.com", "xms_edov": "True"}`, "ceo@example.com", true},
		"edov false wins":           {`{"email": "ada@contoso.example", "preferred_username": "ada@contoso.example", "xms_edov": false}`, "ada@contoso.example", false},
		`edov "0" wins`:             {`{"email": "ada@contoso.example", "preferred_username": "ada@contoso.example", "xms_edov": "0"}`, "ada@contoso.example", false},
		"edov nonsense wins":        {`{"email": "ada@contoso.example", "preferred_username": "ada@contoso.example", "xms_edov": []}`, "ada@contoso.example", false},
		"a guest's domain":          {`{"email": "ceo@contoso.example", "preferred_username": "eve_example.com#EXT#@contoso.example"}`, "ceo@contoso.example", false},
		"only a log-in name":        {`{"preferred_username": "ada@contoso.example"}`, "ada@contoso.example", true},
		"a log-in name, no email":   {`{"preferred_username": "+33 1 23 45"}`, "", false},
		"only a guest's name":       {`{"preferred_username": "eve_example.com#EXT#@contoso.example"}`, "", false},
		"email_verified is ignored": {`{"email": "ceo@example.com", "preferred_username": "ada@contoso.example", "email_verified": true}`, "ceo@example.com", false},
		"no address":                {`{"email": "ada", "preferred_username": "ada"}`, "ada", false},
	} {
		said, err := parseClaims([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		if email, verified := microsoftEmail(said); email != c.email || verified != c.verified {
			t.Errorf("%s: %q, %t", name, email, verified)
		}
	}
}

func TestUserinfoOfMicrosoftVerifiesNothing(t *testing.T) {
	t.Parallel()
	f, cfg := microsoft(t, tenantID)
	f.claims["email"], f.claims["preferred_username"] = nil, "+33 1 23 45"
	f.userinfo = map[string]any{"sub": "person-1", "email": "ceo@example.com", "email_verified": true}
	got, err := f.logIn(t, f.provider(t, cfg, nil))
	if err != nil || got.Email != "ceo@example.com" || got.EmailVerified {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLogInWithTheOtherKindsOfOpenIDConnect(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{config.KindGoogle, config.KindGitLab} {
		f := newFake(t)
		if got, err := f.logIn(t, f.provider(t, f.config(kind), nil)); err != nil || got.Subject != "person-1" || !got.EmailVerified {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

func TestLogInWithGitHub(t *testing.T) {
	t.Parallel()
	email := func(address string, primary, verified bool) map[string]any {
		return map[string]any{"email": address, "primary": primary, "verified": verified, "visibility": nil}
	}
	for name, c := range map[string]struct {
		emails   any
		email    string
		verified bool
	}{
		"primary":                 {[]any{email("old@example.com", false, true), email("ada@example.com", true, true)}, "ada@example.com", true},
		"primary is not verified": {[]any{email("ada@example.com", true, false), email("old@example.com", false, true)}, "old@example.com", true},
		"none is verified":        {[]any{email("old@example.com", false, false), email("ada@example.com", true, false)}, "ada@example.com", false},
		"none at all":             {[]any{}, "", false},
	} {
		f := newFake(t)
		f.noToken = true // as an OAuth App
		// A private address: null in the profile.
		f.userinfo = map[string]any{"id": json.Number("123456789012345678901"), "login": "ada", "name": nil, "email": nil}
		f.emails = c.emails
		got, err := f.logIn(t, f.provider(t, f.config(config.KindGitHub), nil))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Issuer != f.URL || got.Subject != "123456789012345678901" || got.Email != c.email || got.EmailVerified != c.verified ||
			got.Name != "ada" || got.RefreshToken != "" || got.IDToken != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestGitHubsWayToRefuse(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.handlers["/token"] = func(w http.ResponseWriter, r *http.Request) {
		code := "bad_verification_code"
		if r.PostForm.Get("grant_type") == "refresh_token" {
			code = "bad_refresh_token"
		}
		answer(w, http.StatusOK, map[string]any{"error": code, "error_description": "The code passed is incorrect or expired."})
	}
	p := f.provider(t, f.config(config.KindGitHub), nil)
	if _, err := f.logIn(t, p); !errors.Is(err, signin.ErrProviderRefused) {
		t.Errorf("a code: %v", err)
	}
	if _, err := p.Refresh(t.Context(), refreshToken); !errors.Is(err, signin.ErrGone) {
		t.Errorf("a refresh token: %v", err)
	}
}

func TestAddressesThatGitHubDoesNotShow(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"forbidden": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusForbidden, map[string]any{"message": "Resource not accessible by integration"})
		},
		"no list": func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, map[string]any{"message": "?"}) },
	} {
		f := newFake(t)
		f.userinfo = map[string]any{"id": 1, "login": "ada"}
		f.handlers["/emails"] = h
		if _, err := f.logIn(t, f.provider(t, f.config(config.KindGitHub), nil)); !errors.Is(err, signin.ErrProviderAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLogInWithPlainOAuth2(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		userinfo string
		change   func(*config.ProviderConfig)
		want     signin.Assertion
	}{
		"sub":             {`{"sub": "a1", "email": "ada@example.com", "email_verified": true, "name": "Ada"}`, nil, signin.Assertion{Subject: "a1", Email: "ada@example.com", EmailVerified: true, Name: "Ada"}},
		"a large number":  {`{"id": 9007199254740993}`, nil, signin.Assertion{Subject: "9007199254740993"}},
		"a larger number": {`{"id": 123456789012345678901234567890}`, nil, signin.Assertion{Subject: "123456789012345678901234567890"}},
		"sub before id":   {`{"id": 7, "sub": "a1"}`, nil, signin.Assertion{Subject: "a1"}},
		"discord": {`{"id": "80351110224678912", "username": "ada", "global_name": "Ada", "email": "ada@example.com", "verified": true}`, func(c *config.ProviderConfig) {
			c.NameClaim, c.EmailVerifiedClaim = "global_name", "verified"
		}, signin.Assertion{Subject: "80351110224678912", Email: "ada@example.com", EmailVerified: true, Name: "Ada"}},
		"nextcloud": {`{"ocs": {"data": {"id": "ada", "email": "ada@example.com", "display-name": "Ada", "enabled": true}}}`, func(c *config.ProviderConfig) {
			c.SubjectClaim, c.EmailClaim, c.NameClaim, c.EmailVerifiedClaim = "ocs.data.id", "ocs.data.email", "ocs.data.display-name", "ocs.data.enabled"
		}, signin.Assertion{Subject: "ada", Email: "ada@example.com", EmailVerified: true, Name: "Ada"}},
		"a claim with dots": {`{"sub": "a1", "https://example.com/mail": "ada@example.com"}`, func(c *config.ProviderConfig) {
			c.EmailClaim = "https://example.com/mail"
		}, signin.Assertion{Subject: "a1", Email: "ada@example.com"}},
	} {
		f := newFake(t)
		f.handlers["/userinfo"] = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(c.userinfo))
		}
		cfg := f.config(config.KindOAuth2)
		if c.change != nil {
			c.change(&cfg)
		}
		c.want.Issuer, c.want.RefreshToken, c.want.ExpiresAt = cfg.AuthorizeURL, refreshToken, f.now.Add(300e9)
		if got, err := f.logIn(t, f.provider(t, cfg, nil)); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestUserinfoThatNamesNobody(t *testing.T) {
	t.Parallel()
	for _, userinfo := range []string{`{}`, `{"sub": ""}`, `{"sub": null}`, `{"id": 1.5}`, `{"id": 1e3}`, `{"id": -1}`, `{"id": true}`, `{"id": [1]}`, `[]`, `null`, `"x"`, `{} {}`, `<html>`, ``} {
		f := newFake(t)
		f.handlers["/userinfo"] = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(userinfo))
		}
		if got, err := f.logIn(t, f.provider(t, f.config(config.KindOAuth2), nil)); !errors.Is(err, signin.ErrProviderAnswer) {
			t.Errorf("%s: %+v, %v", userinfo, got, err)
		}
	}
}

func TestIssParameterOfPlainOAuth2(t *testing.T) {
	t.Parallel()
	for iss, ok := range map[string]bool{"": true, "SELF/login/oauth": true, "https://evil.example": false, "SELF.evil.example": false, "%": false} {
		f := newFake(t)
		iss = strings.Replace(iss, "SELF", f.URL, 1)
		_, err := f.logIn(t, f.provider(t, f.config(config.KindOAuth2), nil), func(a *signin.Attempt) { a.Issuer = iss })
		if ok != (err == nil) || !ok && !errors.Is(err, signin.ErrProviderAnswer) {
			t.Errorf("%q: %v", iss, err)
		}
	}
}

func TestAPublicClientHasNoSecret(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.handlers["/token"] = func(w http.ResponseWriter, r *http.Request) {
		if _, _, basic := r.BasicAuth(); basic || r.PostForm.Has("client_secret") || r.PostForm.Get("client_id") != clientID {
			answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
			return
		}
		answer(w, http.StatusOK, map[string]any{"access_token": accessToken, "token_type": "Bearer"})
	}
	cfg := f.config(config.KindOAuth2)
	cfg.ClientSecret = ""
	if got, err := f.logIn(t, f.provider(t, cfg, nil)); err != nil || !got.ExpiresAt.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestConfigureKeepsWhatTheOperatorSays(t *testing.T) {
	t.Parallel()
	loaded, err := config.Load([]string{
		"ACKIFY_OIDC_GOOGLE_CLIENT_ID=x", "ACKIFY_OIDC_GOOGLE_CLIENT_SECRET=y", "ACKIFY_OIDC_GOOGLE_ALLOWED_DOMAINS=example.com",
		"ACKIFY_OIDC_HUB_KIND=github", "ACKIFY_OIDC_HUB_CLIENT_ID=x", "ACKIFY_OIDC_HUB_CLIENT_SECRET=y",
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Configure(loaded.Providers, nil, newFake(t).clock)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if g := all[0]; g.ID != "google" || g.Label != "Google" || g.Kind != "google" || !g.TrustEmail || !g.Public || len(g.AllowedDomains) != 1 || g.SessionMaxAge == 0 || g.Provider == nil {
		t.Errorf("%+v", g)
	}
	if _, err := Configure([]config.ProviderConfig{{Name: "x", Kind: "saml"}}, nil, nil); err == nil {
		t.Error("an unknown kind is accepted")
	}
	if _, err := Configure([]config.ProviderConfig{{Name: "x", Kind: config.KindOAuth2}}, nil, nil); err == nil {
		t.Error("no addresses are accepted")
	}
}
