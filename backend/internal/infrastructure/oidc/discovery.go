package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

const (
	// discoveryAge is how long a discovery document is used before it is read again.
	discoveryAge = 24 * time.Hour
	// discoveryRetry is how long after a failure nobody tries again: who comes in between gets the same error at once.
	discoveryRetry = 3 * time.Second
)

const scopeOffline = goidc.ScopeOfflineAccess

// signatureAlgorithms are those with a public key, which alone prove who signed (RFC 7518 section 3.1; EdDSA: RFC 8037).
var signatureAlgorithms = []string{
	goidc.RS256, goidc.RS384, goidc.RS512, goidc.ES256, goidc.ES384, goidc.ES512, goidc.PS256, goidc.PS384, goidc.PS512, goidc.EdDSA,
}

// metadata is what we read of a discovery document (OpenID Connect Discovery 1.0 section 3; RFC 8414; RFC 9207 section 3).
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserinfoEndpoint      string   `json:"userinfo_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	KeysURL               string   `json:"jwks_uri"`
	Scopes                []string `json:"scopes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	Algorithms            []string `json:"id_token_signing_alg_values_supported"`
	IssParameter          bool     `json:"authorization_response_iss_parameter_supported"`
}

// discovered is a provider as its discovery document describes it.
type discovered struct {
	metadata
	tenant string // Microsoft's, as a GUID; "" for others
	oauth  *oauth2.Config
	keys   *goidc.RemoteKeySet // remembers keys, and asks again for one it does not know
}

// discovery reads a provider's document at first use and remembers it. While it cannot be read again, the old one is used.
type discovery struct {
	p       *Provider
	turn    chan struct{} // held while reading; guards what follows
	current *discovered
	readAt  time.Time
	err     error
	failed  time.Time
}

func newDiscovery(p *Provider) *discovery {
	return &discovery{p: p, turn: make(chan struct{}, 1)}
}

// get is the current document. Its errors are fit for the log.
func (d *discovery) get(ctx context.Context) (*discovered, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-d.turn }()
	now := d.p.clock()
	fresh := d.current != nil && now.Sub(d.readAt) < discoveryAge
	waiting := d.err != nil && now.Sub(d.failed) < discoveryRetry
	if !fresh && !waiting {
		// One visitor who leaves must not make it fail for those who wait.
		found, err := d.p.discover(context.WithoutCancel(ctx))
		if d.err = err; err != nil {
			d.failed = d.p.clock() // not before: a slow failure must spare those who waited for it
		} else {
			d.current, d.readAt = found, now
		}
	}
	if d.current == nil {
		return nil, d.err
	}
	return d.current, nil
}

// discover reads the document.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	m, err := p.fetchMetadata(ctx)
	if err != nil {
		return nil, p.safe(err)
	}
	return p.use(ctx, m)
}

// use checks a document and makes of it what a log-in needs.
func (p *Provider) use(ctx context.Context, m metadata) (*discovered, error) {
	found := &discovered{metadata: m}
	if p.cfg.Kind == config.KindMicrosoft {
		var err error
		if found.tenant, err = tenantIssuer(p.cfg.Issuer, m.Issuer); err != nil {
			return nil, p.safe(err)
		}
	}
	if err := m.check(p.cfg.Issuer); err != nil {
		return nil, p.safe(err)
	}
	endpoint := oauth2.Endpoint{AuthURL: m.AuthorizationEndpoint, TokenURL: m.TokenEndpoint}
	found.oauth = p.oauth(endpoint, p.connectScopes(m), m.TokenAuthMethods)
	found.keys = goidc.NewRemoteKeySet(goidc.ClientContext(context.WithoutCancel(ctx), p.client), m.KeysURL)
	return found, nil
}

// fetchMetadata reads the document, whose issuer has to be the configured one; of Microsoft's, tenantIssuer has to check it. Its errors
// are those of others: safe makes them fit for the log.
func (p *Provider) fetchMetadata(ctx context.Context) (m metadata, err error) {
	ctx, cancel := p.step(ctx)
	defer cancel()
	if p.cfg.Kind == config.KindMicrosoft {
		ctx = goidc.InsecureIssuerURLContext(ctx, p.cfg.Issuer)
	}
	read, err := goidc.NewProvider(ctx, p.cfg.Issuer)
	if err != nil {
		return m, err
	}
	if err := read.Claims(&m); err != nil {
		return m, fmt.Errorf("the discovery document: %w", err)
	}
	return m, nil
}

// check refuses a document without the endpoints that we need, or with one to which secrets cannot be sent.
func (m metadata) check(issuer string) error {
	for _, endpoint := range []struct {
		name, address string
		needed        bool
	}{
		{"authorization_endpoint", m.AuthorizationEndpoint, true},
		{"token_endpoint", m.TokenEndpoint, true},
		{"jwks_uri", m.KeysURL, true},
		{"userinfo_endpoint", m.UserinfoEndpoint, false},
		{"end_session_endpoint", m.EndSessionEndpoint, false},
	} {
		if endpoint.address == "" {
			if endpoint.needed {
				return fmt.Errorf("the discovery document has no %s", endpoint.name)
			}
			continue
		}
		// The configuration allows http only for an issuer on this machine.
		u, err := url.Parse(endpoint.address)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !hasScheme(issuer, "http")) {
			return fmt.Errorf("the discovery document's %s is not an https address", endpoint.name)
		}
	}
	if len(m.algorithms()) == 0 {
		return errors.New("the provider signs ID tokens by no algorithm with a public key")
	}
	return nil
}

// algorithms are those by which an ID token may be signed: what the provider offers, never `none` and never with a shared secret. RS256
// where it says nothing (OpenID Connect Core 1.0 section 3.1.3.7).
func (m metadata) algorithms() (out []string) {
	if len(m.Algorithms) == 0 {
		return []string{goidc.RS256}
	}
	for _, a := range m.Algorithms {
		if slices.Contains(signatureAlgorithms, a) {
			out = append(out, a)
		}
	}
	return out
}

// connectScopes asks for a refresh token where the provider has a scope for that, unless the operator chose the scopes.
func (p *Provider) connectScopes(m metadata) []string {
	if len(p.cfg.Scopes) > 0 {
		return p.cfg.Scopes
	}
	scopes := []string{goidc.ScopeOpenID, goidc.ScopeEmail, goidc.ScopeProfile}
	if p.cfg.Kind == config.KindMicrosoft || p.cfg.Kind != config.KindGoogle && slices.Contains(m.Scopes, scopeOffline) {
		scopes = append(scopes, scopeOffline)
	}
	return scopes
}

func hasScheme(address, scheme string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == scheme
}
