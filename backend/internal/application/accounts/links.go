package accounts

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	// linkValid is how long a link to log in, its code, and a link to set a password work.
	linkValid = 15 * time.Minute
	// verificationValid is how long the link works that confirms a new account's address.
	verificationValid = 24 * time.Hour
	// mailedForValid is how long a link to set a password works that an administrator has mailed.
	mailedForValid = time.Hour
	// handedOverValid is how long a link to set a password works that an administrator hands over.
	handedOverValid = 24 * time.Hour
)

// addressLinks is how many mails with a link of one kind an address is sent in an hour.
const addressLinks = 3

func (s Service) linkLimits() LinkLimits {
	return LinkLimits{PerEmail: addressLinks, PerClient: s.Settings.ClientLinks}
}

// Request is what somebody asks a mail for.
type Request struct {
	Email      string
	RedirectTo string // path of this site; "": /
	Locale     string // of who is not known yet; "": English
	Browser    string // secret of the browser that asks; "" where it does not matter
}

// asked is a request that was read, and whom it is about.
type asked struct {
	email    domain.Email
	user     *domain.User // nil: nobody
	locale   domain.Locale
	redirect string
}

func (s Service) read(ctx context.Context, r Request) (a asked, err error) {
	if a.email, err = domain.ParseEmail(r.Email); err != nil {
		return a, err
	}
	if a.redirect, err = ParseRedirect(r.RedirectTo); err != nil {
		return a, err
	}
	if a.locale, err = domain.ParseLocale(r.Locale, domain.Locales[0]); err != nil {
		return a, err
	}
	user, _, err := s.Repository.UserByEmail(ctx, a.email)
	if errors.Is(err, ErrUserNotFound) {
		return a, nil
	}
	a.user, a.locale = &user, user.Locale
	return a, err
}

// newLink makes the row of a link with its secret.
func (s Service) newLink(ctx context.Context, p Purpose, a asked, valid time.Duration) (NewLink, string) {
	token := domain.NewSecret()
	l := NewLink{
		Link: Link{Purpose: p, Email: a.email, Locale: a.locale, RedirectTo: a.redirect, ExpiresAt: s.now().Add(valid)}, TokenHash: domain.HashSecret(token),
		IPAddress: domain.ClientNetwork(domain.OriginOf(ctx).IPAddress), CreatedAt: s.now(),
	}
	if a.user != nil {
		l.UserID = a.user.ID
	}
	return l, token
}

// RequestMagicLink mails a link and a code to log in with, to whoever may; to the caller it looks the same for everybody. It returns
// until when they work.
func (s Service) RequestMagicLink(ctx context.Context, r Request) (time.Time, error) {
	if !s.MagicLinksOn() {
		return time.Time{}, ErrMethodUnavailable
	}
	a, err := s.read(ctx, r)
	if err != nil {
		return time.Time{}, err
	}
	expected, _, err := s.Repository.Expected(ctx, a.email, s.now())
	if err != nil {
		return time.Time{}, err
	}
	link, token := s.newLink(ctx, PurposeLogIn, a, linkValid)
	digits, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return time.Time{}, err
	}
	code := fmt.Sprintf("%06d", digits)
	browser, codeHash := domain.HashSecret(r.Browser), s.codeHash(r.Browser, code)
	link.BrowserHash, link.CodeHash = &browser, &codeHash
	// Made for everybody, so that it takes as long for everybody.
	mail, err := s.Mails.Compose(domain.Message{
		To: a.email, Locale: a.locale, Template: domain.MailMagicLink, Priority: domain.PriorityUrgent,
		Data:    map[string]string{"minutes": minutes(linkValid)},
		Secrets: map[string]string{"link": s.Settings.BaseURL + "/link#token=" + token, "code": code},
	})
	if err != nil {
		return time.Time{}, err
	}
	var out domain.Outbox
	if a.user != nil && a.user.Active || a.user == nil && (expected || s.MayRegister(a.email)) {
		link.Sent, out = true, out.Send(mail)
	}
	return link.ExpiresAt, s.Repository.AddLink(ctx, link, s.linkLimits(), nil, out)
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d.Minutes())) }

// codeHash binds a code to the browser that asked, under a key of the server's: six digits alone would be found in no time.
func (s Service) codeHash(browser, code string) (sum [32]byte) {
	mac := hmac.New(sha256.New, s.Settings.CodeKey)
	mac.Write([]byte(browser + " " + code))
	return [32]byte(mac.Sum(nil))
}

// LookUpLink says what a link is for; it stays usable.
func (s Service) LookUpLink(ctx context.Context, token string) (Link, error) {
	return s.Repository.Link(ctx, domain.HashSecret(token), s.now())
}

// LogInByLink uses a mailed link up, and returns where the person wanted to go.
func (s Service) LogInByLink(ctx context.Context, token string) (domain.User, string, error) {
	if !s.MagicLinksOn() {
		return domain.User{}, "", ErrMethodUnavailable
	}
	user, link, err := s.Repository.AdmitByLink(ctx, domain.HashSecret(token), PurposeLogIn, s.now(), s.mailed(ctx))
	return s.entered(ctx, user, link, err)
}

// LogInByCode does the same with the mail's six digits, in the browser that asked for them.
func (s Service) LogInByCode(ctx context.Context, browser, code string) (domain.User, string, error) {
	if !s.MagicLinksOn() {
		return domain.User{}, "", ErrMethodUnavailable
	}
	if code = strings.Join(strings.Fields(code), ""); len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return domain.User{}, "", ErrCode
	}
	user, link, err := s.Repository.AdmitByCode(ctx, domain.HashSecret(browser), s.codeHash(browser, code), s.now(), s.mailed(ctx))
	return s.entered(ctx, user, link, err)
}

func (s Service) entered(ctx context.Context, user domain.User, link Link, err error) (domain.User, string, error) {
	if err != nil {
		return domain.User{}, "", err
	}
	user, err = s.Enter(ctx, user)
	return user, link.RedirectTo, err
}

// mailed decides about somebody who has read a mail sent to their address.
func (s Service) mailed(ctx context.Context) Decide {
	return func(f Found) (Admission, error) {
		switch {
		case f.User == nil:
			return s.Join(ctx, f, NewUser{Email: f.Email, Locale: f.Locale, Verified: true}, domain.MethodMagicLink), nil
		case !f.User.Active:
			return Admission{}, ErrInactive
		case !f.User.Verified:
			return s.Claim(ctx, f, "", domain.MethodMagicLink), nil
		}
		return Admission{}, nil
	}
}

// Join makes an account. Only an address that is known to be the person's (u.Verified) brings what an invitation, whoever expects them,
// and the operator say of it.
func (s Service) Join(ctx context.Context, f Found, u NewUser, how string) Admission {
	a := Admission{Create: &u}
	if u.ID == "" {
		u.ID = uuid.NewString()
	}
	u.Role, u.CreatedAt = domain.RoleSigner, s.now()
	if u.Verified {
		if f.Invitation != nil {
			u.Role, a.Accept = f.Invitation.Role, true
			u.Name = cmp.Or(u.Name, f.Invitation.Name)
		}
		u.Role, u.Name = s.RoleOf(u.Email, u.Role), cmp.Or(u.Name, f.ExpectedName)
	}
	u.Name = cmp.Or(u.Name, domain.NameFor(u.Email))
	made := domain.User{ID: u.ID, Email: u.Email}
	a.Out = s.made(ctx, u, &made, how)
	return a
}

// Claim gives an account that nobody has confirmed to whoever proved that the address is theirs; whoever made it keeps nothing of it, and
// has not named its owner. name is what is known of the person, "" when nothing is.
func (s Service) Claim(ctx context.Context, f Found, name, how string) Admission {
	owner, invited := *f.User, ""
	if f.Invitation != nil {
		invited = f.Invitation.Name
	}
	owner.Name = cmp.Or(name, invited, f.ExpectedName, domain.NameFor(owner.Email))
	a := s.Verify(ctx, f, how)
	a.TakeOver, a.Profile = true, &owner
	return a
}

// Verify notes that an account's address is its owner's, who gets what an invitation of that address says.
func (s Service) Verify(ctx context.Context, f Found, how string) Admission {
	a := Admission{Verify: true, Out: domain.Note(s.act(ctx, domain.ActVerified, f.User).OnUser(*f.User).With("how", how))}
	if f.Invitation != nil {
		a.Accept, a.Role = true, s.RoleOf(f.User.Email, f.Invitation.Role)
	}
	return a
}
