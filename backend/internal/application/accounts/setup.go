package accounts

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// setupValid is how long a set-up link works; every start without an administrator prints a new one.
const setupValid = 24 * time.Hour

// Profile is what a person says of themselves when they get their account.
type Profile struct {
	Email    string // only where nobody knows it yet
	Name     string
	Password string
	Locale   string // "": English
}

// SetupRequired tells whether nobody is an administrator yet.
func (s Service) SetupRequired(ctx context.Context) (bool, error) {
	exists, err := s.Repository.AdminExists(ctx)
	return !exists, err
}

// IssueSetupToken makes the secret of a one-time set-up link; token is what the link holds.
func (s Service) IssueSetupToken(ctx context.Context, token string) error {
	return s.Repository.AddSetupToken(ctx, hash(token), s.now(), s.now().Add(setupValid))
}

// SetUp makes the first administrator.
func (s Service) SetUp(ctx context.Context, token string, p Profile) (domain.User, error) {
	if done, err := s.Repository.AdminExists(ctx); err != nil || done {
		return domain.User{}, either(err, ErrSetupDone)
	}
	admin, err := s.newUser(ctx, p, domain.RoleAdmin)
	if err != nil {
		return domain.User{}, err
	}
	user, err := s.Repository.SetUp(ctx, hash(token), admin)
	if err != nil {
		return domain.User{}, err
	}
	return s.enter(ctx, user)
}

func either(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
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
		Email: email, Name: name, Role: s.roleOf(email, role), Locale: locale, HashedPassword: hashed, CreatedAt: s.now(),
	}, err
}
