package accounts

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Registration is an account that somebody makes for themselves.
type Registration struct {
	Request
	Name     string
	Password string
}

// Register makes an account that opens once its address is confirmed. Whoever has one already is told by mail; the caller cannot tell.
func (s Service) Register(ctx context.Context, r Registration) (time.Time, error) {
	expires, err := s.register(ctx, r)
	if errors.Is(err, ErrUserExists) {
		// Somebody was first with this address, just now: seen again, it is known.
		return s.register(ctx, r)
	}
	return expires, err
}

func (s Service) register(ctx context.Context, r Registration) (time.Time, error) {
	a, err := s.read(ctx, r.Request)
	if err != nil {
		return time.Time{}, err
	}
	if !s.RegistrationOpen() || !s.MayRegister(a.email) {
		return time.Time{}, ErrRegistrationClosed
	}
	made, err := s.newUser(ctx, Profile{Email: r.Email, Name: r.Name, Password: r.Password, Locale: r.Locale}, domain.RoleSigner)
	if err != nil {
		return time.Time{}, err
	}
	made.Role, made.Verified = domain.RoleSigner, false
	link, token := s.newLink(ctx, PurposeVerification, a, verificationValid)
	if a.user != nil && !a.user.Replaceable() {
		return link.ExpiresAt, s.remind(ctx, a, link)
	}
	mail, err := s.Mails.Compose(domain.Message{
		To: a.email, Locale: made.Locale, Template: domain.MailVerification, Priority: domain.PriorityUrgent,
		Data:    map[string]string{"name": made.Name, "hours": strconv.Itoa(int(verificationValid.Hours()))},
		Secrets: map[string]string{"link": s.Settings.BaseURL + "/link#token=" + token},
	})
	if err != nil {
		return time.Time{}, err
	}
	var out domain.Outbox
	if a.user == nil {
		user := domain.User{ID: made.ID, Email: made.Email}
		out = s.made(ctx, made, &user, "registration")
	} else {
		made.ID = a.user.ID
	}
	link.Sent, link.UserID, link.Locale = true, made.ID, made.Locale
	return link.ExpiresAt, s.Repository.AddLink(ctx, link, s.linkLimits(), &made, out.Send(mail))
}

// remind tells somebody by mail that they have an account already.
func (s Service) remind(ctx context.Context, a asked, link NewLink) error {
	mail, err := s.Mails.Compose(domain.Message{
		To: a.email, Locale: a.locale, Template: domain.MailAlreadyRegistered, Priority: domain.PriorityUrgent,
		Data: map[string]string{"login_link": s.Settings.BaseURL + "/login", "reset_link": s.Settings.BaseURL + "/reset"},
	})
	if err != nil {
		return err
	}
	var out domain.Outbox
	if a.user.Active {
		out = out.Send(mail)
	}
	return s.Repository.AddLink(ctx, link, s.linkLimits(), nil, out)
}

// Confirm opens a new account to whoever has both its mail and its password, and returns where they wanted to go.
func (s Service) Confirm(ctx context.Context, token, password string) (domain.User, string, error) {
	link, err := s.Repository.Link(ctx, domain.HashSecret(token), s.now())
	if err != nil || link.Purpose != PurposeVerification {
		return domain.User{}, "", either(err, ErrLink)
	}
	var hashed string
	if err := s.attempt(ctx, link.Email, func() error {
		if _, hashed, err = s.Repository.UserByID(ctx, link.UserID); err != nil {
			return err
		}
		matches, _, err := s.Hasher.Verify(ctx, password, hashed)
		if err == nil && !matches {
			err = ErrCredentials
		}
		return err
	}); err != nil {
		return domain.User{}, "", err
	}
	user, link, err := s.Repository.AdmitByLink(ctx, domain.HashSecret(token), PurposeVerification, s.now(), func(f Found) (Admission, error) {
		if f.User == nil || !f.User.Active {
			return Admission{}, ErrLink
		}
		// Somebody may have registered the address again since the password was compared: the one that was typed here counts.
		// And nothing else that could open the account until now does any more.
		a := s.Verify(ctx, f, "mail")
		a.TakeOver, a.Password = true, hashed
		return a, nil
	})
	return s.entered(ctx, user, link, err)
}

// RequestReset mails a link that sets a new password, to whoever has an account.
func (s Service) RequestReset(ctx context.Context, r Request) (time.Time, error) {
	if !s.Mails.Enabled() || !s.Settings.Passwords {
		return time.Time{}, ErrMethodUnavailable
	}
	a, err := s.read(ctx, r)
	if err != nil {
		return time.Time{}, err
	}
	link, mail, _, err := s.resetLink(ctx, a, linkValid)
	if err != nil {
		return time.Time{}, err
	}
	var out domain.Outbox
	if a.user != nil && a.user.Active {
		link.Sent, out = true, out.Send(mail)
	}
	return link.ExpiresAt, s.Repository.AddLink(ctx, link, s.linkLimits(), nil, out)
}

func (s Service) resetLink(ctx context.Context, a asked, valid time.Duration) (NewLink, domain.QueuedMail, string, error) {
	link, token := s.newLink(ctx, PurposeReset, a, valid)
	url := s.Settings.BaseURL + "/reset#token=" + token
	if !s.Mails.Enabled() {
		return link, domain.QueuedMail{}, url, nil
	}
	mail, err := s.Mails.Compose(domain.Message{
		To: a.email, Locale: a.locale, Template: domain.MailPasswordReset, Priority: domain.PriorityUrgent,
		Data: map[string]string{"minutes": minutes(valid)}, Secrets: map[string]string{"link": url},
	})
	return link, mail, url, err
}

// Reset sets a new password with a link; every session and application of the account ends.
func (s Service) Reset(ctx context.Context, token, password string) (domain.User, string, error) {
	if err := domain.CheckPassword("password", password); err != nil {
		return domain.User{}, "", err
	}
	link, err := s.Repository.Link(ctx, domain.HashSecret(token), s.now())
	if err != nil || link.Purpose != PurposeReset {
		return domain.User{}, "", either(err, ErrLink)
	}
	hashed, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return domain.User{}, "", err
	}
	user, link, err := s.Repository.AdmitByLink(ctx, domain.HashSecret(token), PurposeReset, s.now(), func(f Found) (Admission, error) {
		if f.User == nil || !f.User.Active {
			return Admission{}, ErrLink
		}
		a := Admission{}
		if !f.User.Verified {
			a = s.Claim(ctx, f, "", "mail")
		}
		a.Password, a.EndSessions = hashed, true
		a.Out.Audit = append(a.Out.Audit, s.act(ctx, domain.ActPasswordChanged, f.User).OnUser(*f.User).With("how", "link"))
		return a, nil
	})
	return s.entered(ctx, user, link, err)
}

// newUser checks a profile and hashes its password.
func (s Service) newUser(ctx context.Context, p Profile, role domain.Role) (NewUser, error) {
	email, err := domain.ParseEmail(p.Email)
	if err != nil {
		return NewUser{}, err
	}
	name, err := domain.ParseName(p.Name)
	if err != nil {
		return NewUser{}, err
	}
	locale, err := domain.ParseLocale(p.Locale, domain.Locales[0])
	if err != nil {
		return NewUser{}, err
	}
	if err := domain.CheckPassword("password", p.Password); err != nil {
		return NewUser{}, err
	}
	hashed, err := s.Hasher.Hash(ctx, p.Password)
	return NewUser{
		ID: uuid.NewString(), Email: email, Name: name, Role: s.RoleOf(email, role), Locale: locale, HashedPassword: hashed, Verified: true,
		CreatedAt: s.now(),
	}, err
}
