// Package accounts is the people this instance knows, and how they get in: with a password, a link by mail, or an invitation.
package accounts

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Mails makes emails; storing them is up to the repository, with the change they follow from.
type Mails interface {
	// Enabled tells whether there is a mail server at all.
	Enabled() bool
	Compose(m domain.Message) (domain.QueuedMail, error)
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
	ErrUserInactive       = domain.E(domain.KindConflict, "user.inactive", "This account is deactivated; reactivate it first.")
	ErrLastAdmin          = domain.E(domain.KindConflict, "user.last_admin", "Nobody would administer Ackify any more; make another administrator first.")
	ErrCredentials        = domain.E(domain.KindUnauthenticated, "auth.invalid_credentials", "Email or password is wrong.")
	ErrInactive           = domain.E(domain.KindForbidden, "auth.account_inactive", "This account was deactivated.")
	ErrUnconfirmed        = domain.E(domain.KindForbidden, "auth.email_unconfirmed", "Confirm your address first, with the link that was mailed to you; or ask for a new password.")
	ErrMethodUnavailable  = domain.E(domain.KindNotFound, "auth.method_unavailable", "This way of logging in is not offered here.")
	ErrRegistrationClosed = domain.E(domain.KindForbidden, "auth.registration_closed", "With this address one cannot make an account for oneself here; ask for an invitation.")
	ErrTooManyLinks       = domain.E(domain.KindRateLimited, "auth.too_many_links", "Enough mails were asked for this address within an hour; look into the mailbox, or try again later.")
	ErrTooManyLinksHere   = domain.E(domain.KindRateLimited, "auth.too_many_links_here", "Too many mails were asked for from this network within an hour; wait, or ask your administrator.")
	ErrLink               = domain.E(domain.KindGone, "auth.link_invalid", "This link or code is unknown, expired or used; ask for a new one.")
	ErrCode               = domain.Invalid("code", "auth.code_wrong", "This is not the code that was mailed.")
	ErrSetupToken         = domain.E(domain.KindGone, "setup.token_invalid", "This set-up link is unknown, expired or used; start the server again for a new one.")
	ErrSetupDone          = domain.E(domain.KindConflict, "setup.already_done", "There is an administrator already; log in instead.")
	ErrInvitationToken    = domain.E(domain.KindGone, "invitation.token_invalid", "This invitation is unknown, expired, withdrawn or used; ask for a new one.")
	ErrInvitationNotFound = domain.E(domain.KindNotFound, "invitation.not_found", "There is no such open invitation.")
	ErrInvitee            = domain.E(domain.KindConflict, "invitation.user_exists", "This person has an account already.")
	ErrPasswordWrong      = domain.Invalid("currentPassword", "password.current_wrong", "The current password is not right.")
)

// Settings are the operator's.
type Settings struct {
	BaseURL      string         // absolute, without a slash at the end
	AdminEmails  []domain.Email // become admin once their address is verified
	Passwords    bool           // whether one can log in with a password
	MagicLinks   bool           // whether one can log in with a link by mail, given a mail server
	Registration []string       // domains whose people may make an account for themselves; "*" is every domain
	FreeFailures int            // wrong passwords before one has to wait; 0: one never has
	ClientLinks  int            // mails with a link that one client address may ask for in an hour; 0: any number
	CodeKey      []byte         // 32 bytes; makes six digits worthless in the database
}

// Service makes accounts and lets people in.
type Service struct {
	Repository Repository
	Hasher     Hasher
	Mails      Mails
	Clock      func() time.Time
	Settings   Settings
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// RoleOf is the given role, or admin for the addresses that the operator named. Only for an address that is known to be the person's.
func (s Service) RoleOf(email domain.Email, role domain.Role) domain.Role {
	if slices.Contains(s.Settings.AdminEmails, email) {
		return domain.RoleAdmin
	}
	return role
}

// MayRegister tells whether somebody with this address may make an account for themselves.
func (s Service) MayRegister(email domain.Email) bool {
	_, host, _ := strings.Cut(string(email), "@")
	return slices.Contains(s.Settings.Registration, "*") || slices.Contains(s.Settings.Registration, host)
}

// RegistrationOpen tells whether anybody at all may.
func (s Service) RegistrationOpen() bool {
	return len(s.Settings.Registration) > 0 && s.Mails.Enabled() && s.Settings.Passwords
}

// MagicLinksOn tells whether one can log in by a link that is mailed.
func (s Service) MagicLinksOn() bool { return s.Settings.MagicLinks && s.Mails.Enabled() }

// act makes an event of the audit trail, of now.
func (s Service) act(ctx context.Context, action string, by *domain.User) domain.AuditEvent {
	return domain.Act(ctx, s.now(), action, by)
}

func either(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
