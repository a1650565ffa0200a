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
	return s.Repository.AddSetupToken(ctx, domain.HashSecret(token), s.now(), s.now().Add(setupValid))
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
	return s.Repository.SetUp(ctx, domain.HashSecret(token), admin, s.made(ctx, admin, nil, "set-up link"))
}

// made notes a new account.
func (s Service) made(ctx context.Context, u NewUser, by *domain.User, how string) domain.Outbox {
	user := domain.User{ID: u.ID, Email: u.Email}
	return domain.Note(s.act(ctx, domain.ActAccountMade, by).OnUser(user).With("how", how).With("role", string(u.Role)))
}
