package accounts

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// NewUser is what a user is made of.
type NewUser struct {
	ID             string // UUID
	Email          domain.Email
	Name           string
	Role           domain.Role
	Locale         domain.Locale
	HashedPassword string // "": none
	Verified       bool   // the address is known to be the person's, or somebody vouches for it
	CreatedAt      time.Time
}

// Purpose is what the link of a mail does.
type Purpose string

// The purposes of links.
const (
	PurposeLogIn        Purpose = "login"
	PurposeVerification Purpose = "verification"
	PurposeReset        Purpose = "reset"
)

// Link is a link that was mailed or handed over.
type Link struct {
	Purpose    Purpose
	Email      domain.Email
	UserID     string // "": nobody had the address yet
	Locale     domain.Locale
	RedirectTo string // path of this site, "" for none
	ExpiresAt  time.Time
}

// NewLink is a link with its secrets, hashed.
type NewLink struct {
	Link
	TokenHash   [32]byte
	CodeHash    *[32]byte // nil: it has no code
	BrowserHash *[32]byte // of the browser that asked; nil: no matter
	Sent        bool      // false: only to count, and to look the same
	IPAddress   string    // of who asked, as it is counted; "": it is not counted, since an administrator made it
	CreatedAt   time.Time
}

// LinkLimits are how many links may be asked for in an hour.
type LinkLimits struct {
	PerEmail  int // of one kind, for the address that is written to
	PerClient int // of all kinds, from the network that asks; 0: any number
}

// Identity is a person at an identity provider.
type Identity struct {
	Issuer, Subject string
	Provider        string
	Email           domain.Email
}

// Found is what is known of somebody who proves who they are.
type Found struct {
	Email        domain.Email  // that was proven, or is claimed
	Locale       domain.Locale // of the page they come from
	User         *domain.User  // nil: nobody
	Linked       bool          // found by the identity, not by the address
	Invitation   *domain.Invitation
	Expected     bool   // invited, or asked to sign something
	ExpectedName string // as whoever asked for them wrote it; may be ""
}

// Admission is what follows for the account.
type Admission struct {
	Create      *NewUser     // nobody was found
	Verify      bool         // the address is theirs now
	TakeOver    bool         // whatever could open the account until now is dropped: password, sessions, identities, tokens, links
	Profile     *domain.User // name and language, when they change
	Role        domain.Role  // "" as it is
	Password    string       // hash of a new one; "": as it is
	EndSessions bool         // also of applications
	Identity    *Identity    // becomes the person's
	Accept      bool         // the open invitation of the address is accepted
	Out         domain.Outbox
}

// Change is what an administrator changes of somebody; nil leaves it.
type Change struct {
	Role   *domain.Role
	Active *bool
}

// Repository keeps users, invitations, links and set-up tokens. What follows from a change is written with it.
type Repository interface {
	// CreateUser fails with ErrUserExists.
	CreateUser(ctx context.Context, u NewUser, out domain.Outbox) (domain.User, error)
	// UserByEmail also returns the password's hash; it fails with ErrUserNotFound.
	UserByEmail(ctx context.Context, email domain.Email) (domain.User, string, error)
	// UserByID also returns the password's hash; it fails with ErrUserNotFound.
	UserByID(ctx context.Context, id string) (domain.User, string, error)
	// UpdatePassword sets a hash and ends every link, session and application of the user but keep. With keep "" it is the operator who sets it,
	// and so vouches for the address: an account that was not confirmed is, and whatever could open it before is dropped.
	UpdatePassword(ctx context.Context, id, hashed, keep string, now time.Time, out domain.Outbox) error
	// RehashPassword replaces the hash of the same password; it fails with ErrCredentials when that was changed meanwhile.
	RehashPassword(ctx context.Context, id, before, hashed string) (domain.User, error)
	UpdateProfile(ctx context.Context, u domain.User, out domain.Outbox) (domain.User, error)
	// SetRole fails with ErrUserNotFound.
	SetRole(ctx context.Context, id string, role domain.Role, out domain.Outbox) error
	// Manage changes a user, who is out everywhere at once when deactivated; it fails with ErrUserNotFound or ErrLastAdmin.
	Manage(ctx context.Context, id string, c Change, now time.Time, out func(before domain.User) domain.Outbox) (domain.User, error)
	Users(ctx context.Context, page domain.PageRequest) (domain.Page[domain.User], error)
	// Record adds to the audit trail what follows from no change.
	Record(ctx context.Context, out domain.Outbox) error

	AdminExists(ctx context.Context) (bool, error)
	AddSetupToken(ctx context.Context, tokenHash [32]byte, now, expires time.Time) error
	// SetUp makes the first admin; it fails with ErrSetupToken, ErrSetupDone or ErrUserExists.
	SetUp(ctx context.Context, tokenHash [32]byte, admin NewUser, out domain.Outbox) (domain.User, error)

	// Invite replaces an open invitation of the same address.
	Invite(ctx context.Context, tokenHash [32]byte, by domain.User, i domain.Invitation, out domain.Outbox) (domain.Invitation, error)
	// Invitation fails with ErrInvitationToken.
	Invitation(ctx context.Context, tokenHash [32]byte, now time.Time) (domain.Invitation, error)
	Invitations(ctx context.Context, now time.Time, page domain.PageRequest) (domain.Page[domain.Invitation], error)
	// Withdraw tells whether there was such an open invitation.
	Withdraw(ctx context.Context, id string, now time.Time, out func(domain.Email) domain.Outbox) (bool, error)

	// Expected tells whether somebody has asked for this person, and under what name.
	Expected(ctx context.Context, email domain.Email, now time.Time) (expected bool, name string, err error)
	// AddLink fails with ErrTooManyLinks or ErrTooManyLinksHere. user, when not nil, is made with it, in place of one with the same address that is not
	// confirmed; it fails with ErrUserExists when a confirmed one is there.
	AddLink(ctx context.Context, l NewLink, limits LinkLimits, user *NewUser, out domain.Outbox) error
	// Link fails with ErrLink.
	Link(ctx context.Context, tokenHash [32]byte, now time.Time) (Link, error)

	// The following admit whoever proves who they are: one at a time for each address, decide says what follows.

	// AdmitByLink uses a link up; it fails with ErrLink.
	AdmitByLink(ctx context.Context, tokenHash [32]byte, p Purpose, now time.Time, decide Decide) (domain.User, Link, error)
	// AdmitByCode compares the code of the newest link that a browser asked for. It fails with ErrCode, or with ErrLink when there is
	// none or too many codes were wrong.
	AdmitByCode(ctx context.Context, browserHash, codeHash [32]byte, now time.Time, decide Decide) (domain.User, Link, error)
	// AdmitByInvitation fails with ErrInvitationToken.
	AdmitByInvitation(ctx context.Context, tokenHash [32]byte, now time.Time, decide Decide) (domain.User, error)
	// AdmitByIdentity finds the person by the identity, else by the address.
	AdmitByIdentity(ctx context.Context, id Identity, now time.Time, decide Decide) (domain.User, error)

	// CountAttempt counts a log-in before its outcome is known. Beyond the free ones each has to wait longer; until is then when the next
	// is allowed, and ok whether this one is.
	CountAttempt(ctx context.Context, key [32]byte, free int, now time.Time) (until time.Time, ok bool, err error)
	// Uncount takes one back that neither failed nor succeeded.
	Uncount(ctx context.Context, key [32]byte) error
	Forgive(ctx context.Context, key [32]byte) error

	// CleanUp deletes what nobody can use any more, and accounts that nobody confirmed, with an event each.
	CleanUp(ctx context.Context, c Cleaning, note func(id, email string) domain.Outbox) (Cleaned, error)
}

// Decide says what follows for the account of somebody who has proven who they are. It runs while others with the same address wait.
type Decide func(Found) (Admission, error)

// Cleaning says before when what is old.
type Cleaning struct {
	Unverified time.Time
	Links      time.Time
	Failures   time.Time
	Attempts   time.Time
	Tokens     time.Time
}

// Cleaned counts what was deleted.
type Cleaned struct {
	Unverified, Links, Failures, Attempts, Tokens int64
}
