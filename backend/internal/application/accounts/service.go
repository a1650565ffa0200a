// Package accounts is the people this instance knows, and how they get in with an Ackify account.
package accounts

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// NewUser is what a user is made of. A made user is verified: an admin or the operator vouches for the address.
type NewUser struct {
	Email          domain.Email
	Name           string
	Role           domain.Role
	Locale         domain.Locale
	HashedPassword string
	CreatedAt      time.Time
}

// Repository keeps users, invitations and set-up tokens.
type Repository interface {
	// CreateUser fails with ErrUserExists.
	CreateUser(ctx context.Context, u NewUser) (domain.User, error)
	// UserByEmail also returns the password's hash; it fails with ErrUserNotFound.
	UserByEmail(ctx context.Context, email domain.Email) (domain.User, string, error)
	// UserByID also returns the password's hash; it fails with ErrUserNotFound.
	UserByID(ctx context.Context, id string) (domain.User, string, error)
	UpdateLastLogin(ctx context.Context, id string, at time.Time) error
	// UpdatePassword sets a hash and ends every session of the user but keep ("": every one).
	UpdatePassword(ctx context.Context, id, hashed, keep string) error
	// RehashPassword replaces the hash of the same password.
	RehashPassword(ctx context.Context, id, hashed string) error
	UpdateProfile(ctx context.Context, u domain.User) (domain.User, error)
	// SetRole fails with ErrUserNotFound.
	SetRole(ctx context.Context, email domain.Email, role domain.Role) error
	Users(ctx context.Context, page domain.PageRequest) (domain.Page[domain.User], error)

	AdminExists(ctx context.Context) (bool, error)
	AddSetupToken(ctx context.Context, tokenHash [32]byte, now, expires time.Time) error
	// SetUp makes the first admin; it fails with ErrSetupToken, ErrSetupDone or ErrUserExists.
	SetUp(ctx context.Context, tokenHash [32]byte, admin NewUser) (domain.User, error)

	// Invite replaces an open invitation of the same address.
	Invite(ctx context.Context, tokenHash [32]byte, by domain.User, i domain.Invitation) (domain.Invitation, error)
	// Invitation fails with ErrInvitationToken.
	Invitation(ctx context.Context, tokenHash [32]byte, now time.Time) (domain.Invitation, error)
	// Accept makes the user that the invitation is for; it fails with ErrInvitationToken or ErrUserExists.
	Accept(ctx context.Context, tokenHash [32]byte, now time.Time, make func(domain.Invitation) NewUser) (domain.User, error)
	Invitations(ctx context.Context, now time.Time, page domain.PageRequest) (domain.Page[domain.Invitation], error)
	// Withdraw tells whether there was such an open invitation.
	Withdraw(ctx context.Context, id string, now time.Time) (bool, error)
}

// Hasher hashes passwords, slowly.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
	// Verify also tells whether the hash should be renewed.
	Verify(ctx context.Context, password, hashed string) (matches, outdated bool, err error)
	// Decoy takes as long as Verify.
	Decoy(ctx context.Context, password string) error
}

// Errors about accounts.
var (
	ErrUserExists         = domain.E(domain.KindConflict, "user.exists", "There is an account with this email address already.")
	ErrUserNotFound       = domain.E(domain.KindNotFound, "user.not_found", "There is no such user.")
	ErrCredentials        = domain.E(domain.KindUnauthenticated, "auth.invalid_credentials", "Email or password is wrong.")
	ErrInactive           = domain.E(domain.KindForbidden, "auth.account_inactive", "This account was deactivated.")
	ErrSetupToken         = domain.E(domain.KindGone, "setup.token_invalid", "This set-up link is unknown, expired or used; start the server again for a new one.")
	ErrSetupDone          = domain.E(domain.KindConflict, "setup.already_done", "There is an administrator already; log in instead.")
	ErrInvitationToken    = domain.E(domain.KindGone, "invitation.token_invalid", "This invitation is unknown, expired, withdrawn or used; ask for a new one.")
	ErrInvitationNotFound = domain.E(domain.KindNotFound, "invitation.not_found", "There is no such open invitation.")
	ErrInvitee            = domain.E(domain.KindConflict, "invitation.user_exists", "This person has an account already.")
	ErrPasswordWrong      = domain.Invalid("currentPassword", "password.current_wrong", "The current password is not right.")
)

// Service makes accounts and lets people in.
type Service struct {
	Repository  Repository
	Hasher      Hasher
	Clock       func() time.Time
	AdminEmails []domain.Email // become admin once their address is verified
}

func hash(token string) [32]byte { return sha256.Sum256([]byte(token)) }

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// roleOf is the given role, or admin for the addresses that the operator named.
func (s Service) roleOf(email domain.Email, role domain.Role) domain.Role {
	if slices.Contains(s.AdminEmails, email) {
		return domain.RoleAdmin
	}
	return role
}
