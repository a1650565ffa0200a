// Package accesstoken makes and reads the access tokens of applications: JWTs (RFC 7519, RFC 9068) signed with Ed25519 (RFC 8037).
package accesstoken

import (
	"crypto/ed25519"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/tokens"
)

// leeway is how far the clocks of two servers may be apart.
const leeway = 30 * time.Second

// tokenType keeps other JWTs under the same key from being taken for access tokens (RFC 9068, section 2.1).
const tokenType = "at+jwt"

// Signer signs with one key for one issuer.
type Signer struct {
	issuer   string
	audience string
	public   ed25519.PublicKey
	signer   jose.Signer
}

var _ tokens.Signer = Signer{}

// New makes a signer; seed is 32 bytes, derived for this alone. Issuer is the site's address, the audience its API.
func New(seed []byte, baseURL string) (Signer, error) {
	private := ed25519.NewKeyFromSeed(seed)
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: private}, (&jose.SignerOptions{}).WithType(tokenType),
	)
	public, _ := private.Public().(ed25519.PublicKey)
	return Signer{issuer: baseURL, audience: baseURL + "/api/v1", public: public, signer: signer}, err
}

type private struct {
	AuthTime *jwt.NumericDate `json:"auth_time"`
	Session  string           `json:"sid"`
}

// Sign returns the compact form.
func (s Signer) Sign(c tokens.Claims) (string, error) {
	return jwt.Signed(s.signer).Claims(jwt.Claims{
		Issuer: s.issuer, Subject: c.UserID, Audience: jwt.Audience{s.audience}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(c.IssuedAt), Expiry: jwt.NewNumericDate(c.ExpiresAt),
	}).Claims(private{AuthTime: jwt.NewNumericDate(c.AuthenticatedAt), Session: c.Family}).Serialize()
}

// Read verifies signature, type, issuer, audience and times.
func (s Signer) Read(token string, now time.Time) (tokens.Claims, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return tokens.Claims{}, err
	}
	if len(parsed.Headers) != 1 || parsed.Headers[0].ExtraHeaders[jose.HeaderType] != tokenType {
		return tokens.Claims{}, jose.ErrCryptoFailure
	}
	var claims jwt.Claims
	var more private
	if err := parsed.Claims(s.public, &claims, &more); err != nil {
		return tokens.Claims{}, err
	}
	if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: s.issuer, AnyAudience: jwt.Audience{s.audience}, Time: now}, leeway); err != nil {
		return tokens.Claims{}, err
	}
	if claims.Expiry == nil || claims.IssuedAt == nil || more.AuthTime == nil {
		return tokens.Claims{}, jwt.ErrInvalidClaims
	}
	return tokens.Claims{
		UserID: claims.Subject, Family: more.Session, AuthenticatedAt: more.AuthTime.Time().UTC(), IssuedAt: claims.IssuedAt.Time().UTC(),
		ExpiresAt: claims.Expiry.Time().UTC(),
	}, nil
}
