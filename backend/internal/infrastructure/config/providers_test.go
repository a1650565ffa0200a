package config

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestProviders(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load([]string{
		"ACKIFY_OIDC_GOOGLE_CLIENT_ID=g", "ACKIFY_OIDC_GOOGLE_CLIENT_SECRET=s", "ACKIFY_OIDC_GOOGLE_ALLOWED_DOMAINS= Example.com,example.org,,example.com",
		"ACKIFY_OIDC_ENTRA_KIND=microsoft", "ACKIFY_OIDC_ENTRA_TENANT=Contoso.Example", "ACKIFY_OIDC_ENTRA_CLIENT_ID=m", "ACKIFY_OIDC_ENTRA_CLIENT_SECRET_FILE=" + file,
		"ACKIFY_OIDC_GITHUB_CLIENT_ID=h", "ACKIFY_OIDC_GITHUB_CLIENT_SECRET=s", "ACKIFY_OIDC_GITHUB_TRUST_EMAIL=false",
		"ACKIFY_OIDC_GITLAB_CLIENT_ID=l", "ACKIFY_OIDC_GITLAB_LABEL=Our code",
		"ACKIFY_OIDC_KEYCLOAK_ISSUER=https://login.example.com/realms/acme/", "ACKIFY_OIDC_KEYCLOAK_CLIENT_ID=k", "ACKIFY_OIDC_KEYCLOAK_SCOPES=openid  email",
		"ACKIFY_OIDC_KEYCLOAK_SESSION_MAX_AGE=30m", "ACKIFY_OIDC_KEYCLOAK_TRUST_EMAIL=1", "ACKIFY_OIDC_KEYCLOAK_PROMPT=login",
		"ACKIFY_OIDC_CLOUD_KIND=oauth2", "ACKIFY_OIDC_CLOUD_CLIENT_ID=c", "ACKIFY_OIDC_CLOUD_AUTHORIZE_URL=http://127.0.0.1:1/a",
		"ACKIFY_OIDC_CLOUD_TOKEN_URL=http://localhost/t", "ACKIFY_OIDC_CLOUD_USERINFO_URL=http://[::1]/u", "ACKIFY_OIDC_CLOUD_EMAIL_CLAIM=mail",
		"ACKIFY_OIDC_EMPTY_ISSUER=", "ACKIFY_OIDC_EMPTY_NONSENSE=",
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	want := []ProviderConfig{
		{
			Name: "cloud", Kind: KindOAuth2, Label: "Cloud", ClientID: "c", SessionMaxAge: 12 * time.Hour, AuthorizeURL: "http://127.0.0.1:1/a",
			TokenURL: "http://localhost/t", UserinfoURL: "http://[::1]/u", EmailClaim: "mail", NameClaim: "name", EmailVerifiedClaim: "email_verified",
		},
		{
			Name: "entra", Kind: KindMicrosoft, Label: "Microsoft", Issuer: "https://login.microsoftonline.com/contoso.example/v2.0", Tenant: "contoso.example",
			ClientID: "m", ClientSecret: "from-a-file", TrustEmail: true, SessionMaxAge: 12 * time.Hour,
		},
		{
			Name: "github", Kind: KindGitHub, Label: "GitHub", ClientID: "h", ClientSecret: "s", Public: true, SessionMaxAge: 12 * time.Hour,
			AuthorizeURL: "https://github.com/login/oauth/authorize", TokenURL: "https://github.com/login/oauth/access_token",
			UserinfoURL: "https://api.github.com/user", EmailsURL: "https://api.github.com/user/emails",
		},
		{Name: "gitlab", Kind: KindGitLab, Label: "Our code", Issuer: "https://gitlab.com", ClientID: "l", Public: true, SessionMaxAge: 12 * time.Hour},
		{
			Name: "google", Kind: KindGoogle, Label: "Google", Issuer: "https://accounts.google.com", ClientID: "g", ClientSecret: "s",
			AllowedDomains: []string{"example.com", "example.org"}, TrustEmail: true, Public: true, SessionMaxAge: 12 * time.Hour,
		},
		{
			Name: "keycloak", Kind: KindOIDC, Label: "Keycloak", Issuer: "https://login.example.com/realms/acme/", ClientID: "k", Scopes: []string{"openid", "email"},
			Prompt: "login", TrustEmail: true, SessionMaxAge: 30 * time.Minute,
		},
	}
	if len(c.Providers) != len(want) {
		t.Fatalf("%+v", c.Providers)
	}
	for i := range want {
		if got := c.Providers[i]; !reflect.DeepEqual(normal(got), normal(want[i])) {
			t.Errorf("got  %+v\nwant %+v", got, want[i])
		}
	}
	base, err := url.Parse("https://x.example/a")
	if err != nil || want[0].CallbackURL(base) != "https://x.example/a/api/v1/auth/callback/cloud" {
		t.Error(want[0].CallbackURL(base), err)
	}
}

// normal makes no difference between no list and an empty one.
func normal(p ProviderConfig) ProviderConfig {
	p.Scopes, p.AllowedDomains = slices.Concat([]string{}, p.Scopes), slices.Concat([]string{}, p.AllowedDomains)
	return p
}

func TestAServerOfOnesOwnIsNotPublic(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{
		"ACKIFY_OIDC_GITLAB_CLIENT_ID=l", "ACKIFY_OIDC_GITLAB_ISSUER=https://git.example.com",
		"ACKIFY_OIDC_GITHUB_CLIENT_ID=h", "ACKIFY_OIDC_GITHUB_CLIENT_SECRET=s", "ACKIFY_OIDC_GITHUB_AUTHORIZE_URL=https://hub.example.com/a",
		"ACKIFY_OIDC_GITHUB_TOKEN_URL=https://hub.example.com/t", "ACKIFY_OIDC_GITHUB_USERINFO_URL=https://hub.example.com/u", "ACKIFY_OIDC_GITHUB_EMAILS_URL=https://hub.example.com/e",
	}, true)
	if err != nil || len(c.Providers) != 2 || c.Providers[0].Public || c.Providers[1].Public {
		t.Errorf("%+v, %v", c.Providers, err)
	}
}

func TestProblemsOfProviders(t *testing.T) {
	t.Parallel()
	oidc := []string{"ISSUER=https://x.example", "CLIENT_ID=x"}
	entra := []string{"KIND=microsoft", "CLIENT_ID=x"}
	for name, c := range map[string]struct {
		env  []string // behind ACKIFY_OIDC_X_
		want string   // "VARIABLE says", the variable without that
	}{
		"no issuer":              {[]string{"CLIENT_ID=x"}, "ISSUER is missing"},
		"no client":              {oidc[:1], "CLIENT_ID is missing"},
		"no secret at Google":    {[]string{"KIND=google", "CLIENT_ID=x"}, "CLIENT_SECRET is missing"},
		"an unknown kind":        {append([]string{"KIND=saml"}, oidc...), "KIND is not a kind"},
		"an unknown setting":     {append([]string{"ISSUR=x"}, oidc...), "ISSUR is not a setting"},
		"of another kind":        {append([]string{"TENANT=x"}, oidc...), "TENANT means nothing to a provider of kind oidc"},
		"http":                   {[]string{"ISSUER=http://x.example", "CLIENT_ID=x"}, "ISSUER is not https"},
		"no URL":                 {[]string{"ISSUER=x.example", "CLIENT_ID=x"}, "ISSUER is not an https address"},
		"a query":                {[]string{"ISSUER=https://x.example?a", "CLIENT_ID=x"}, "ISSUER has a query"},
		"a password":             {[]string{"ISSUER=https://a:hunter2@x.example", "CLIENT_ID=x"}, "ISSUER has a name, a password"},
		"a password, no https":   {[]string{"ISSUER=ftp://a:hunter2@x.example", "CLIENT_ID=x"}, "ISSUER has a name, a password"},
		"no openid":              {append([]string{"SCOPES=email"}, oidc...), "SCOPES lacks openid"},
		"no scope":               {append([]string{`SCOPES=openid "x"`}, oidc...), "SCOPES is not a scope"},
		"no prompt":              {append([]string{"PROMPT=none"}, oidc...), "PROMPT is not among"},
		"a long label":           {append([]string{"LABEL=" + strings.Repeat("x", 51)}, oidc...), "LABEL has to have"},
		"no domain":              {append([]string{"ALLOWED_DOMAINS=@x.example"}, oidc...), "ALLOWED_DOMAINS is not a domain"},
		"other letters":          {append([]string{"ALLOWED_DOMAINS=bücher.example"}, oidc...), "ALLOWED_DOMAINS is not a domain"},
		"no truth":               {append([]string{"TRUST_EMAIL=maybe"}, oidc...), "TRUST_EMAIL is neither"},
		"too short":              {append([]string{"SESSION_MAX_AGE=1m"}, oidc...), "SESSION_MAX_AGE is not a time"},
		"too long":               {append([]string{"SESSION_MAX_AGE=721h"}, oidc...), "SESSION_MAX_AGE is not a time"},
		"no unit":                {append([]string{"SESSION_MAX_AGE=12"}, oidc...), "SESSION_MAX_AGE is not a time"},
		"no tenant":              {entra, "TENANT is missing"},
		"any tenant":             {append([]string{"TENANT=Common"}, entra...), "TENANT can claim any address"},
		"any organisation":       {append([]string{"TENANT=organizations"}, entra...), "TENANT can claim any address"},
		"consumers":              {append([]string{"TENANT=consumers"}, entra...), "TENANT can claim any address"},
		"consumers by their id":  {append([]string{"TENANT=9188040D-6C67-4C5B-B112-36A304B66DAD"}, entra...), "TENANT can claim any address"},
		"a path as tenant":       {append([]string{"TENANT=x.example/../common"}, entra...), "TENANT is neither"},
		"a word as tenant":       {append([]string{"TENANT=acme"}, entra...), "TENANT is neither"},
		"half of GitHub":         {[]string{"KIND=github", "CLIENT_ID=x", "CLIENT_SECRET=x", "TOKEN_URL=https://x.example"}, "EMAILS_URL is missing"},
		"an address of GitHub":   {[]string{"KIND=github", "CLIENT_ID=x", "CLIENT_SECRET=x", "TOKEN_URL=http://x.example"}, "TOKEN_URL is not https"},
		"no addresses":           {[]string{"KIND=oauth2", "CLIENT_ID=x"}, "USERINFO_URL is missing"},
		"a secret given twice":   {append([]string{"CLIENT_SECRET=hunter2", "CLIENT_SECRET_FILE=/x"}, oidc...), "CLIENT_SECRET is given twice"},
		"a secret of no file":    {append([]string{"CLIENT_SECRET_FILE=/does/not/exist"}, oidc...), "CLIENT_SECRET_FILE no such file"},
		"an underscore too many": {append([]string{"CORP_ISSUER=x"}, oidc...), "CORP_ISSUER is not a setting"},
	} {
		var environ []string
		for _, one := range c.env {
			environ = append(environ, "ACKIFY_OIDC_X_"+one)
		}
		_, err := Load(environ, false)
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		variable, says, _ := strings.Cut(c.want, " ")
		if !slices.ContainsFunc(problems, func(p Problem) bool {
			return p.Variable == "ACKIFY_OIDC_X_"+variable && strings.Contains(p.Wrong, says) && p.Example != ""
		}) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: a secret is printed: %v", name, err)
		}
	}
}

func TestProblemsOfAllProvidersTogether(t *testing.T) {
	t.Parallel()
	_, err := Load([]string{
		"ACKIFY_OIDC_A_CLIENT_ID=x", "ACKIFY_OIDC_B_ISSUER=https://x.example", "ACKIFY_OIDC_ISSUER=x", "ACKIFY_OIDC_a_ISSUER=x", "ACKIFY_OIDC__ISSUER=x",
		"ACKIFY_OIDC_" + strings.Repeat("A", 33) + "_ISSUER=x",
	}, false)
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 6 {
		t.Errorf("%v", err)
	}
}

func TestUnknownVariablesOfProviders(t *testing.T) {
	t.Parallel()
	got := Unknown([]string{
		"ACKIFY_OIDC_X_ISSUER=x", "ACKIFY_OIDC_X_CLIENT_SECRET_FILE=x", "ACKIFY_OIDC_X_EMAIL_VERIFIED_CLAIM=x", "ACKIFY_OIDC_X_ISSUER_FILE=x", "ACKIFY_OIDC_X_ISSUR=",
		"ACKIFY_OIDC_ISSUER=x", "ACKIFY_OIDC_x_ISSUER=x",
	})
	if !slices.Equal(got, []string{"ACKIFY_OIDC_ISSUER", "ACKIFY_OIDC_X_ISSUER_FILE", "ACKIFY_OIDC_X_ISSUR", "ACKIFY_OIDC_x_ISSUER"}) {
		t.Errorf("%v", got)
	}
}

func TestAKnownAddressIsPublicByAnyKind(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"ACKIFY_OIDC_X_ISSUER=https://accounts.google.com", "ACKIFY_OIDC_X_CLIENT_ID=x"}, true)
	if err != nil || len(c.Providers) != 1 || !c.Providers[0].Public || c.Providers[0].TrustEmail {
		t.Errorf("%+v, %v", c.Providers, err)
	}
}
