package postgres_test

import (
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/application/tokens"
	"github.com/ackify/ackify/backend/internal/domain"
)

// stranger is somebody who has an account with another's address, from a provider that is not trusted for it.
func stranger(t *testing.T) (*people, domain.User) {
	t.Helper()
	p := newPeople(t, func(s *accounts.Settings, c *signin.Configured) {
		c.TrustEmail = false
		s.AdminEmails = []domain.Email{"ada@open.example.com"}
	})
	p.provider.said.Email = "ada@open.example.com"
	mallory, err := p.come(t)
	if err != nil || mallory.Verified || mallory.Role == domain.RoleAdmin {
		t.Fatal(mallory, err)
	}
	return p, mallory
}

// gone fails when the stranger's identity still opens the account.
func (p *people) gone(t *testing.T) {
	t.Helper()
	if n := p.count(t, "SELECT count(*) FROM identities"); n != 0 {
		t.Errorf("%d identities are left", n)
	}
	_, err := p.come(t)
	wantError(t, "the stranger comes again", err, signin.ErrNotVouched)
}

func TestAnOperatorsNewPasswordLeavesAStrangerNothing(t *testing.T) {
	t.Parallel()
	p, mallory := stranger(t)
	ctx := from(t, "192.0.2.66")
	_, secret, err := p.tokens.Create(ctx, mallory, tokens.NewAPIToken{
		Name: "x", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.accounts.ResetPassword(ctx, "ada@open.example.com", longPassword); err != nil {
		t.Fatal(err)
	}
	p.gone(t)
	_, err = p.tokens.Authenticate(ctx, secret)
	wantError(t, "the stranger's token", err, tokens.ErrInvalid)
	ada, err := p.accounts.LogIn(ctx, "ada@open.example.com", longPassword)
	if err != nil || !ada.Verified || ada.Role != domain.RoleAdmin {
		t.Errorf("the owner: %+v, %v", ada, err)
	}
}

func TestARegistrationLeavesAStrangersIdentityNothing(t *testing.T) {
	t.Parallel()
	p, _ := stranger(t) // who let go before there was a session
	p.register(t, "Zoe", longPassword)
	if n := p.count(t, "SELECT count(*) FROM identities WHERE email = 'ada@open.example.com'"); n != 1 {
		t.Fatalf("another address touched the stranger's: %d", n)
	}
	if _, err := p.accounts.Register(from(t, "192.0.2.1"), accounts.Registration{
		Request: accounts.Request{Email: "ada@open.example.com"}, Name: "Ada", Password: longPassword,
	}); err != nil {
		t.Fatal(err)
	}
	p.gone(t)
}

func TestAnIdentityThatWasDroppedBeginsNoSession(t *testing.T) {
	t.Parallel()
	p, mallory := stranger(t)
	if err := p.accounts.ResetPassword(from(t, "192.0.2.1"), "ada@open.example.com", longPassword); err != nil {
		t.Fatal(err)
	}
	_, _, err := p.sessions.Start(from(t, "192.0.2.66"), mallory, p.entry(), sessions.Device{}, "")
	wantError(t, "a session of before", err, domain.ErrUnauthenticated)
}

func TestANewPasswordEndsEveryLinkOnItsWay(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ada := p.withPassword(t, "ada@example.com")
	ctx := from(t, "192.0.2.1")
	if _, err := p.accounts.RequestReset(ctx, accounts.Request{Email: "ada@example.com"}); err != nil {
		t.Fatal(err)
	}
	if err := p.accounts.ChangePassword(ctx, domain.Session{ID: "5a0f8a0e-0000-4000-8000-000000000001", User: ada}, longPassword, "another long one"); err != nil {
		t.Fatal(err)
	}
	if n := p.count(t, "SELECT count(*) FROM magic_links WHERE used_at IS NULL"); n != 0 {
		t.Errorf("%d links still work", n)
	}
}

func TestAnIPv6ClientIsItsNetwork(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.withPassword(t, "ada@example.com")
	for i := range 5 {
		_, err := p.accounts.LogIn(from(t, "2001:db8:9::"+string(rune('1'+i))), "ada@example.com", "a wrong password")
		wantError(t, "a wrong password", err, accounts.ErrCredentials)
	}
	_, err := p.accounts.LogIn(from(t, "2001:db8:9::f"), "ada@example.com", longPassword)
	wantError(t, "from the same network", err, domain.ErrTooManyAttempts)
	if _, err := p.accounts.LogIn(from(t, "2001:db8:a::f"), "ada@example.com", longPassword); err != nil {
		t.Errorf("from another: %v", err)
	}
}

func TestALogInWithoutAUserAgentIsNoticedAndLetIn(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.withPassword(t, "ada@example.com")
	for _, agent := range []string{"Firefox", ""} {
		ada, err := p.accounts.LogIn(from(t, "192.0.2.1"), "ada@example.com", longPassword)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.sessions.Start(from(t, ""), ada, sessions.Entry{Method: domain.MethodPassword}, sessions.Device{UserAgent: agent}, ""); err != nil {
			t.Errorf("%q: %v", agent, err)
		}
	}
	if n := p.count(t, "SELECT count(*) FROM email_queue WHERE template = 'new_device'"); n != 1 {
		t.Errorf("%d notices", n)
	}
}
