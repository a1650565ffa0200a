package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/application/tokens"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

// withPassword makes an account that one can log in to.
func (p *people) withPassword(t testing.TB, email string) domain.User {
	t.Helper()
	hashed, err := p.accounts.Hasher.Hash(t.Context(), longPassword)
	if err != nil {
		t.Fatal(err)
	}
	return p.user(t, email, func(u *accounts.NewUser) { u.HashedPassword = hashed })
}

// waits returns once another connection to the test's database waits for a lock, or done tells that nothing will.
func (p *people) waits(t testing.TB, done <-chan struct{}) {
	t.Helper()
	for {
		select {
		case <-done:
			return
		case <-t.Context().Done():
			t.Fatal("nobody waits")
		default:
		}
		if p.count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0 {
			return
		}
	}
}

func TestALinkWorksOnceForAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ada := p.user(t, "ada@example.com", nil)
	ctx := from(t, "192.0.2.1")
	ask := func() string {
		t.Helper()
		if _, err := p.accounts.RequestMagicLink(ctx, accounts.Request{Email: " ADA@example.com", RedirectTo: "/d/policy?a=b#c", Browser: "b"}); err != nil {
			t.Fatal(err)
		}
		token, _ := p.mails.secret()
		return token
	}
	first, second := ask(), ask()
	for range 3 {
		if link, err := p.accounts.LookUpLink(ctx, second); err != nil || link.Email != ada.Email || link.Purpose != accounts.PurposeLogIn {
			t.Errorf("%+v, %v", link, err)
		}
	}
	_, _, err := p.accounts.Reset(ctx, second, longPassword)
	wantError(t, "as a link to set a password", err, accounts.ErrLink)
	_, _, err = p.accounts.Confirm(ctx, second, longPassword)
	wantError(t, "as a link to confirm an address", err, accounts.ErrLink)
	got, redirect, err := p.accounts.LogInByLink(ctx, second)
	if err != nil || got.ID != ada.ID || redirect != "/d/policy?a=b#c" {
		t.Errorf("%+v to %s, %v", got, redirect, err)
	}
	_, _, err = p.accounts.LogInByLink(ctx, second)
	wantError(t, "again", err, accounts.ErrLink)
	_, _, err = p.accounts.LogInByLink(ctx, first)
	wantError(t, "the one asked for before", err, accounts.ErrLink)
	third := ask()
	p.now = p.now.Add(15*time.Minute - time.Microsecond)
	if _, err := p.accounts.LookUpLink(ctx, third); err != nil {
		t.Error(err)
	}
	p.now = p.now.Add(time.Microsecond)
	_, _, err = p.accounts.LogInByLink(ctx, third)
	wantError(t, "after 15 minutes", err, accounts.ErrLink)
	if n := p.count(t, "SELECT count(*) FROM magic_links WHERE token_hash = $1 OR token_hash = convert_to($2, 'UTF8')", hashOf(third), third); n != 1 {
		t.Errorf("%d rows by its hash", n)
	}
}

func TestOfManyWhoUseALinkAtOnceOneComesIn(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.user(t, "ada@example.com", nil)
	if _, err := p.accounts.RequestMagicLink(from(t, "192.0.2.1"), accounts.Request{Email: "ada@example.com", Browser: "b"}); err != nil {
		t.Fatal(err)
	}
	token, _ := p.mails.secret()
	var in, out int
	var mutex sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, _, err := p.accounts.LogInByLink(from(t, "192.0.2.1"), token)
			mutex.Lock()
			defer mutex.Unlock()
			switch {
			case err == nil:
				in++
			case errors.Is(err, accounts.ErrLink):
				out++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if in != 1 || out != 7 {
		t.Errorf("%d in, %d out", in, out)
	}
}

func TestACodeWorksInItsBrowserAndBearsFiveMistakes(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.user(t, "ada@example.com", nil)
	ctx := from(t, "192.0.2.1")
	ask := func(email, browser string) string {
		t.Helper()
		if _, err := p.accounts.RequestMagicLink(ctx, accounts.Request{Email: email, Browser: browser}); err != nil {
			t.Fatal(err)
		}
		_, code := p.mails.secret()
		return code
	}
	try := func(browser, code string) error {
		_, _, err := p.accounts.LogInByCode(ctx, browser, code)
		return err
	}
	other := func(code string) string { return map[bool]string{true: "000001", false: "000000"}[code == "000000"] }

	code := ask("ada@example.com", "b")
	wantError(t, "another browser", try("other", code), accounts.ErrLink)
	for _, bad := range []string{"", "12345", "1234567", "abcdef", "12345\x00", "１２３４５６", "+12345", "-12345"} {
		wantError(t, bad, try("b", bad), accounts.ErrCode)
	}
	wantError(t, "with spaces", try("b", code[:3]+" "+code[3:]), nil)
	wantError(t, "again", try("b", code), accounts.ErrLink)

	code = ask("ada@example.com", "b")
	for i := range 4 {
		wantError(t, fmt.Sprint("mistake ", i), try("b", other(code)), accounts.ErrCode)
	}
	wantError(t, "the fifth", try("b", other(code)), accounts.ErrLink)
	wantError(t, "the right one, too late", try("b", code), accounts.ErrLink)

	// For an address that nobody has, it looks the same.
	unknown := ask("nobody@example.com", "n")
	wantError(t, "even the code that was never sent", try("n", unknown), accounts.ErrCode)
	for range 3 {
		wantError(t, "unknown", try("n", other(unknown)), accounts.ErrCode)
	}
	wantError(t, "unknown, the fifth", try("n", other(unknown)), accounts.ErrLink)

	// The code of a browser is that of the link it asked for last.
	p.now = p.now.Add(2 * time.Hour)
	older := ask("ada@example.com", "b")
	p.now = p.now.Add(time.Second)
	code = ask("ada@example.com", "b")
	if older != code {
		wantError(t, "an older one", try("b", older), accounts.ErrCode)
	}
	p.now = p.now.Add(15 * time.Minute)
	wantError(t, "after 15 minutes", try("b", code), accounts.ErrLink)
	if n := p.count(t, "SELECT count(*) FROM magic_links WHERE code_hash = $1 OR code_hash = $2", hashOf(code), hashOf("b "+code)); n != 0 {
		t.Error("six digits are hashed without a key")
	}
}

func TestFiveMistakesAtOnceAreFive(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.user(t, "ada@example.com", nil)
	if _, err := p.accounts.RequestMagicLink(from(t, "192.0.2.1"), accounts.Request{Email: "ada@example.com", Browser: "b"}); err != nil {
		t.Fatal(err)
	}
	_, code := p.mails.secret()
	var all sync.WaitGroup
	for i := range 20 {
		if guess := fmt.Sprintf("%06d", i); guess != code {
			all.Go(func() { _, _, _ = p.accounts.LogInByCode(from(t, "192.0.2.1"), "b", guess) })
		}
	}
	all.Wait()
	if n := p.count(t, "SELECT max(attempts) FROM magic_links"); n != 5 {
		t.Errorf("%d mistakes", n)
	}
	_, _, err := p.accounts.LogInByCode(from(t, "192.0.2.1"), "b", code)
	wantError(t, "the right one", err, accounts.ErrLink)
}

func TestLinksAreLimitedAlikeForEverybody(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"magic link", "forgot"} {
		for _, email := range []string{"ada@example.com", "nobody@example.com", "gone@example.com"} {
			t.Run(kind+" "+email, func(t *testing.T) {
				t.Parallel()
				p := newPeople(t)
				p.user(t, "ada@example.com", nil)
				p.user(t, "gone@example.com", nil)
				p.exec(t, "UPDATE users SET is_active = false WHERE email = 'gone@example.com'")
				ask := func(email, address string) error {
					var err error
					if kind == "forgot" {
						_, err = p.accounts.RequestReset(from(t, address), accounts.Request{Email: email})
					} else {
						_, err = p.accounts.RequestMagicLink(from(t, address), accounts.Request{Email: email, Browser: "b"})
					}
					return err
				}
				for i := range 3 {
					wantError(t, "ask", ask(email, fmt.Sprintf("192.0.2.%d", i)), nil)
				}
				wantError(t, "a fourth", ask(email, "192.0.2.9"), accounts.ErrTooManyLinks)
				for i := range 10 {
					wantError(t, "others", ask(fmt.Sprintf("p%d@example.com", i), "192.0.2.100"), nil)
				}
				wantError(t, "an eleventh of a client", ask("p11@example.com", "192.0.2.100"), accounts.ErrTooManyLinksHere)
				wantError(t, "one of a client that was written enough", ask(email, "192.0.2.100"), accounts.ErrTooManyLinks)
				wantError(t, "another client", ask("p11@example.com", "192.0.2.101"), nil)
				if n := p.count(t, "SELECT count(*) FROM magic_links WHERE email = $1", email); n != 3 {
					t.Errorf("%d rows", n)
				}
				want := 0
				if email == "ada@example.com" {
					want = 3
				}
				if n := p.count(t, "SELECT count(*) FROM email_queue"); n != want {
					t.Errorf("%d mails, want %d", n, want)
				}
				p.now = p.now.Add(time.Hour)
				wantError(t, "an hour later", ask(email, "192.0.2.100"), nil)
			})
		}
	}
}

func TestTheLimitHoldsForManyAtOnce(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := p.accounts.RequestMagicLink(from(t, "192.0.2.1"), accounts.Request{Email: fmt.Sprintf("p%d@example.com", i%7), Browser: "b"})
			if err != nil && !errors.Is(err, accounts.ErrTooManyLinks) && !errors.Is(err, accounts.ErrTooManyLinksHere) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := p.count(t, "SELECT count(*) FROM magic_links"); n != 10 {
		t.Errorf("%d links for one client", n)
	}
}

func TestAnOfficeLogsInByMailTogether(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"as configured": 40, "without a limit": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t, func(s *accounts.Settings, _ *signin.Configured) { s.ClientLinks = limit })
			ask := func(i int) error {
				_, err := p.accounts.RequestMagicLink(from(t, "192.0.2.1"), accounts.Request{Email: fmt.Sprintf("p%d@example.com", i), Browser: "b"})
				return err
			}
			for i := range 40 {
				wantError(t, "a colleague", ask(i), nil)
				p.now = p.now.Add(time.Minute)
			}
			err := ask(40)
			if limit == 0 {
				wantError(t, "one more", err, nil)
				return
			}
			wantError(t, "one more", err, accounts.ErrTooManyLinksHere)
			if wait := domain.AsError(err).Wait; wait != 20*time.Minute {
				t.Errorf("to wait for %v", wait)
			}
			p.now = p.now.Add(20 * time.Minute)
			wantError(t, "when the first no longer counts", ask(40), nil)
		})
	}
}

func TestANewcomerByMailIsCalledWhatWhoeverAskedCallsThem(t *testing.T) {
	t.Parallel()
	p := newPeople(t, func(s *accounts.Settings, _ *signin.Configured) {
		s.AdminEmails = []domain.Email{"boss@open.example.com"}
	})
	admin := p.user(t, "admin@example.com", func(u *accounts.NewUser) { u.Role = domain.RoleAdmin })
	if _, _, err := p.accounts.Invite(t.Context(), admin, accounts.InviteInput{Email: "invited@example.com", Name: "Ida Invited", Role: "author"}); err != nil {
		t.Fatal(err)
	}
	p.exec(t, `INSERT INTO documents (doc_id, reference, title, created_by) VALUES ('d', 'd', 'D', $1)`, admin.ID)
	p.exec(t, `INSERT INTO expected_signers (doc_id, email, name, added_by) VALUES ('d', 'expected@example.com', 'Ed Expected', $1)`, admin.ID)
	for email, want := range map[string]struct {
		name string
		role domain.Role
	}{
		"invited@example.com": {"Ida Invited", "author"}, "expected@example.com": {"Ed Expected", "signer"},
		"jo.de-la_cruz+x@open.example.com": {"Jo De La Cruz", "signer"}, "boss@open.example.com": {"Boss", "admin"}, "-@open.example.com": {"-@open.example.com", "signer"},
	} {
		if _, err := p.accounts.RequestMagicLink(from(t, "192.0.2.1"), accounts.Request{Email: email, Locale: "de", Browser: "b"}); err != nil {
			t.Fatal(err)
		}
		if n := p.count(t, "SELECT count(*) FROM email_queue WHERE to_addresses = ARRAY[$1] AND template = 'magic_link' AND locale = 'de'", email); n != 1 {
			t.Errorf("%s: %d mails", email, n)
		}
		token, _ := p.mails.secret()
		got, _, err := p.accounts.LogInByLink(from(t, "192.0.2.1"), token)
		if err != nil || got.Name != want.name || got.Role != want.role || !got.Verified || got.Locale != "de" {
			t.Errorf("%s: %+v, %v", email, got, err)
		}
	}
	for _, stranger := range []string{"x@example.com", "x@sub.open.example.com"} {
		if _, err := p.accounts.RequestMagicLink(from(t, "192.0.2.2"), accounts.Request{Email: stranger, Browser: "b"}); err != nil {
			t.Fatal(err)
		}
		if n := p.count(t, "SELECT count(*) FROM email_queue WHERE to_addresses = ARRAY[$1]", stranger); n != 0 {
			t.Errorf("%s gets a mail", stranger)
		}
	}
}

// register makes an account for zoe@open.example.com.
func (p *people) register(t testing.TB, name, password string) (token string) {
	t.Helper()
	if _, err := p.accounts.Register(from(t, "192.0.2.1"), accounts.Registration{
		Request: accounts.Request{Email: "zoe@open.example.com", RedirectTo: "/d/policy"}, Name: name, Password: password,
	}); err != nil {
		t.Fatal(err)
	}
	token, _ = p.mails.secret()
	return token
}

func TestARegistrationOpensByMailAndPassword(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ctx := from(t, "192.0.2.1")
	token := p.register(t, "Zoë", longPassword)
	_, err := p.accounts.LogIn(ctx, "zoe@open.example.com", longPassword)
	wantError(t, "before it is confirmed", err, accounts.ErrUnconfirmed)
	_, _, err = p.accounts.Confirm(ctx, token, "not the password")
	wantError(t, "with another password", err, accounts.ErrCredentials)
	_, _, err = p.accounts.LogInByLink(ctx, token)
	wantError(t, "as a link to log in", err, accounts.ErrLink)
	_, _, err = p.accounts.Reset(ctx, token, "another long password")
	wantError(t, "as a link to set a password", err, accounts.ErrLink)
	zoe, redirect, err := p.accounts.Confirm(ctx, token, longPassword)
	if err != nil || redirect != "/d/policy" || zoe.Name != "Zoë" || !zoe.Verified || zoe.Role != domain.RoleSigner {
		t.Errorf("%+v to %s, %v", zoe, redirect, err)
	}
	_, _, err = p.accounts.Confirm(ctx, token, longPassword)
	wantError(t, "again", err, accounts.ErrLink)
	_, err = p.accounts.LogIn(ctx, "ZOE@open.example.com ", longPassword)
	wantError(t, "then", err, nil)

	// Registering a known address: the same answer, another mail, and nothing changes.
	if token := p.register(t, "Mallory", "another long password"); token != "" {
		t.Error("the mail has a link that lets somebody in")
	}
	if last := p.mails.mails[len(p.mails.mails)-1]; last.Template != domain.MailAlreadyRegistered {
		t.Errorf("the mail is %s", last.Template)
	}
	_, err = p.accounts.LogIn(ctx, "zoe@open.example.com", longPassword)
	wantError(t, "as before", err, nil)
	_, err = p.accounts.Register(ctx, accounts.Registration{Request: accounts.Request{Email: "x@example.com"}, Name: "X", Password: longPassword})
	wantError(t, "another domain", err, accounts.ErrRegistrationClosed)
}

func TestRegisteringSomebodyElsesAddressGainsNothing(t *testing.T) {
	t.Parallel()
	const hers = "the password of zoe"
	for name, c := range map[string]func(t *testing.T, p *people, ctx context.Context, malloryFirst string) (domain.User, error){
		"she registers too": func(t *testing.T, p *people, ctx context.Context, _ string) (domain.User, error) {
			t.Helper()
			u, _, err := p.accounts.Confirm(ctx, p.register(t, "Zoe", hers), hers)
			return u, err
		},
		"she registers too, and opens the first mail": func(t *testing.T, p *people, ctx context.Context, first string) (domain.User, error) {
			t.Helper()
			p.register(t, "Zoe", hers)
			u, _, err := p.accounts.Confirm(ctx, first, hers)
			return u, err
		},
		"she asks for a link": func(t *testing.T, p *people, ctx context.Context, _ string) (domain.User, error) {
			t.Helper()
			if _, err := p.accounts.RequestMagicLink(ctx, accounts.Request{Email: "zoe@open.example.com", Browser: "b"}); err != nil {
				return domain.User{}, err
			}
			token, _ := p.mails.secret()
			u, _, err := p.accounts.LogInByLink(ctx, token)
			return u, err
		},
		"she sets a password": func(t *testing.T, p *people, ctx context.Context, _ string) (domain.User, error) {
			t.Helper()
			if _, err := p.accounts.RequestReset(ctx, accounts.Request{Email: "zoe@open.example.com"}); err != nil {
				return domain.User{}, err
			}
			token, _ := p.mails.secret()
			u, _, err := p.accounts.Reset(ctx, token, hers)
			return u, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t)
			ctx := from(t, "192.0.2.1")
			first := p.register(t, "Mallory", longPassword)
			zoe, err := c(t, p, ctx, first)
			if err != nil || !zoe.Verified || zoe.Name != "Zoe" {
				t.Fatalf("%+v, %v", zoe, err)
			}
			_, err = p.accounts.LogIn(ctx, "zoe@open.example.com", longPassword)
			wantError(t, "Mallory's password", err, accounts.ErrCredentials)
			_, _, err = p.accounts.Confirm(ctx, first, longPassword)
			wantError(t, "Mallory's link", err, accounts.ErrLink)
		})
	}
}

// meanwhile does something between the check of a password and what follows from it.
type meanwhile struct {
	accounts.Hasher
	do func()
}

func (m meanwhile) Verify(ctx context.Context, password, hashed string) (bool, bool, error) {
	matches, outdated, err := m.Hasher.Verify(ctx, password, hashed)
	m.do()
	return matches, outdated, err
}

func TestNobodySlipsAPasswordUnderAConfirmation(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ctx := from(t, "192.0.2.1")
	token := p.register(t, "Zoe", longPassword)
	s := p.accounts
	s.Hasher = meanwhile{p.accounts.Hasher, func() { p.register(t, "Mallory", "the password of mallory") }}
	_, _, err := s.Confirm(ctx, token, longPassword)
	wantError(t, "confirm", err, nil)
	_, err = p.accounts.LogIn(ctx, "zoe@open.example.com", "the password of mallory")
	wantError(t, "Mallory's password", err, accounts.ErrCredentials)
	_, err = p.accounts.LogIn(ctx, "zoe@open.example.com", longPassword)
	wantError(t, "hers", err, nil)
}

// Somebody who knows the old password logs in again and again while its owner sets another.
func TestAPasswordThatWasChangedMeanwhileLetsNobodyIn(t *testing.T) {
	t.Parallel()
	weak, err := argon2id.CreateHash(longPassword, &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	for name, hashed := range map[string]string{"": "", "with a weak hash": weak} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t)
			ctx := from(t, "192.0.2.1")
			zoe := p.withPassword(t, "zoe@example.com")
			if hashed != "" {
				p.exec(t, "UPDATE users SET hashed_password = $1", hashed)
			}
			_, original, err := p.accounts.Repository.UserByID(ctx, zoe.ID)
			if err != nil {
				t.Fatal(err)
			}
			next, err := p.accounts.Hasher.Hash(ctx, "another long password")
			if err != nil {
				t.Fatal(err)
			}
			s := p.accounts
			s.Hasher = meanwhile{p.accounts.Hasher, func() {
				if err := p.accounts.Repository.UpdatePassword(ctx, zoe.ID, next, "", p.now, domain.Outbox{}); err != nil {
					t.Error(err)
				}
			}}
			if u, err := s.LogIn(ctx, "zoe@example.com", longPassword); err == nil {
				_, _, err = p.sessions.Start(ctx, u, sessions.Entry{Method: domain.MethodPassword}, sessions.Device{}, "")
				wantError(t, "a session", err, domain.ErrUnauthenticated)
			}
			p.exec(t, "UPDATE users SET hashed_password = $1", original)
			p.tokens.Accounts = s
			if _, err := p.tokens.Issue(ctx, "zoe@example.com", longPassword); err == nil {
				t.Error("an application is let in")
			}
			if n := p.count(t, "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM refresh_tokens)"); n != 0 {
				t.Errorf("%d log-ins", n)
			}
			_, err = p.accounts.LogIn(ctx, "zoe@example.com", "another long password")
			wantError(t, "the new password", err, nil)
		})
	}
}

func TestAnInvitationCountsWhicheverWayThePersonProvesTheAddress(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"confirm", "link", "reset", "invitation"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t)
			ctx := from(t, "192.0.2.1")
			admin := p.user(t, "admin@example.com", func(u *accounts.NewUser) { u.Role = domain.RoleAdmin })
			confirm := p.register(t, "Zoe", longPassword)
			if _, _, err := p.accounts.Invite(ctx, admin, accounts.InviteInput{Email: "zoe@open.example.com", Role: "auditor"}); err != nil {
				t.Fatal(err)
			}
			link := p.mails.mails[len(p.mails.mails)-1].Secrets["link"]
			var u domain.User
			var err error
			switch way {
			case "confirm":
				u, _, err = p.accounts.Confirm(ctx, confirm, longPassword)
			case "link":
				_, err = p.accounts.RequestMagicLink(ctx, accounts.Request{Email: "zoe@open.example.com", Browser: "b"})
				token, _ := p.mails.secret()
				if err == nil {
					u, _, err = p.accounts.LogInByLink(ctx, token)
				}
			case "reset":
				_, err = p.accounts.RequestReset(ctx, accounts.Request{Email: "zoe@open.example.com"})
				token, _ := p.mails.secret()
				if err == nil {
					u, _, err = p.accounts.Reset(ctx, token, longPassword)
				}
			default:
				u, err = p.accounts.Accept(ctx, link[strings.LastIndex(link, "/")+1:], accounts.Profile{Name: "Zoe", Password: longPassword})
			}
			if err != nil || u.Role != domain.RoleAuditor || p.count(t, "SELECT count(*) FROM invitations WHERE accepted_at IS NOT NULL") != 1 {
				t.Errorf("%+v, %v", u, err)
			}
			_, err = p.accounts.Accept(ctx, link[strings.LastIndex(link, "/")+1:], accounts.Profile{Name: "Zoe", Password: longPassword})
			wantError(t, "the invitation afterwards", err, accounts.ErrInvitationToken)
		})
	}
}

func TestAResetEndsEverythingOnce(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ctx := from(t, "192.0.2.1")
	zoe := p.withPassword(t, "zoe@example.com")
	device := sessions.Device{UserAgent: "Firefox/1"}
	_, cookie, err := p.sessions.Start(ctx, zoe, sessions.Entry{Method: "password"}, device, "")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := p.tokens.Issue(ctx, "zoe@example.com", longPassword)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := p.accounts.RequestReset(ctx, accounts.Request{Email: "zoe@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	token, _ := p.mails.secret()
	_, _, err = p.accounts.Reset(ctx, token, "short")
	if domain.AsError(err).Code != "password.too_short" {
		t.Error(err)
	}
	if _, _, err = p.accounts.Reset(ctx, token, "another long password"); err != nil {
		t.Fatal(err)
	}
	_, _, err = p.accounts.Reset(ctx, token, "yet another password")
	wantError(t, "again", err, accounts.ErrLink)
	if n := p.count(t, "SELECT count(*) FROM magic_links WHERE used_at IS NULL"); n != 0 {
		t.Error("the other link still works")
	}
	_, err = p.sessions.Find(ctx, cookie, device)
	wantError(t, "the session", err, domain.ErrUnauthenticated)
	_, err = p.tokens.Authenticate(ctx, pair.Access)
	wantError(t, "the access token", err, tokens.ErrInvalid)
	_, err = p.tokens.Refresh(ctx, pair.Refresh)
	wantError(t, "the refresh token", err, tokens.ErrInvalid)
	_, err = p.accounts.LogIn(ctx, "zoe@example.com", longPassword)
	wantError(t, "the old password", err, accounts.ErrCredentials)
	_, err = p.accounts.LogIn(ctx, "zoe@example.com", "another long password")
	wantError(t, "the new one", err, nil)
}

func TestWrongPasswordsMakeOneWaitLongerAndLonger(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.withPassword(t, "zoe@example.com")
	p.withPassword(t, "bob@example.com")
	try := func(address, email, password string) error {
		_, err := p.accounts.LogIn(from(t, address), email, password)
		return err
	}
	for _, email := range []string{"zoe@example.com", "nobody@example.com"} {
		for i := range 5 {
			wantError(t, fmt.Sprint(email, " ", i), try("192.0.2.66", email, "wrong"), accounts.ErrCredentials)
		}
		for _, minutes := range []int{1, 2, 4, 8, 15, 15} {
			wait := time.Duration(minutes) * time.Minute
			for _, password := range []string{"wrong", longPassword} {
				err := try("192.0.2.66", email, password)
				wantError(t, "at once", err, domain.ErrTooManyAttempts)
				if got := domain.AsError(err).Wait; got != wait {
					t.Errorf("%s has to wait %v, want %v", email, got, wait)
				}
			}
			wantError(t, "from elsewhere", try("192.0.2.1", email, "wrong"), accounts.ErrCredentials)
			p.exec(t, "DELETE FROM login_failures WHERE key_hash = $1", hashOf(email+" 192.0.2.1"))
			wantError(t, "another account", try("192.0.2.66", "bob@example.com", longPassword), nil)
			p.now = p.now.Add(wait - time.Microsecond)
			wantError(t, "too early", try("192.0.2.66", email, "wrong"), domain.ErrTooManyAttempts)
			p.now = p.now.Add(time.Microsecond)
			wantError(t, "after the wait", try("192.0.2.66", email, "wrong"), accounts.ErrCredentials)
		}
	}
	p.now = p.now.Add(15 * time.Minute)
	wantError(t, "the right one", try("192.0.2.66", "zoe@example.com", longPassword), nil)
	for range 5 {
		wantError(t, "forgiven", try("192.0.2.66", "zoe@example.com", "wrong"), accounts.ErrCredentials)
	}
	wantError(t, "and counted anew", try("192.0.2.66", "zoe@example.com", "wrong"), domain.ErrTooManyAttempts)
}

func TestManyGuessesAtOnceAreNoMoreThanFive(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.withPassword(t, "zoe@example.com")
	var tried int
	var mutex sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := p.accounts.LogIn(from(t, "192.0.2.66"), "zoe@example.com", "wrong"); errors.Is(err, accounts.ErrCredentials) {
				mutex.Lock()
				defer mutex.Unlock()
				tried++
			}
		})
	}
	all.Wait()
	if tried != 5 {
		t.Errorf("%d guesses", tried)
	}
}

func TestAWeakHashIsRenewedAtLogIn(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	old, err := argon2id.CreateHash(longPassword, &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	zoe := p.user(t, "zoe@example.com", func(u *accounts.NewUser) { u.HashedPassword = old })
	for range 2 {
		if _, err := p.accounts.LogIn(from(t, "192.0.2.1"), "zoe@example.com", longPassword); err != nil {
			t.Fatal(err)
		}
		_, hashed, err := p.accounts.Repository.UserByID(t.Context(), zoe.ID)
		if err != nil || !strings.HasPrefix(hashed, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("%s, %v", hashed, err)
		}
	}
}

func TestWhatNobodyConfirmsIsGoneAfterAWeek(t *testing.T) {
	t.Parallel()
	p := newPeople(t, func(_ *accounts.Settings, c *signin.Configured) { c.TrustEmail = false })
	ctx := from(t, "192.0.2.1")
	token := p.register(t, "Zoe", longPassword)
	p.withPassword(t, "bob@example.com")
	inUse, err := p.come(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.sessions.Start(ctx, inUse, p.entry(), sessions.Device{}, ""); err != nil {
		t.Fatal(err)
	}
	pair, err := p.tokens.Issue(ctx, "bob@example.com", longPassword)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = p.accounts.LogIn(ctx, "bob@example.com", "wrong")
	p.begin(t)
	cleanup := accounts.Cleanup{Repository: p.accounts.Repository, Clock: func() time.Time { return p.now }, Logger: slog.New(slog.DiscardHandler)}
	run := func() {
		t.Helper()
		if err := cleanup.RunOnce(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	everything := "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM magic_links) + (SELECT count(*) FROM refresh_tokens)"
	p.now = p.now.Add(7*24*time.Hour - time.Microsecond)
	run()
	if n := p.count(t, everything); n != 3+1+1 {
		t.Errorf("%d rows after nearly a week", n)
	}
	if n := p.count(t, "SELECT (SELECT count(*) FROM login_attempts) + (SELECT count(*) FROM login_failures)"); n != 0 {
		t.Errorf("%d attempts", n)
	}
	p.now = p.now.Add(2 * time.Microsecond)
	run()
	if n := p.count(t, everything); n != 2+0+1 {
		t.Errorf("%d rows after a week", n)
	}
	if n := p.count(t, "SELECT count(*) FROM audit_log WHERE action = 'account.unverified_deleted' AND subject_label = 'zoe@open.example.com' AND actor_kind = 'system'"); n != 1 {
		t.Errorf("%d lines in the trail", n)
	}
	_, _, err = p.accounts.Confirm(ctx, token, longPassword)
	wantError(t, "the link", err, accounts.ErrLink)
	if _, err := p.tokens.Refresh(ctx, pair.Refresh); err != nil {
		t.Error(err)
	}
	p.now = p.now.Add(40 * 24 * time.Hour)
	run()
	if n := p.count(t, "SELECT count(*) FROM refresh_tokens"); n != 0 {
		t.Errorf("%d refresh tokens", n)
	}
	if err := (sessions.Cleanup{Repository: p.sessions.Repository, Clock: cleanup.Clock, Logger: cleanup.Logger}).RunOnce(context.Background()); err != nil || p.count(t, "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM oauth_sessions)") != 0 {
		t.Error("sessions of 47 days ago are still there", err)
	}
}

func TestTokensLiveAsLongAsTheySay(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ctx := from(t, "192.0.2.1")
	zoe := p.withPassword(t, "zoe@example.com")
	pair, err := p.tokens.Issue(ctx, "zoe@example.com", longPassword)
	if err != nil {
		t.Fatal(err)
	}
	start := p.now
	p.now = start.Add(15 * time.Minute)
	_, err = p.tokens.Authenticate(ctx, pair.Access)
	wantError(t, "15 minutes, and clocks that differ", err, nil)
	p.now = start.Add(15*time.Minute + 31*time.Second)
	_, err = p.tokens.Authenticate(ctx, pair.Access)
	wantError(t, "later", err, tokens.ErrInvalid)
	p.now = start.Add(30 * 24 * time.Hour)
	_, err = p.tokens.Refresh(ctx, pair.Refresh)
	wantError(t, "after 30 days", err, tokens.ErrInvalid)
	p.now = start.Add(30*24*time.Hour - time.Microsecond)
	next, err := p.tokens.Refresh(ctx, pair.Refresh)
	wantError(t, "before", err, nil)

	// Reuse ends everything of the log-in, of this one alone.
	other, err := p.tokens.Issue(ctx, "zoe@example.com", longPassword)
	wantError(t, "another application", err, nil)
	_, err = p.tokens.Refresh(ctx, pair.Refresh)
	wantError(t, "reuse", err, tokens.ErrReused)
	_, err = p.tokens.Refresh(ctx, next.Refresh)
	wantError(t, "its successor", err, tokens.ErrInvalid)
	_, err = p.tokens.Authenticate(ctx, next.Access)
	wantError(t, "its access token", err, tokens.ErrInvalid)
	_, err = p.tokens.Authenticate(ctx, other.Access)
	wantError(t, "another application's", err, nil)

	_, secret, err := p.tokens.Create(ctx, zoe, tokens.NewAPIToken{Name: "n", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now.Add(time.Hour)})
	wantError(t, "create", err, nil)
	p.now = p.now.Add(time.Hour - time.Microsecond)
	_, err = p.tokens.Authenticate(ctx, secret)
	wantError(t, "until it expires", err, nil)
	p.now = p.now.Add(time.Microsecond)
	_, err = p.tokens.Authenticate(ctx, secret)
	wantError(t, "then", err, tokens.ErrInvalid)
	for name, in := range map[string]tokens.NewAPIToken{
		"past": {Name: "n", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now}, "far": {Name: "n", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now.Add(367 * 24 * time.Hour)},
		"never": {Name: "n", Scopes: []domain.Scope{"documents:read"}}, "no name": {Name: " ", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now.Add(time.Hour)},
		"two lines": {Name: "a\nb", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now.Add(time.Hour)}, "no scope": {Name: "n", ExpiresAt: p.now.Add(time.Hour)},
		"twice": {Name: "n", Scopes: []domain.Scope{"documents:read", "documents:read"}, ExpiresAt: p.now.Add(time.Hour)},
		"any":   {Name: "n", Scopes: []domain.Scope{"any"}, ExpiresAt: p.now.Add(time.Hour)}, "admin": {Name: "n", Scopes: []domain.Scope{"admin"}, ExpiresAt: p.now.Add(time.Hour)},
	} {
		if _, _, err := p.tokens.Create(ctx, zoe, in); domain.AsError(err).Kind != domain.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARefreshTokenUsedTwiceAtOnceEndsItsFamily(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.withPassword(t, "zoe@example.com")
	pair, err := p.tokens.Issue(from(t, "192.0.2.1"), "zoe@example.com", longPassword)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := p.tokens.Refresh(from(t, "192.0.2.1"), pair.Refresh); err != nil && domain.AsError(err).Kind != domain.KindUnauthenticated {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := p.count(t, "SELECT count(*) FROM refresh_tokens WHERE NOT revoked"); n != 0 {
		t.Errorf("%d tokens still work", n)
	}
	if n := p.count(t, "SELECT count(*) FROM audit_log WHERE action = 'token.reused'"); n != 1 {
		t.Errorf("%d lines in the trail", n)
	}
}

// Whoever stole a refresh token uses it at the very moment its owner ends it.
func TestNoRefreshTokenSlipsThroughWhatEndsIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(p *people, u domain.User, pair tokens.Pair) error{
		"a new password": func(p *people, u domain.User, _ tokens.Pair) error {
			return p.accounts.Repository.UpdatePassword(context.Background(), u.ID, "x", "", p.now, domain.Outbox{})
		},
		"deactivation": func(p *people, u domain.User, _ tokens.Pair) error {
			off := false
			_, err := p.accounts.Manage(context.Background(), nil, u.ID, accounts.ManageInput{Active: &off})
			return err
		},
		"its end in the list of sessions": func(p *people, u domain.User, _ tokens.Pair) error {
			_, apps, err := p.sessions.List(context.Background(), u)
			if err != nil {
				return err
			}
			return p.sessions.End(context.Background(), u, apps[0].Family)
		},
		"the end of every other session": func(p *people, u domain.User, _ tokens.Pair) error {
			return p.sessions.EndOthers(context.Background(), domain.Session{ID: u.ID, User: u})
		},
		"revocation": func(p *people, _ domain.User, pair tokens.Pair) error {
			return p.tokens.Revoke(context.Background(), pair.Refresh)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeople(t)
			p.user(t, "admin@example.com", func(u *accounts.NewUser) { u.Role = domain.RoleAdmin })
			zoe := p.withPassword(t, "zoe@example.com")
			pair, err := p.tokens.Issue(from(t, "192.0.2.1"), "zoe@example.com", longPassword)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			var endErr error
			_, _, err = postgres.Tokens{DB: p.db}.UseRefreshToken(t.Context(), fmt.Sprintf("%x", hashOf(pair.Refresh)), p.now, func(r tokens.RefreshToken) tokens.RefreshToken {
				go func() { defer close(ended); endErr = end(p, zoe, pair) }()
				p.waits(t, ended)
				r.Hash, r.JTI = strings.Repeat("b", 64), "next"
				return r
			}, func(domain.User) domain.Outbox { return domain.Outbox{} })
			<-ended
			if err := errors.Join(err, endErr); err != nil {
				t.Fatal(err)
			}
			if n := p.count(t, "SELECT count(*) FROM refresh_tokens WHERE NOT revoked"); n != 0 {
				t.Errorf("%d tokens still work", n)
			}
		})
	}
}

func TestNobodyWhoIsDeactivatedGetsAToken(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	zoe := p.withPassword(t, "zoe@example.com")
	p.exec(t, "UPDATE users SET is_active = false")
	_, _, err := p.tokens.Create(t.Context(), zoe, tokens.NewAPIToken{Name: "n", Scopes: []domain.Scope{"documents:read"}, ExpiresAt: p.now.Add(time.Hour)})
	wantError(t, "API token", err, domain.ErrUnauthenticated)
	_, _, err = p.sessions.Start(t.Context(), zoe, sessions.Entry{Method: "password"}, sessions.Device{}, "")
	if err == nil {
		t.Error("a session begins")
	}
}

func TestOfTwoAdminsWhoPutEachOtherOutOneStays(t *testing.T) {
	t.Parallel()
	for range 5 {
		p := newPeople(t)
		one := p.user(t, "one@example.com", func(u *accounts.NewUser) { u.Role = domain.RoleAdmin })
		two := p.user(t, "two@example.com", func(u *accounts.NewUser) { u.Role = domain.RoleAdmin })
		off, signer := false, "signer"
		var errs [2]error
		var all sync.WaitGroup
		all.Go(func() {
			_, errs[0] = p.accounts.Manage(context.Background(), &one, two.ID, accounts.ManageInput{Active: &off})
		})
		all.Go(func() {
			_, errs[1] = p.accounts.Manage(context.Background(), &two, one.ID, accounts.ManageInput{Role: &signer})
		})
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), accounts.ErrLastAdmin) {
			t.Errorf("%v", errs)
		}
		if n := p.count(t, "SELECT count(*) FROM users WHERE role = 'admin' AND is_active"); n != 1 {
			t.Errorf("%d admins", n)
		}
		if n := p.count(t, "SELECT count(*) FROM audit_log WHERE action IN ('account.deactivated', 'account.role_changed')"); n != 1 {
			t.Errorf("%d lines in the trail", n)
		}
	}
}
