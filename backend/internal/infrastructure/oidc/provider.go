// Package oidc speaks with identity providers: OpenID Connect (Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0), the known products with
// their habits, and plain OAuth2 (RFC 6749) with PKCE (RFC 7636).
package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// Provider implements signin.Provider for every kind of provider. It is safe for use by many goroutines at once.
type Provider struct {
	cfg    config.ProviderConfig
	client *http.Client
	clock  func() time.Time
	doc    *discovery     // nil for plain OAuth2
	plain  *oauth2.Config // nil for OpenID Connect
	origin string         // of the authorize address, for plain OAuth2
}

var _ signin.Provider = (*Provider)(nil)

// New makes a provider of a configuration that config.Load has checked. Nothing is sent before the first log-in, so that the server
// starts while a provider is down. Of client, which may be nil, the transport is used, and its timeout when that is shorter than 5
// seconds: limits on time, size and redirects always apply, and cookies are never kept. clock tells when tokens and the discovery document are too old.
func New(cfg config.ProviderConfig, client *http.Client, clock func() time.Time) (*Provider, error) {
	p := &Provider{cfg: cfg, client: hardened(client), clock: clock}
	switch cfg.Kind {
	case config.KindOIDC, config.KindGoogle, config.KindMicrosoft, config.KindGitLab:
		p.doc = newDiscovery(p)
	case config.KindGitHub, config.KindOAuth2:
		authorize, err := url.Parse(cfg.AuthorizeURL)
		if err != nil || authorize.Host == "" || cfg.TokenURL == "" || cfg.UserinfoURL == "" {
			return nil, fmt.Errorf("provider %s: the addresses are incomplete", cfg.Name)
		}
		p.origin = origin(authorize)
		scopes, methods := cfg.Scopes, []string(nil)
		if cfg.Kind == config.KindGitHub {
			methods = []string{"client_secret_post"} // the one way that its documentation names
			if len(scopes) == 0 {
				scopes = []string{"read:user", "user:email"}
			}
		}
		p.plain = p.oauth(oauth2.Endpoint{AuthURL: cfg.AuthorizeURL, TokenURL: cfg.TokenURL}, scopes, methods)
	default:
		return nil, fmt.Errorf("provider %s: %q is not a kind of provider", cfg.Name, cfg.Kind)
	}
	return p, nil
}

// Configure makes every configured provider, in the given order, each with an HTTP client of its own.
func Configure(
	cfgs []config.ProviderConfig, watch func(http.RoundTripper) http.RoundTripper, clock func() time.Time,
) ([]signin.Configured, error) {
	out := make([]signin.Configured, 0, len(cfgs))
	for _, cfg := range cfgs {
		p, err := New(cfg, nil, clock)
		if err != nil {
			return nil, err
		}
		if watch != nil {
			p.client.Transport = watch(p.client.Transport)
		}
		out = append(out, signin.Configured{
			Provider: p, ID: cfg.Name, Label: cfg.Label, Kind: cfg.Kind, AllowedDomains: cfg.AllowedDomains,
			TrustEmail: cfg.TrustEmail, Public: cfg.Public, SessionMaxAge: cfg.SessionMaxAge,
		})
	}
	return out, nil
}

// oauth is the client at the provider; methods are how the token endpoint lets clients in, as far as that is known.
func (p *Provider) oauth(endpoint oauth2.Endpoint, scopes, methods []string) *oauth2.Config {
	endpoint.AuthStyle = authStyle(p.cfg.ClientSecret == "", methods)
	return &oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: endpoint, Scopes: scopes}
}

// authStyle is how the client names itself at the token endpoint. Where both ways are offered, a provider may still insist on one of
// them for each client: x/oauth2 then tries the header first, and remembers.
func authStyle(public bool, methods []string) oauth2.AuthStyle {
	var header, form bool
	for _, m := range methods {
		header = header || m == "client_secret_basic"
		form = form || m == "client_secret_post"
	}
	switch {
	case public, form && !header:
		return oauth2.AuthStyleInParams
	case header && !form:
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleAutoDetect
}

// AuthURL implements signin.Provider.
func (p *Provider) AuthURL(ctx context.Context, a signin.Attempt) (string, error) {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(a.Verifier), oauth2.SetAuthURLParam("redirect_uri", a.RedirectURI)}
	if p.plain != nil {
		return p.plain.AuthCodeURL(a.State, options...), nil
	}
	d, err := p.doc.get(ctx)
	if err != nil {
		return "", signin.ErrProviderUnavailable.Because(err)
	}
	return d.oauth.AuthCodeURL(a.State, append(options, p.connectOptions(a)...)...), nil
}

// Exchange implements signin.Provider.
func (p *Provider) Exchange(ctx context.Context, a signin.Attempt, code string) (signin.Assertion, error) {
	if p.plain != nil {
		return p.exchangePlain(ctx, a, code)
	}
	return p.exchangeConnect(ctx, a, code)
}

// redeem exchanges a code (RFC 6749 section 4.1.3).
func (p *Provider) redeem(ctx context.Context, oauth *oauth2.Config, a signin.Attempt, code string) (*oauth2.Token, error) {
	ctx, cancel := p.step(ctx)
	defer cancel()
	token, err := oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier), oauth2.SetAuthURLParam("redirect_uri", a.RedirectURI))
	if err != nil {
		return nil, failed(p.safe(err, code, a.Verifier))
	}
	return token, nil
}

// Refresh implements signin.Provider.
func (p *Provider) Refresh(ctx context.Context, refreshToken string) (signin.Refreshed, error) {
	oauth := p.plain
	if oauth == nil {
		d, err := p.doc.get(ctx)
		if err != nil {
			return signin.Refreshed{}, signin.ErrProviderUnavailable.Because(err)
		}
		oauth = d.oauth
	}
	if refreshToken == "" {
		return signin.Refreshed{}, signin.ErrProviderAnswer.Because(errors.New("there is no refresh token"))
	}
	ctx, cancel := p.step(ctx)
	defer cancel()
	token, err := oauth.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err != nil {
		return signin.Refreshed{}, refreshFailed(p.safe(err, refreshToken))
	}
	return signin.Refreshed{RefreshToken: token.RefreshToken, ExpiresAt: p.expiry(token)}, nil
}

// refreshFailed keeps the session in every case but one: a misconfigured client must not log everybody out.
func refreshFailed(err error) error {
	var said *refusal
	if errors.As(err, &said) && said.ended() {
		return signin.ErrGone.Because(err)
	}
	if mapped := failed(err); !errors.Is(mapped, signin.ErrProviderRefused) {
		return mapped
	}
	return signin.ErrProviderAnswer.Because(err)
}

// LogoutURL implements signin.Provider.
func (p *Provider) LogoutURL(ctx context.Context, idToken, returnTo string) string {
	if p.doc == nil {
		return ""
	}
	d, err := p.doc.get(ctx)
	if err != nil || d.EndSessionEndpoint == "" {
		return ""
	}
	query := url.Values{"client_id": {p.cfg.ClientID}, "post_logout_redirect_uri": {returnTo}}
	if idToken != "" {
		query.Set("id_token_hint", idToken)
	}
	separator := "?"
	if strings.Contains(d.EndSessionEndpoint, "?") {
		separator = "&"
	}
	return d.EndSessionEndpoint + separator + query.Encode()
}

// step bounds one step, and brings the client to where go-oidc and x/oauth2 look for it.
func (p *Provider) step(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(goidc.ClientContext(ctx, p.client), stepTimeout)
}

// expiry is when an access token ends, by our clock; zero when the provider does not say.
func (p *Provider) expiry(token *oauth2.Token) time.Time {
	if token.ExpiresIn <= 0 {
		return time.Time{}
	}
	return p.clock().Add(time.Duration(token.ExpiresIn) * time.Second)
}
