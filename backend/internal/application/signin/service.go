package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
)

// attemptValid is how long one may take at the provider.
const attemptValid = 10 * time.Minute

// PendingAttempt is a log-in under way, as it is kept.
type PendingAttempt struct {
	StateHash   [32]byte
	BrowserHash [32]byte
	Provider    string
	RedirectTo  string
	Locale      domain.Locale
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// Repository keeps log-ins under way.
type Repository interface {
	AddAttempt(ctx context.Context, a PendingAttempt) error
	// TakeAttempt deletes and returns an attempt, so that it works once; it fails with ErrState.
	TakeAttempt(ctx context.Context, stateHash [32]byte) (PendingAttempt, error)
}

// Accounts is who is known.
type Accounts interface {
	// AdmitByIdentity finds the person by the identity, else by the address, and does what decide says.
	AdmitByIdentity(ctx context.Context, id accounts.Identity, now time.Time, decide accounts.Decide) (domain.User, error)
	Record(ctx context.Context, out domain.Outbox) error
}

// Errors about logging in at a provider.
var (
	ErrState       = domain.E(domain.KindForbidden, "auth.state_invalid", "This log-in was begun in another browser, took too long, or was finished already; begin it again.")
	ErrNoEmail     = domain.E(domain.KindForbidden, "auth.email_missing", "The identity provider did not tell your email address.")
	ErrUnverified  = domain.E(domain.KindForbidden, "auth.email_unverified", "The identity provider does not say that it has verified your email address; verify it there, then log in again.")
	ErrNotVouched  = domain.E(domain.KindForbidden, "auth.email_not_vouched", "There is an account with your email address, and this identity provider is not trusted to say that it is yours; log in the way you did before.")
	ErrDomain      = domain.E(domain.KindForbidden, "auth.domain_not_allowed", "Addresses like yours may not log in this way.")
	ErrSignUp      = domain.E(domain.KindForbidden, "auth.sign_up_closed", "Nobody has invited this address, and one cannot make an account for oneself here; ask for an invitation.")
	errNoProviders = ErrProviderUnknown
)

// Service logs people in at identity providers.
type Service struct {
	Providers  []Configured
	Repository Repository
	Accounts   Accounts
	Users      accounts.Service
	Key        []byte // 32 bytes; nonce and code verifier of an attempt are derived from its state with it
	BaseURL    string // absolute, without a slash at the end
	Clock      func() time.Time
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

func (s Service) provider(id string) (Configured, error) {
	i := slices.IndexFunc(s.Providers, func(p Configured) bool { return p.ID == id })
	if i < 0 {
		return Configured{}, errNoProviders
	}
	return s.Providers[i], nil
}

// LabelOf is what people know a provider by; "" for one that is not configured any more.
func (s Service) LabelOf(id string) string {
	p, err := s.provider(id)
	if err != nil {
		return ""
	}
	return p.Label
}

// derive makes a value of an attempt, 43 characters of base64url, that only its state and our key give.
func (s Service) derive(what, state string) string {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte(what + " " + state))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s Service) attempt(provider, state string, locale domain.Locale) Attempt {
	return Attempt{
		State: state, Nonce: s.derive("nonce", state), Verifier: s.derive("verifier", state), Locale: locale,
		RedirectURI: s.BaseURL + "/api/v1/auth/callback/" + provider,
	}
}

// Begin returns where the browser goes to log in. browser is its own secret; the attempt works in no other.
func (s Service) Begin(ctx context.Context, provider, browser, redirectTo, locale string) (string, error) {
	p, err := s.provider(provider)
	if err != nil {
		return "", err
	}
	redirectTo, err = accounts.ParseRedirect(redirectTo)
	if err != nil {
		return "", err
	}
	language, err := domain.ParseLocale(locale, domain.Locales[0])
	if err != nil {
		return "", err
	}
	state := domain.NewSecret()
	url, err := p.AuthURL(ctx, s.attempt(provider, state, language))
	if err != nil {
		return "", err
	}
	return url, s.Repository.AddAttempt(ctx, PendingAttempt{
		StateHash: domain.HashSecret(state), BrowserHash: domain.HashSecret(browser), Provider: provider, RedirectTo: redirectTo,
		Locale: language, CreatedAt: s.now(), ExpiresAt: s.now().Add(attemptValid),
	})
}

// Callback is what a browser brings back.
type Callback struct {
	Browser string // its secret, "" when it has none
	State   string
	Code    string
	Error   string // of the provider, e.g. access_denied
	Issuer  string // RFC 9207
}

// Result is somebody who has come in.
type Result struct {
	User       domain.User
	Entry      sessions.Entry
	RedirectTo string
}

// Finish redeems what a browser brings back. Where to go on is in the result also when it fails, once the attempt is known.
func (s Service) Finish(ctx context.Context, provider string, c Callback) (r Result, err error) {
	r.RedirectTo = "/"
	var email string
	defer func() {
		if err != nil {
			err = s.noteFailure(ctx, provider, email, err)
		}
	}()
	p, err := s.provider(provider)
	if err != nil {
		return r, err
	}
	if c.State == "" || c.Browser == "" {
		return r, ErrState
	}
	pending, err := s.Repository.TakeAttempt(ctx, domain.HashSecret(c.State))
	if err != nil {
		return r, err
	}
	browser := domain.HashSecret(c.Browser)
	if pending.Provider != provider || !hmac.Equal(pending.BrowserHash[:], browser[:]) || !s.now().Before(pending.ExpiresAt) {
		return r, ErrState
	}
	r.RedirectTo = pending.RedirectTo
	if c.Error != "" || c.Code == "" {
		return r, ErrProviderRefused.Because(refusal(c.Error))
	}
	attempt := s.attempt(provider, c.State, pending.Locale)
	attempt.Issuer = c.Issuer
	said, err := p.Exchange(ctx, attempt, c.Code)
	if err != nil {
		return r, err
	}
	email = said.Email
	if r.User, err = s.admit(ctx, p, said, pending.Locale); err != nil {
		return r, err
	}
	r.Entry = sessions.Entry{
		Method: p.ID, Provider: p.ID, Issuer: said.Issuer, Subject: said.Subject, RefreshToken: said.RefreshToken, IDToken: said.IDToken,
		AccessExpiresAt: said.ExpiresAt,
	}
	if said.RefreshToken == "" {
		r.Entry.MaxAge = p.SessionMaxAge
	}
	return r, nil
}

// refusal is the provider's reason, such as access_denied or invalid_scope, for the log.
type refusal string

func (r refusal) Error() string {
	if r == "" {
		return "the provider gave no code"
	}
	return strconv.Quote(string(r)[:min(len(r), 100)])
}

// noteFailure keeps in the trail who did not come in and why.
func (s Service) noteFailure(ctx context.Context, provider, email string, err error) error {
	known := domain.AsError(err)
	if known.Kind == domain.KindInternal || known.Kind == domain.KindUnavailable || known.Is(ErrProviderUnknown) || known.Is(ErrState) {
		return err
	}
	address, parseErr := domain.ParseEmail(email)
	if parseErr != nil {
		address = ""
	}
	event := domain.Act(ctx, s.now(), domain.ActLogInFailed, nil).On(domain.SubjectUser, "", string(address)).
		With("method", provider).With("code", known.Code)
	if recordErr := s.Accounts.Record(ctx, domain.Note(event)); recordErr != nil {
		return recordErr
	}
	return err
}

// LogoutURL is where the browser goes to log out at the provider of a session too; "" where it need not.
func (s Service) LogoutURL(ctx context.Context, provider, idToken string) string {
	p, err := s.provider(provider)
	if err != nil || idToken == "" {
		return ""
	}
	return p.LogoutURL(ctx, idToken, s.BaseURL+"/")
}

// Refresh asks a provider whether somebody may still be here; one that is not configured any more says no.
func (s Service) Refresh(ctx context.Context, provider, refreshToken string) (next string, expires time.Time, err error) {
	p, err := s.provider(provider)
	if err != nil {
		return "", time.Time{}, ErrGone.Because(err)
	}
	refreshed, err := p.Refresh(ctx, refreshToken)
	return refreshed.RefreshToken, refreshed.ExpiresAt, err
}

// domainOf is what comes after the @.
func domainOf(email domain.Email) string {
	_, host, _ := strings.Cut(string(email), "@")
	return host
}
