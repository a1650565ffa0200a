package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"

	"github.com/ackify/ackify/backend/internal/domain"
)

// The kinds of identity providers.
const (
	KindOIDC      = "oidc"
	KindGoogle    = "google"
	KindMicrosoft = "microsoft"
	KindGitLab    = "gitlab"
	KindGitHub    = "github"
	KindOAuth2    = "oauth2"
)

// Where the known providers are, for those who do not run one themselves.
const (
	googleIssuer  = "https://accounts.google.com"
	gitlabIssuer  = "https://gitlab.com"
	microsoftBase = "https://login.microsoftonline.com/"
)

// Bounds of a session at a provider without refresh tokens.
const (
	defaultSessionMaxAge = 12 * time.Hour
	minSessionMaxAge     = 5 * time.Minute
	maxSessionMaxAge     = 720 * time.Hour
)

// consumerTenant is what Microsoft calls the tenant of everybody's private accounts.
const consumerTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// ProviderConfig is one identity provider, complete and without contradictions.
type ProviderConfig struct {
	Name           string // lower-case letters and digits; part of the callback's address
	Kind           string // one of the Kind constants
	Label          string // what the button says
	Issuer         string // OpenID Connect's issuer, to be compared byte by byte; "" for github and oauth2
	Tenant         string // Microsoft's tenant, a GUID or a domain in lower case; "" for others
	ClientID       string
	ClientSecret   string   // "" for a public client
	Scopes         []string // as configured; none: what the kind needs, `offline_access` included where the provider has it
	Prompt         string   // `prompt` of OpenID Connect; "": what the kind needs
	AllowedDomains []string // in lower case; empty: any
	TrustEmail     bool     // verified addresses outside of AllowedDomains are vouched for, too
	Public         bool     // anyone in the world can have an account there
	SessionMaxAge  time.Duration

	// Plain OAuth2 only.
	AuthorizeURL, TokenURL, UserinfoURL string
	EmailsURL                           string // GitHub's format; "" when there is none

	// Kind oauth2 only: the names of claims in userinfo's answer. A dot leads into an object: `ocs.data.id`.
	SubjectClaim       string // "": `sub`, else `id`
	EmailClaim         string
	NameClaim          string
	EmailVerifiedClaim string
}

// CallbackURL is where the provider sends the browser back to; base is ACKIFY_BASE_URL. It has to be registered there.
func (p ProviderConfig) CallbackURL(base *url.URL) string {
	return base.String() + "/api/v1/auth/callback/" + p.Name
}

const (
	providerPrefix  = "ACKIFY_OIDC_"
	providerPattern = providerPrefix + "<NAME>_"
	secretSuffix    = "CLIENT_SECRET"
)

// rawProvider is a provider's variables as they are written, each behind ACKIFY_OIDC_<NAME>_.
type rawProvider struct {
	Kind               string `env:"KIND"`
	Issuer             string `env:"ISSUER"`
	Tenant             string `env:"TENANT"`
	ClientID           string `env:"CLIENT_ID"`
	ClientSecret       string `env:"CLIENT_SECRET"`
	Scopes             string `env:"SCOPES"`
	Prompt             string `env:"PROMPT"`
	Label              string `env:"LABEL"`
	AllowedDomains     string `env:"ALLOWED_DOMAINS"`
	TrustEmail         string `env:"TRUST_EMAIL"`
	SessionMaxAge      string `env:"SESSION_MAX_AGE"`
	AuthorizeURL       string `env:"AUTHORIZE_URL"`
	TokenURL           string `env:"TOKEN_URL"`
	UserinfoURL        string `env:"USERINFO_URL"`
	EmailsURL          string `env:"EMAILS_URL"`
	SubjectClaim       string `env:"SUBJECT_CLAIM"`
	EmailClaim         string `env:"EMAIL_CLAIM"`
	NameClaim          string `env:"NAME_CLAIM"`
	EmailVerifiedClaim string `env:"EMAIL_VERIFIED_CLAIM"`
}

// ofKinds names the settings that not every kind knows.
var ofKinds = map[string][]string{
	"ISSUER":               {KindOIDC, KindGitLab},
	"TENANT":               {KindMicrosoft},
	"PROMPT":               {KindOIDC, KindGoogle, KindMicrosoft, KindGitLab},
	"AUTHORIZE_URL":        {KindGitHub, KindOAuth2},
	"TOKEN_URL":            {KindGitHub, KindOAuth2},
	"USERINFO_URL":         {KindGitHub, KindOAuth2},
	"EMAILS_URL":           {KindGitHub, KindOAuth2},
	"SUBJECT_CLAIM":        {KindOAuth2},
	"EMAIL_CLAIM":          {KindOAuth2},
	"NAME_CLAIM":           {KindOAuth2},
	"EMAIL_VERIFIED_CLAIM": {KindOAuth2},
}

var productNames = map[string]string{
	KindGoogle: "Google", KindMicrosoft: "Microsoft", KindGitHub: "GitHub", KindGitLab: "GitLab",
	"keycloak": "Keycloak", "authentik": "authentik", "okta": "Okta",
}

var (
	providerName = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
	guid         = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	scopeToken   = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`) // RFC 6749 section 3.3
)

// providerVariables lists the patterns of the variables' names.
func providerVariables() []string {
	names := providerSuffixes()
	for i := range names {
		names[i] = providerPattern + names[i]
	}
	return names
}

func providerSuffixes() []string {
	fields, err := env.GetFieldParams(&rawProvider{})
	if err != nil {
		panic(err) // a struct of ours
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Key
	}
	return names
}

// splitProviderVariable takes ACKIFY_OIDC_<NAME>_<SUFFIX> apart; known tells whether there is such a setting.
func splitProviderVariable(variable string) (name, suffix string, known bool) {
	rest, ok := strings.CutPrefix(variable, providerPrefix)
	if !ok {
		return "", "", false
	}
	name, suffix, _ = strings.Cut(rest, "_")
	known = providerName.MatchString(name) && (slices.Contains(providerSuffixes(), suffix) || suffix == secretSuffix+"_FILE")
	return name, suffix, known
}

// providerSecrets are the providers' variables that may also be given as a file.
func providerSecrets(values map[string]string) (names []string) {
	for variable := range values {
		if name, suffix, known := splitProviderVariable(variable); known && strings.HasPrefix(suffix, secretSuffix) {
			names = append(names, providerPrefix+name+"_"+secretSuffix)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// providers reads every provider that has a variable which is not empty.
func (r *reader) providers(values map[string]string) []ProviderConfig {
	var names []string
	for variable, value := range values {
		if !strings.HasPrefix(variable, providerPrefix) || value == "" {
			continue
		}
		name, suffix, known := splitProviderVariable(variable)
		switch {
		case !providerName.MatchString(name) || suffix == "":
			r.wrong(variable, "does not name a provider: the name is 1 to 32 letters A to Z and digits, then an underscore and the setting", providerPrefix+"KEYCLOAK_ISSUER")
		case !known:
			r.wrong(variable, fmt.Sprintf("%q is not a setting of a provider; a provider's own name has no underscore", suffix), providerPrefix+name+"_CLIENT_ID")
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []ProviderConfig
	for _, name := range slices.Compact(names) {
		var in rawProvider
		prefix := providerPrefix + name + "_"
		if err := env.ParseWithOptions(&in, env.Options{Environment: values, Prefix: prefix}); err != nil {
			r.wrong(prefix+"…", err.Error(), "see docs/en/configuration.md")
			continue
		}
		one := providerReader{reader: r, prefix: prefix, values: values}
		out = append(out, one.read(strings.ToLower(name), in))
	}
	return out
}

// providerReader reads one provider.
type providerReader struct {
	*reader
	prefix string
	values map[string]string
}

func (r providerReader) bad(suffix, what, example string) { r.wrong(r.prefix+suffix, what, example) }

func (r providerReader) read(name string, in rawProvider) ProviderConfig {
	p := ProviderConfig{Name: name, Kind: r.kind(name, in.Kind), ClientID: strings.TrimSpace(in.ClientID), ClientSecret: in.ClientSecret}
	if p.Kind == "" {
		return p // what else is wrong depends on it
	}
	for suffix, kinds := range ofKinds {
		if r.values[r.prefix+suffix] != "" && !slices.Contains(kinds, p.Kind) {
			r.bad(suffix, "means nothing to a provider of kind "+p.Kind, "remove it, or set "+r.prefix+"KIND="+kinds[0])
		}
	}
	if p.ClientID == "" {
		r.bad("CLIENT_ID", "is missing; the provider gives one when Ackify is registered there", "ackify")
	}
	if p.ClientSecret == "" && (p.Kind == KindGoogle || p.Kind == KindGitHub) {
		r.bad("CLIENT_SECRET", "is missing; "+productNames[p.Kind]+" knows no clients without one", r.prefix+"CLIENT_SECRET_FILE=/run/secrets/"+name)
	}
	p.Label = r.label(name, p.Kind, in.Label)
	p.Scopes = r.scopes(p.Kind, in.Scopes)
	p.Prompt = r.prompt(in.Prompt)
	p.AllowedDomains = r.domains(in.AllowedDomains)
	p.TrustEmail = r.trust(p.Kind, in.TrustEmail)
	p.SessionMaxAge = r.maxAge(in.SessionMaxAge)
	switch p.Kind {
	case KindGoogle:
		p.Issuer, p.Public = googleIssuer, true
	case KindMicrosoft:
		p.Tenant = r.tenant(in.Tenant)
		p.Issuer = microsoftBase + p.Tenant + "/v2.0"
	case KindGitLab:
		if p.Issuer = in.Issuer; p.Issuer == "" {
			p.Issuer = gitlabIssuer
		}
		r.issuer(p.Issuer)
		p.Public = p.Issuer == gitlabIssuer
	case KindOIDC:
		p.Issuer = in.Issuer
		r.issuer(p.Issuer)
		p.Public = p.Issuer == googleIssuer || p.Issuer == gitlabIssuer
	case KindGitHub:
		r.github(&p, in)
	case KindOAuth2:
		r.oauth2(&p, in)
	}
	return p
}

func (r providerReader) kind(name, kind string) string {
	known := []string{KindGoogle, KindMicrosoft, KindGitLab, KindGitHub, KindOIDC, KindOAuth2}
	if kind == "" {
		if slices.Contains(known, name) {
			return name
		}
		return KindOIDC
	}
	if !slices.Contains(known, kind) {
		r.bad("KIND", fmt.Sprintf("%q is not a kind of provider", kind), strings.Join(known, ", "))
		return ""
	}
	return kind
}

func (r providerReader) label(name, kind, label string) string {
	label = strings.TrimSpace(label)
	if utf8.RuneCountInString(label) > 50 || strings.ContainsFunc(label, unicode.IsControl) {
		r.bad("LABEL", "has to have 1 to 50 characters, in one line", "Acme SSO")
	}
	for _, known := range []string{name, kind} {
		if label == "" {
			label = productNames[known]
		}
	}
	if label == "" {
		label = strings.ToUpper(name[:1]) + name[1:]
	}
	return label
}

func (r providerReader) scopes(kind, s string) []string {
	scopes := strings.Fields(s)
	for _, scope := range scopes {
		if !scopeToken.MatchString(scope) {
			r.bad("SCOPES", fmt.Sprintf("%q is not a scope; scopes are separated by spaces", scope), "openid email profile")
		}
	}
	if len(scopes) > 0 && kind != KindGitHub && kind != KindOAuth2 && !slices.Contains(scopes, "openid") {
		r.bad("SCOPES", "lacks openid, without which the provider says nobody's name", "openid email profile offline_access")
	}
	return scopes
}

func (r providerReader) prompt(s string) string {
	words := strings.Fields(s)
	for _, word := range words {
		if !slices.Contains([]string{"login", "consent", "select_account"}, word) {
			r.bad("PROMPT", fmt.Sprintf("%q is not among login, consent and select_account", word), "consent")
		}
	}
	return strings.Join(words, " ")
}

func (r providerReader) domains(s string) (out []string) {
	for one := range strings.SplitSeq(s, ",") {
		one = strings.ToLower(strings.TrimSpace(one))
		if one == "" {
			continue
		}
		if _, err := domain.ParseEmail("a@" + one); err != nil {
			r.bad("ALLOWED_DOMAINS", fmt.Sprintf("%q is not a domain (one with other letters than a to z is written in its xn-- form)", one), "example.com,example.org")
			continue
		}
		out = append(out, one)
	}
	if s != "" && len(out) == 0 {
		r.bad("ALLOWED_DOMAINS", "is set and names no domain; leave it out to allow any", "example.com,example.org")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r providerReader) trust(kind, s string) bool {
	if s == "" {
		return kind == KindGoogle || kind == KindMicrosoft || kind == KindGitHub
	}
	trust, err := strconv.ParseBool(s)
	if err != nil {
		r.bad("TRUST_EMAIL", "is neither true nor false", "false")
	}
	return trust
}

func (r providerReader) maxAge(s string) time.Duration {
	if s == "" {
		return defaultSessionMaxAge
	}
	age, err := time.ParseDuration(s)
	if err != nil || age < minSessionMaxAge || age > maxSessionMaxAge {
		r.bad("SESSION_MAX_AGE", fmt.Sprintf("%q is not a time from 5m to 720h", s), "12h")
	}
	return age
}

func (r providerReader) tenant(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	const example = "11111111-2222-3333-4444-555555555555"
	switch {
	case s == "":
		r.bad("TENANT", "is missing: the id or a domain of your organisation in Entra ID", example)
	case slices.Contains([]string{"common", "organizations", "consumers", consumerTenant}, s):
		r.bad("TENANT", fmt.Sprintf("%q lets in accounts of others, whose administrators, or who themselves, can claim any address, also your colleagues'; name your own tenant", s), example)
	case guid.MatchString(s):
	default:
		if _, err := domain.ParseEmail("a@" + s); err != nil || !strings.Contains(s, ".") {
			r.bad("TENANT", fmt.Sprintf("%q is neither a tenant's id nor a domain", s), example)
		}
	}
	return s
}

func (r providerReader) issuer(s string) {
	const example = "https://login.example.com/realms/acme"
	if s == "" {
		r.bad("ISSUER", "is missing: the provider's address, exactly as its own discovery document says it", example)
		return
	}
	if err := checkURL(s); err != nil {
		r.bad("ISSUER", err.Error(), example)
	} else if strings.ContainsAny(s, "?#") {
		r.bad("ISSUER", "has a query or a fragment, which an issuer does not have", example)
	}
}

func (r providerReader) github(p *ProviderConfig, in rawProvider) {
	p.AuthorizeURL, p.TokenURL = in.AuthorizeURL, in.TokenURL
	p.UserinfoURL, p.EmailsURL = in.UserinfoURL, in.EmailsURL
	if in.AuthorizeURL+in.TokenURL+in.UserinfoURL+in.EmailsURL == "" {
		p.AuthorizeURL, p.TokenURL = "https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token"
		p.UserinfoURL, p.EmailsURL = "https://api.github.com/user", "https://api.github.com/user/emails"
		p.Public = true
		return
	}
	const enterprise = "https://github.example.com"
	r.endpoint("AUTHORIZE_URL", in.AuthorizeURL, enterprise+"/login/oauth/authorize")
	r.endpoint("TOKEN_URL", in.TokenURL, enterprise+"/login/oauth/access_token")
	r.endpoint("USERINFO_URL", in.UserinfoURL, enterprise+"/api/v3/user")
	r.endpoint("EMAILS_URL", in.EmailsURL, enterprise+"/api/v3/user/emails")
	if u, err := url.Parse(in.AuthorizeURL); err == nil {
		p.Public = strings.EqualFold(u.Hostname(), "github.com")
	}
}

func (r providerReader) oauth2(p *ProviderConfig, in rawProvider) {
	p.AuthorizeURL, p.TokenURL = in.AuthorizeURL, in.TokenURL
	p.UserinfoURL, p.EmailsURL = in.UserinfoURL, in.EmailsURL
	r.endpoint("AUTHORIZE_URL", in.AuthorizeURL, "https://login.example.com/oauth2/authorize")
	r.endpoint("TOKEN_URL", in.TokenURL, "https://login.example.com/oauth2/token")
	r.endpoint("USERINFO_URL", in.UserinfoURL, "https://login.example.com/api/me")
	if in.EmailsURL != "" {
		r.endpoint("EMAILS_URL", in.EmailsURL, "https://login.example.com/api/me/emails")
	}
	p.SubjectClaim = in.SubjectClaim
	p.EmailClaim, p.NameClaim, p.EmailVerifiedClaim = in.EmailClaim, in.NameClaim, in.EmailVerifiedClaim
	for _, claim := range []struct {
		value    *string
		fallback string
	}{{&p.EmailClaim, "email"}, {&p.NameClaim, "name"}, {&p.EmailVerifiedClaim, "email_verified"}} {
		if *claim.value == "" {
			*claim.value = claim.fallback
		}
	}
}

func (r providerReader) endpoint(suffix, s, example string) {
	if s == "" {
		r.bad(suffix, "is missing; these addresses are only known together", example)
	} else if err := checkURL(s); err != nil {
		r.bad(suffix, err.Error(), example)
	}
}

// checkURL refuses what secrets cannot be sent to: anything but https, or http on this machine.
func checkURL(s string) error {
	u, err := url.Parse(s)
	if err == nil && (u.User != nil || u.Fragment != "") {
		return errors.New("has a name, a password or a fragment in it")
	}
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%q is not an https address", s)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%q is not https; http is for a provider on this machine only, as in tests", s)
	}
	return nil
}
