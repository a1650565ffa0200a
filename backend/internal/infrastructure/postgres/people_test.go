package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/application/tokens"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/accesstoken"
	"github.com/ackify/ackify/backend/internal/infrastructure/passwords"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
)

const longPassword = "correct horse battery"

// provider says of everybody who comes what a test wants it to say.
type provider struct {
	mutex     sync.Mutex
	said      signin.Assertion
	err       error
	refreshed func(token string) (signin.Refreshed, error)
	asked     int
}

func (p *provider) AuthURL(_ context.Context, a signin.Attempt) (string, error) {
	return "https://id.example.com/authorize?state=" + a.State, nil
}

func (p *provider) Exchange(context.Context, signin.Attempt, string) (signin.Assertion, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.said, p.err
}

func (p *provider) Refresh(_ context.Context, token string) (signin.Refreshed, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.asked++
	return p.refreshed(token)
}

func (*provider) LogoutURL(context.Context, string, string) string { return "" }

// outgoing makes mails and remembers what they say.
type outgoing struct {
	mutex sync.Mutex
	mails []domain.Message
	off   bool
}

func (o *outgoing) Enabled() bool { return !o.off }

func (o *outgoing) Compose(m domain.Message) (domain.QueuedMail, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.mails = append(o.mails, m)
	return domain.QueuedMail{
		To: m.To, Subject: "s", Template: m.Template, Locale: m.Locale, Data: []byte("{}"), Priority: m.Priority, MaxRetries: 3, At: time.Now().UTC(),
	}, nil
}

// secret returns the token in the newest mail's link, and its code.
func (o *outgoing) secret() (token, code string) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	m := o.mails[len(o.mails)-1]
	_, token, _ = strings.Cut(m.Secrets["link"], "#token=")
	return token, m.Secrets["code"]
}

// people is who is who, on a test's own database, at a time that stands still until the test moves it.
type people struct {
	database dbtest.Database
	db       postgres.DB
	now      time.Time
	mails    *outgoing
	accounts accounts.Service
	sessions sessions.Service
	signIn   signin.Service
	tokens   tokens.Service
	provider *provider
}

func fill(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

func newPeople(t *testing.T, configure ...func(*accounts.Settings, *signin.Configured)) *people {
	t.Helper()
	p := &people{
		database: dbtest.New(t), now: time.Date(2026, 11, 22, 4, 33, 0, 0, time.UTC), mails: &outgoing{},
		provider: &provider{said: signin.Assertion{Issuer: "https://id.example.com", Subject: "ada", Email: "ada@example.com", EmailVerified: true, Name: "Ada Lovelace"}},
	}
	p.db = p.database.DB(t)
	settings := accounts.Settings{
		BaseURL: "https://sign.example.com", Passwords: true, MagicLinks: true, Registration: []string{"open.example.com"}, FreeFailures: 5, ClientLinks: 10,
		CodeKey: bytes.Repeat([]byte{1}, 32),
	}
	configured := signin.Configured{ID: "acme", Provider: p.provider, Label: "Acme", Kind: "oidc", TrustEmail: true, SessionMaxAge: 12 * time.Hour}
	for _, c := range configure {
		c(&settings, &configured)
	}
	clock := func() time.Time { return p.now }
	repository := postgres.Accounts{DB: p.db}
	p.accounts = accounts.Service{Repository: repository, Hasher: passwords.NewHasher(2), Mails: p.mails, Clock: clock, Settings: settings}
	p.signIn = signin.Service{
		Providers: []signin.Configured{configured}, Repository: postgres.LogInAttempts{DB: p.db}, Accounts: repository, Users: p.accounts,
		Key: bytes.Repeat([]byte{2}, 32), BaseURL: settings.BaseURL, Clock: clock,
	}
	p.sessions = sessions.Service{
		Repository: postgres.Sessions{DB: p.db}, Sealer: p.sealer(t, fill(3)), Refresher: p.signIn, Mails: p.mails,
		AccountURL: settings.BaseURL + "/account", Clock: clock, Logger: slog.New(slog.DiscardHandler),
	}
	signer, err := accesstoken.New(bytes.Repeat([]byte{4}, 32), settings.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	p.tokens = tokens.Service{Repository: postgres.Tokens{DB: p.db}, Signer: signer, Accounts: p.accounts, Notices: p.sessions, Clock: clock}
	return p
}

func (p *people) sealer(t testing.TB, cookieSecrets ...string) secrets.Sealer {
	t.Helper()
	s, err := secrets.NewSealer("ackify/provider-tokens/v1", cookieSecrets...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// from is a request from an address.
func from(t testing.TB, address string) context.Context {
	t.Helper()
	return domain.WithOrigin(t.Context(), domain.Origin{Kind: domain.ActorUser, IPAddress: address, UserAgent: "test", RequestID: "r"})
}

// begin begins a log-in at the provider, in the browser b, and returns its state.
func (p *people) begin(t testing.TB) string {
	t.Helper()
	address, err := p.signIn.Begin(t.Context(), "acme", "b", "/d/policy", "fr")
	if err != nil {
		t.Fatal(err)
	}
	_, state, _ := strings.Cut(address, "state=")
	return state
}

// come logs in at the provider.
func (p *people) come(t testing.TB) (domain.User, error) {
	t.Helper()
	result, err := p.signIn.Finish(from(t, "192.0.2.1"), "acme", signin.Callback{Browser: "b", State: p.begin(t), Code: "c"})
	return result.User, err
}

// user makes an account; a password of "" makes none.
func (p *people) user(t testing.TB, email string, change func(*accounts.NewUser)) domain.User {
	t.Helper()
	u := accounts.NewUser{
		ID: uuid.NewString(), Verified: true, Email: domain.Email(email), Name: "Name", Role: domain.RoleSigner, Locale: "en", CreatedAt: p.now,
	}
	if change != nil {
		change(&u)
	}
	made, err := p.accounts.Repository.CreateUser(t.Context(), u, domain.Outbox{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (p *people) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := p.database.AsOwner(t).Pool.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (p *people) exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	if _, err := p.database.AsOwner(t).Pool.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func wantError(t testing.TB, what string, err error, want *domain.Error) {
	t.Helper()
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestWhoMayComeFromAProvider(t *testing.T) {
	t.Parallel()
	type config = func(*accounts.Settings, *signin.Configured)
	public := func(_ *accounts.Settings, c *signin.Configured) { c.Public = true }
	untrusted := func(_ *accounts.Settings, c *signin.Configured) { c.TrustEmail = false }
	domains := func(_ *accounts.Settings, c *signin.Configured) {
		c.AllowedDomains, c.TrustEmail = []string{"example.com"}, false
	}
	operators := func(s *accounts.Settings, _ *signin.Configured) { s.AdminEmails = []domain.Email{"ada@example.com"} }
	registered := func(t *testing.T, p *people) { t.Helper(); p.user(t, "ada@example.com", nil) }
	invited := func(t *testing.T, p *people) {
		t.Helper()
		admin := p.user(t, "boss@example.com", func(u *accounts.NewUser) { u.Role = domain.RoleAdmin })
		if _, _, err := p.accounts.Invite(t.Context(), admin, accounts.InviteInput{Email: "ada@example.com", Role: "author", Name: "Countess"}); err != nil {
			t.Fatal(err)
		}
	}
	unconfirmed := func(t *testing.T, p *people) {
		t.Helper()
		p.user(t, "ada@example.com", func(u *accounts.NewUser) { u.Verified, u.HashedPassword, u.Name = false, "x", "Mallory" })
	}
	for name, c := range map[string]struct {
		configure []config
		before    func(*testing.T, *people)
		said      func(*signin.Assertion)
		want      *domain.Error
		role      domain.Role
		verified  bool
		name      string
	}{
		"a newcomer":                                  {role: "signer", verified: true, name: "Ada Lovelace"},
		"a newcomer without a name":                   {said: func(a *signin.Assertion) { a.Name = "" }, role: "signer", verified: true, name: "Ada"},
		"a newcomer with an invisible name":           {said: func(a *signin.Assertion) { a.Name = "\u202e\u200b" }, role: "signer", verified: true, name: "Ada"},
		"a newcomer with a name of many lines":        {said: func(a *signin.Assertion) { a.Name = "Ada\nLovelace" }, role: "signer", verified: true, name: "Ada"},
		"a newcomer with an odd name":                 {said: func(a *signin.Assertion) { a.Name = `=Zoë "O'Neil" <李> 👩‍🚀` }, role: "signer", verified: true, name: `=Zoë "O'Neil" <李> 👩‍🚀`},
		"an odd subject":                              {said: func(a *signin.Assertion) { a.Subject = `a' OR 1=1 -- | 李 %_\ ` }, role: "signer", verified: true, name: "Ada Lovelace"},
		"a subject with NUL":                          {said: func(a *signin.Assertion) { a.Subject = "a\x00b" }, want: signin.ErrProviderAnswer},
		"a subject with a line break":                 {said: func(a *signin.Assertion) { a.Subject = "a\nb" }, want: signin.ErrProviderAnswer},
		"a subject that is not UTF-8":                 {said: func(a *signin.Assertion) { a.Subject = "a\xff" }, want: signin.ErrProviderAnswer},
		"no subject":                                  {said: func(a *signin.Assertion) { a.Subject = "" }, want: signin.ErrProviderAnswer},
		"a long subject":                              {said: func(a *signin.Assertion) { a.Subject = strings.Repeat("x", 256) }, want: signin.ErrProviderAnswer},
		"no email":                                    {said: func(a *signin.Assertion) { a.Email = "" }, want: signin.ErrNoEmail},
		"an email that is none":                       {said: func(a *signin.Assertion) { a.Email = "Ada <ada@example.com>" }, want: signin.ErrNoEmail},
		"an unverified email":                         {said: func(a *signin.Assertion) { a.EmailVerified = false }, want: signin.ErrUnverified},
		"an unverified email of a known account":      {before: registered, said: func(a *signin.Assertion) { a.EmailVerified = false }, want: signin.ErrUnverified},
		"a known account":                             {before: registered, role: "signer", verified: true, name: "Name"},
		"a known account, in other letters":           {before: registered, said: func(a *signin.Assertion) { a.Email = "ADA@Example.com" }, role: "signer", verified: true, name: "Name"},
		"a known account, not vouched for":            {configure: []config{untrusted}, before: registered, want: signin.ErrNotVouched},
		"a newcomer, not vouched for":                 {configure: []config{untrusted}, role: "signer", name: "Ada Lovelace"},
		"an admin, not vouched for":                   {configure: []config{untrusted, operators}, role: "signer", name: "Ada Lovelace"},
		"an admin":                                    {configure: []config{operators}, role: "admin", verified: true, name: "Ada Lovelace"},
		"an admin with an account":                    {configure: []config{operators}, before: registered, role: "admin", verified: true, name: "Name"},
		"an allowed domain":                           {configure: []config{domains}, before: registered, role: "signer", verified: true, name: "Name"},
		"another domain":                              {configure: []config{domains}, said: func(a *signin.Assertion) { a.Email = "ada@example.org" }, want: signin.ErrDomain},
		"a domain below":                              {configure: []config{domains}, said: func(a *signin.Assertion) { a.Email = "ada@sub.example.com" }, want: signin.ErrDomain},
		"an allowed domain, unverified":               {configure: []config{domains}, said: func(a *signin.Assertion) { a.EmailVerified = false }, want: signin.ErrUnverified},
		"an allowed domain, no email":                 {configure: []config{domains}, said: func(a *signin.Assertion) { a.Email = "" }, want: signin.ErrNoEmail},
		"a public provider":                           {configure: []config{public}, want: signin.ErrSignUp},
		"a public provider, a known account":          {configure: []config{public}, before: registered, role: "signer", verified: true, name: "Name"},
		"a public provider, the domain may":           {configure: []config{public}, said: func(a *signin.Assertion) { a.Email = "ada@open.example.com" }, role: "signer", verified: true, name: "Ada Lovelace"},
		"a public provider, invited":                  {configure: []config{public}, before: invited, role: "author", verified: true, name: "Ada Lovelace"},
		"a public provider, invited, not vouched for": {configure: []config{public, untrusted}, before: invited, want: signin.ErrSignUp},
		"invited":                  {before: invited, role: "author", verified: true, name: "Ada Lovelace"},
		"invited, without a name":  {before: invited, said: func(a *signin.Assertion) { a.Name = "" }, role: "author", verified: true, name: "Countess"},
		"invited, not vouched for": {configure: []config{untrusted}, before: invited, role: "signer", name: "Ada Lovelace"},
		"deactivated": {before: func(t *testing.T, p *people) {
			t.Helper()
			registered(t, p)
			p.exec(t, "UPDATE users SET is_active = false")
		}, want: accounts.ErrInactive},
		"an account that nobody confirmed":                  {before: unconfirmed, role: "signer", verified: true, name: "Ada Lovelace"},
		"an account that nobody confirmed, not vouched for": {configure: []config{untrusted}, before: unconfirmed, want: signin.ErrNotVouched},
		"invited, and somebody registered the address meanwhile": {before: func(t *testing.T, p *people) {
			t.Helper()
			invited(t, p)
			unconfirmed(t, p)
		}, role: "author", verified: true, name: "Ada Lovelace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t, c.configure...)
			if c.before != nil {
				c.before(t, p)
			}
			if c.said != nil {
				c.said(&p.provider.said)
			}
			got, err := p.come(t)
			wantError(t, "log-in", err, c.want)
			if err != nil {
				if n := p.count(t, "SELECT count(*) FROM identities"); n > 0 {
					t.Error("who is refused has an identity")
				}
				if n := p.count(t, "SELECT count(*) FROM audit_log WHERE action = 'login.failed' AND detail->>'code' = $1", domain.AsError(err).Code); n != 1 {
					t.Errorf("%d lines in the trail", n)
				}
				return
			}
			if got.Role != c.role || got.Verified != c.verified || got.Name != c.name {
				t.Errorf("%+v", got)
			}
			kept, _, err := p.accounts.Repository.UserByID(t.Context(), got.ID)
			if err != nil || kept != got {
				t.Errorf("kept %+v, %v", kept, err)
			}
			again, err := p.come(t)
			if err != nil || again.ID != got.ID {
				t.Errorf("the second time: %+v, %v", again, err)
			}
			if c.verified && p.count(t, "SELECT count(*) FROM invitations WHERE email = 'ada@example.com' AND accepted_at IS NULL") > 0 {
				t.Error("the invitation is still open")
			}
		})
	}
}

func TestAnIdentityIsItsPersonWhateverItsAddressSaysNow(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ada, err := p.come(t)
	if err != nil {
		t.Fatal(err)
	}
	bob := p.user(t, "bob@example.com", nil)
	for name, change := range map[string]func(*signin.Assertion){
		"another address":         func(a *signin.Assertion) { a.Email = "ada@elsewhere.example.com" },
		"somebody else's address": func(a *signin.Assertion) { a.Email = "bob@example.com" },
		"an unverified address":   func(a *signin.Assertion) { a.EmailVerified = false },
		"no address":              func(a *signin.Assertion) { a.Email = "" },
		"an address that is none": func(a *signin.Assertion) { a.Email = "\x00" },
		"a name that is no name":  func(a *signin.Assertion) { a.Name = "\x00" },
	} {
		before := p.provider.said
		change(&p.provider.said)
		got, err := p.come(t)
		if err != nil || got.ID != ada.ID || got.Email != "ada@example.com" || got.Name != "Ada Lovelace" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		p.provider.said = before
	}
	// The same subject at another issuer, and in other letters, is somebody else.
	for _, other := range []func(*signin.Assertion){
		func(a *signin.Assertion) { a.Issuer, a.Email = "https://other.example.com", "bob@example.com" },
		func(a *signin.Assertion) { a.Subject, a.Email = "ADA", "bob@example.com" },
		func(a *signin.Assertion) {
			a.Issuer, a.Subject, a.Email = "https://id.example.com x", "da", "bob@example.com"
		},
	} {
		before := p.provider.said
		other(&p.provider.said)
		if got, err := p.come(t); err != nil || got.ID != bob.ID {
			t.Errorf("%+v, %v", got, err)
		}
		p.provider.said = before
	}
}

func TestWhoComesForTheFirstTimeInManyTabsIsOnePerson(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	var tabs sync.WaitGroup
	found := sync.Map{}
	for range 8 {
		state := p.begin(t)
		tabs.Go(func() {
			result, err := p.signIn.Finish(from(t, "192.0.2.1"), "acme", signin.Callback{Browser: "b", State: state, Code: "c"})
			if err != nil {
				t.Error(err)
			}
			found.Store(result.User.ID, true)
		})
	}
	tabs.Wait()
	if n := p.count(t, "SELECT count(*) FROM users"); n != 1 {
		t.Errorf("%d people", n)
	}
	if n := p.count(t, "SELECT count(*) FROM identities"); n != 1 {
		t.Errorf("%d identities", n)
	}
}

func TestWhoProvesTheAddressTakesAnUnconfirmedAccountOver(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ctx := from(t, "192.0.2.66")
	// Mallory came with Ada's address from a provider that nobody trusts, and has everything that opens an account.
	hashed, err := p.accounts.Hasher.Hash(ctx, longPassword)
	if err != nil {
		t.Fatal(err)
	}
	mallory := p.user(t, "ada@example.com", func(u *accounts.NewUser) { u.Verified, u.HashedPassword, u.Name = false, hashed, "Mallory" })
	p.exec(t, "INSERT INTO identities (issuer, subject, user_id, provider, email, created_at, last_used_at) VALUES ('https://evil', 'm', $1, 'evil', 'ada@example.com', now(), now())", mallory.ID)
	_, cookie, err := p.sessions.Start(ctx, mallory, sessions.Entry{Method: "evil"}, sessions.Device{UserAgent: "Evil/1"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.accounts.RequestReset(ctx, accounts.Request{Email: "ada@example.com"}); err != nil {
		t.Fatal(err)
	}
	reset, _ := p.mails.secret()
	_, api, err := p.tokens.Create(ctx, mallory, tokens.NewAPIToken{Name: "x", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	refresh := tokens.RefreshToken{
		Hash: strings.Repeat("a", 64), JTI: "j", Family: uuid.NewString(), UserID: mallory.ID, AuthenticatedAt: p.now, CreatedAt: p.now, ExpiresAt: p.now.Add(time.Hour),
	}
	if err := (postgres.Tokens{DB: p.db}).AddRefreshToken(ctx, mallory, refresh, nil, domain.Outbox{}); err != nil {
		t.Fatal(err)
	}

	ada, err := p.come(t)
	if err != nil || ada.ID != mallory.ID || !ada.Verified || ada.HasPassword || ada.Name != "Ada Lovelace" {
		t.Fatalf("%+v, %v", ada, err)
	}
	_, err = p.accounts.LogIn(ctx, "ada@example.com", longPassword)
	wantError(t, "the password", err, accounts.ErrCredentials)
	_, err = p.sessions.Find(ctx, cookie, sessions.Device{UserAgent: "Evil/1"})
	wantError(t, "the session", err, domain.ErrUnauthenticated)
	_, _, err = p.accounts.Reset(ctx, reset, "another long password")
	wantError(t, "the link", err, accounts.ErrLink)
	_, err = p.tokens.Authenticate(ctx, api)
	wantError(t, "the API token", err, tokens.ErrInvalid)
	if n := p.count(t, "SELECT count(*) FROM refresh_tokens WHERE NOT revoked"); n != 0 {
		t.Error("a refresh token still works")
	}
	if n := p.count(t, "SELECT count(*) FROM identities"); n != 1 {
		t.Errorf("%d identities", n)
	}
	p.provider.said.Issuer, p.provider.said.Subject, p.provider.said.EmailVerified = "https://evil", "m", false
	_, err = p.come(t)
	wantError(t, "the identity", err, signin.ErrUnverified)
}

// Somebody uses an account that came from a provider which is not trusted for its address; a stranger registers that address.
func TestRegisteringAnAddressChangesNothingOfAnAccountInUse(t *testing.T) {
	t.Parallel()
	p := newPeople(t, func(_ *accounts.Settings, c *signin.Configured) { c.TrustEmail = false })
	p.provider.said.Email = "ada@open.example.com"
	ada, err := p.come(t)
	if err != nil || ada.Verified {
		t.Fatal(ada, err)
	}
	if _, _, err := p.sessions.Start(from(t, "192.0.2.1"), ada, p.entry(), sessions.Device{}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := p.accounts.Register(from(t, "192.0.2.66"), accounts.Registration{
		Request: accounts.Request{Email: "ada@open.example.com"}, Name: "Mallory", Password: longPassword,
	}); err != nil {
		t.Fatal(err)
	}
	after, hashed, err := p.accounts.Repository.UserByID(t.Context(), ada.ID)
	if err != nil || after.Name != "Ada Lovelace" || hashed != "" {
		t.Errorf("%+v with password %q, %v", after, hashed, err)
	}
	if last := p.mails.mails[len(p.mails.mails)-1]; last.Template != domain.MailAlreadyRegistered {
		t.Errorf("the mail is %s", last.Template)
	}
}

func TestAnAttemptWorksOnceInItsBrowserForTenMinutes(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	finish := func(c signin.Callback) error {
		_, err := p.signIn.Finish(from(t, "192.0.2.1"), "acme", c)
		return err
	}
	state := p.begin(t)
	wantError(t, "first", finish(signin.Callback{Browser: "b", State: state, Code: "c"}), nil)
	wantError(t, "again", finish(signin.Callback{Browser: "b", State: state, Code: "c"}), signin.ErrState)
	wantError(t, "another browser", finish(signin.Callback{Browser: "other", State: p.begin(t), Code: "c"}), signin.ErrState)
	wantError(t, "no browser", finish(signin.Callback{State: p.begin(t), Code: "c"}), signin.ErrState)
	wantError(t, "no state", finish(signin.Callback{Browser: "b", Code: "c"}), signin.ErrState)
	wantError(t, "refused", finish(signin.Callback{Browser: "b", State: p.begin(t), Error: "access_denied", Code: "c"}), signin.ErrProviderRefused)
	wantError(t, "no code", finish(signin.Callback{Browser: "b", State: p.begin(t)}), signin.ErrProviderRefused)
	state = p.begin(t)
	p.now = p.now.Add(10*time.Minute - time.Microsecond)
	wantError(t, "just in time", finish(signin.Callback{Browser: "b", State: state, Code: "c"}), nil)
	state = p.begin(t)
	p.now = p.now.Add(10 * time.Minute)
	wantError(t, "too late", finish(signin.Callback{Browser: "b", State: state, Code: "c"}), signin.ErrState)
	p.signIn.Providers = append(p.signIn.Providers, signin.Configured{ID: "other", Provider: p.provider})
	state = p.begin(t)
	_, err := p.signIn.Finish(t.Context(), "other", signin.Callback{Browser: "b", State: state, Code: "c"})
	wantError(t, "another provider", err, signin.ErrState)
	if n := p.count(t, "SELECT count(*) FROM login_attempts WHERE position(convert_to($1, 'UTF8') IN state_hash) > 0", state); n != 0 {
		t.Error("the state is in the database")
	}
}

// entry is how somebody who came from the provider begins a session.
func (p *people) entry() sessions.Entry {
	return sessions.Entry{Method: "acme", Provider: "acme", Issuer: p.provider.said.Issuer, Subject: p.provider.said.Subject}
}

// cameIn is a session from the provider, with the refresh token refresh-0.
func (p *people) cameIn(t testing.TB) (domain.Session, string) {
	t.Helper()
	ada, err := p.come(t)
	if err != nil {
		t.Fatal(err)
	}
	entry := p.entry()
	entry.RefreshToken, entry.IDToken = "refresh-0", "id-token"
	s, cookie, err := p.sessions.Start(t.Context(), ada, entry, sessions.Device{UserAgent: "Firefox/1"}, "")
	if err != nil {
		t.Fatal(err)
	}
	return s, cookie
}

func (p *people) look(cookie string) error {
	_, err := p.sessions.Find(context.Background(), cookie, sessions.Device{UserAgent: "Firefox/1"})
	return err
}

func TestAProviderIsAskedEveryTenMinutes(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	var got []string
	p.provider.refreshed = func(token string) (signin.Refreshed, error) {
		got = append(got, token)
		return signin.Refreshed{RefreshToken: fmt.Sprintf("refresh-%d", len(got))}, nil
	}
	_, cookie := p.cameIn(t)
	for _, minutes := range []int{9, 1, 9, 1, 25} {
		p.now = p.now.Add(time.Duration(minutes) * time.Minute)
		wantError(t, "find", p.look(cookie), nil)
	}
	if want := "[refresh-0 refresh-1 refresh-2]"; fmt.Sprint(got) != want {
		t.Errorf("asked with %v, want %s", got, want)
	}
	if n := p.count(t, "SELECT count(*) FROM oauth_sessions o WHERE position('refresh-' IN encode(refresh_token_encrypted, 'escape')) > 0 OR position('id-token' IN encode(id_token_encrypted, 'escape')) > 0"); n != 0 {
		t.Error("a token can be read in the database")
	}
}

func TestOnlyTheProvidersNoEndsASession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		gone bool
	}{
		"gone": {signin.ErrGone, true}, "down": {signin.ErrProviderUnavailable, false}, "nonsense": {signin.ErrProviderAnswer, false},
		"an error of ours": {errors.New("x"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t)
			p.provider.refreshed = func(string) (signin.Refreshed, error) { return signin.Refreshed{}, c.err }
			_, cookie := p.cameIn(t)
			p.now = p.now.Add(10 * time.Minute)
			if c.gone {
				wantError(t, "find", p.look(cookie), domain.ErrUnauthenticated)
				if n := p.count(t, "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM oauth_sessions)"); n != 0 {
					t.Error("the session or its tokens are still there")
				}
				if n := p.count(t, "SELECT count(*) FROM audit_log WHERE action = 'session.provider_ended' AND actor_email = 'ada@example.com'"); n != 1 {
					t.Errorf("%d lines in the trail", n)
				}
				return
			}
			wantError(t, "find", p.look(cookie), nil)
			p.now = p.now.Add(time.Minute - time.Microsecond)
			wantError(t, "find", p.look(cookie), nil)
			if p.provider.asked != 1 {
				t.Errorf("asked %d times within a minute", p.provider.asked)
			}
			p.now = p.now.Add(time.Microsecond)
			wantError(t, "find", p.look(cookie), nil)
			if p.provider.asked != 2 {
				t.Errorf("asked %d times", p.provider.asked)
			}
		})
	}
}

func TestOfManyRequestsOneAsksTheProvider(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.provider.refreshed = func(string) (signin.Refreshed, error) { return signin.Refreshed{RefreshToken: "next"}, nil }
	_, cookie := p.cameIn(t)
	p.now = p.now.Add(10 * time.Minute)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { wantError(t, "find", p.look(cookie), nil) })
	}
	all.Wait()
	if p.provider.asked != 1 {
		t.Errorf("asked %d times", p.provider.asked)
	}
}

func TestRefreshTokensOutliveTheReplacementOfTheSecret(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.provider.refreshed = func(token string) (signin.Refreshed, error) {
		if token != "refresh-0" {
			return signin.Refreshed{}, signin.ErrProviderAnswer
		}
		return signin.Refreshed{RefreshToken: token}, nil
	}
	_, kept := p.cameIn(t)
	_, lost := p.cameIn(t)
	p.now = p.now.Add(10 * time.Minute)
	p.sessions.Sealer = p.sealer(t, fill(9), fill(3))
	wantError(t, "with the old secret as the previous one", p.look(kept), nil)
	p.sessions.Sealer = p.sealer(t, fill(9))
	p.now = p.now.Add(10 * time.Minute)
	wantError(t, "sealed anew", p.look(kept), nil)
	wantError(t, "without the old secret", p.look(lost), domain.ErrUnauthenticated)
	if p.provider.asked != 2 {
		t.Errorf("asked %d times", p.provider.asked)
	}
}

func TestATokenOfOneSessionDoesNotOpenInAnother(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.provider.refreshed = func(token string) (signin.Refreshed, error) { return signin.Refreshed{RefreshToken: token}, nil }
	one, _ := p.cameIn(t)
	two, cookie := p.cameIn(t)
	p.exec(t, "UPDATE oauth_sessions SET refresh_token_encrypted = (SELECT refresh_token_encrypted FROM oauth_sessions WHERE session_id = $1) WHERE session_id = $2", one.ID, two.ID)
	p.now = p.now.Add(10 * time.Minute)
	wantError(t, "swapped", p.look(cookie), domain.ErrUnauthenticated)
	if p.provider.asked != 0 {
		t.Error("the provider got it")
	}
}

func TestWithAProviderThatIsNoLongerConfiguredASessionEnds(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	_, cookie := p.cameIn(t)
	p.signIn.Providers = nil
	p.sessions.Refresher = p.signIn
	wantError(t, "until it is due", p.look(cookie), nil)
	p.now = p.now.Add(10 * time.Minute)
	wantError(t, "then", p.look(cookie), domain.ErrUnauthenticated)
}

func TestWithoutRefreshTokenASessionIsShort(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	result, err := p.signIn.Finish(from(t, "192.0.2.1"), "acme", signin.Callback{Browser: "b", State: p.begin(t), Code: "c"})
	if err != nil {
		t.Fatal(err)
	}
	_, cookie, err := p.sessions.Start(t.Context(), result.User, result.Entry, sessions.Device{UserAgent: "Firefox/1"}, "")
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(12*time.Hour - time.Microsecond)
	wantError(t, "until then", p.look(cookie), nil)
	p.now = p.now.Add(time.Microsecond)
	wantError(t, "after 12 hours", p.look(cookie), domain.ErrUnauthenticated)
}

func TestASessionBelongsToOneKindOfDevice(t *testing.T) {
	t.Parallel()
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0"
	long := "Mozilla/5.0 (iPhone; CPU iPhone OS %d_1_2 like Mac OS X) " + strings.Repeat("[FBAN/FBIOS;FBDV/iPhone14,5;FBMD/iPhone]", 6) + " Version/%d.0 end of it"
	for name, c := range map[string]struct {
		was, is string
		ended   bool
	}{
		"the same":                 {fmt.Sprintf(firefox, 128, 128), fmt.Sprintf(firefox, 128, 128), false},
		"an update":                {fmt.Sprintf(firefox, 99, 99), fmt.Sprintf(firefox, 131, 131), false},
		"an update of a long name": {fmt.Sprintf(long, 9, 9), fmt.Sprintf(long, 17, 100), false},
		"another browser":          {fmt.Sprintf(firefox, 128, 128), "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", true},
		"another system":           {fmt.Sprintf(firefox, 128, 128), "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", true},
		"a program":                {fmt.Sprintf(firefox, 128, 128), "curl/8.5", true},
		"nothing":                  {fmt.Sprintf(firefox, 128, 128), "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t)
			clip := func(s string) string { return s[:min(len(s), 300)] } // as the edge does
			ada := p.user(t, "ada@example.com", nil)
			_, cookie, err := p.sessions.Start(t.Context(), ada, sessions.Entry{Method: "password"}, sessions.Device{UserAgent: clip(c.was)}, "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.sessions.Find(t.Context(), cookie, sessions.Device{UserAgent: clip(c.is)})
			if (err != nil) != c.ended {
				t.Errorf("%v", err)
			}
			_, err = p.sessions.Find(t.Context(), cookie, sessions.Device{UserAgent: clip(c.was)})
			if (err != nil) != c.ended {
				t.Errorf("afterwards: %v", err)
			}
			if n := p.count(t, "SELECT count(*) FROM audit_log WHERE action = 'session.device_changed'"); n > 0 != c.ended {
				t.Errorf("%d lines in the trail", n)
			}
		})
	}
}

func TestANoticeIsSentFromTheSecondDeviceOn(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.user(t, "ada@example.com", nil)
	start := func(agent string) {
		t.Helper()
		ada, _, err := p.accounts.Repository.UserByEmail(t.Context(), "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.sessions.Start(t.Context(), ada, sessions.Entry{Method: "password"}, sessions.Device{UserAgent: agent}, ""); err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(time.Minute)
	}
	for i, c := range []struct {
		agent string
		mails int
	}{{"Firefox/1", 0}, {"Firefox/2", 0}, {"Chrome/1", 1}, {"Chrome/9", 1}, {"Firefox/3", 1}, {"curl", 2}} {
		start(c.agent)
		if n := p.count(t, "SELECT count(*) FROM email_queue WHERE template = 'new_device' AND to_addresses = '{ada@example.com}'"); n != c.mails {
			t.Errorf("log-in %d, with %s: %d notices", i, c.agent, n)
		}
	}
}

func hashOf(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }
