// Package signin is logging in at an identity provider: who comes back, whose account that is, and whether they may still be here.
package signin

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Provider is one configured identity provider. Its methods talk to it over the network, within a few seconds.
type Provider interface {
	// AuthURL is where the browser goes to log in; it fails with ErrProviderUnavailable.
	AuthURL(ctx context.Context, a Attempt) (string, error)
	// Exchange redeems a code and verifies everything that comes back. It fails with ErrProviderUnavailable when the provider cannot be
	// reached, ErrProviderRefused when it says no, and ErrProviderAnswer for what does not verify or makes no sense.
	Exchange(ctx context.Context, a Attempt, code string) (Assertion, error)
	// Refresh asks whether the person may still be here. It fails with ErrGone only when the provider says that the grant is
	// (`invalid_grant`, RFC 6749 section 5.2; GitHub's `bad_refresh_token`), and with ErrProviderUnavailable or ErrProviderAnswer for
	// anything else.
	Refresh(ctx context.Context, refreshToken string) (Refreshed, error)
	// LogoutURL is where the browser goes to log out at the provider too (OpenID Connect RP-Initiated Logout 1.0), and then comes back
	// to returnTo; "" where the provider has no such place or cannot be asked now.
	LogoutURL(ctx context.Context, idToken, returnTo string) string
}

// Attempt is one log-in under way. State, nonce and verifier are 43 characters of base64url.
type Attempt struct {
	State       string
	Nonce       string
	Verifier    string // PKCE code verifier (RFC 7636); the challenge is S256
	RedirectURI string // the callback's absolute URL
	Locale      domain.Locale
	Issuer      string // `iss` of the callback (RFC 9207), "" when it held none; Exchange checks it
}

// Assertion is what a provider says of a person, verified.
type Assertion struct {
	Issuer        string    // the ID token's; for plain OAuth2, the provider's base address
	Subject       string    // never empty
	Email         string    // as given; "" when there is none
	EmailVerified bool      // the provider has verified that the address is the person's
	Name          string    // may be ""
	Locale        string    // BCP 47, may be ""
	RefreshToken  string    // "" when there is none
	IDToken       string    // as received; "" for plain OAuth2
	ExpiresAt     time.Time // of the access token; zero when unknown
}

// Refreshed is a grant that still holds.
type Refreshed struct {
	RefreshToken string    // the one to use next time: a new one, or the old one where the provider keeps it
	ExpiresAt    time.Time // of the new access token; zero when unknown
}

// Configured is a provider with what the operator says of it.
type Configured struct {
	Provider
	ID             string        // lower-case letters and digits; part of the callback's address
	Label          string        // what the button says
	Kind           string        // google, microsoft, github, gitlab, oidc or oauth2
	AllowedDomains []string      // in lower case; only addresses of these may log in; empty: any
	TrustEmail     bool          // verified addresses outside of AllowedDomains are vouched for, too
	Public         bool          // anyone in the world can have an account there
	SessionMaxAge  time.Duration // how long a session lasts where the provider gives no refresh token
}

// Errors about providers.
var (
	ErrProviderUnknown     = domain.E(domain.KindNotFound, "auth.provider_unknown", "There is no such log-in method here.")
	ErrProviderUnavailable = domain.E(domain.KindUnavailable, "auth.provider_unavailable", "The identity provider cannot be reached right now; try again in a moment, or log in another way.")
	ErrProviderRefused     = domain.E(domain.KindForbidden, "auth.provider_refused", "The identity provider did not let you in, or you cancelled.")
	ErrProviderAnswer      = domain.E(domain.KindForbidden, "auth.provider_answer", "The identity provider's answer could not be verified; log in again, and tell your administrator if it stays so.")
	ErrGone                = domain.E(domain.KindUnauthenticated, "auth.provider_ended", "The identity provider has ended your access; log in again.")
)
