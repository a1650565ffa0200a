package domain

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Role is what a user may do.
type Role string

// The roles.
const (
	RoleSigner  Role = "signer"  // everyone
	RoleAuthor  Role = "author"  // may create documents
	RoleAdmin   Role = "admin"   // may do everything
	RoleAuditor Role = "auditor" // reads everything, changes nothing
)

// ParseRole refuses whatever is not a role; "" is a signer.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case "":
		return RoleSigner, nil
	case RoleSigner, RoleAuthor, RoleAdmin, RoleAuditor:
		return r, nil
	}
	return "", Invalid("role", "role.invalid", "The role is one of signer, author, admin, auditor.")
}

// Creators says who may make documents.
type Creators string

// The choices of who may make documents.
const (
	CreatorsAuthors  Creators = "authors"  // authors and administrators
	CreatorsAdmins   Creators = "admins"   // administrators alone
	CreatorsEveryone Creators = "everyone" // everyone but auditors, who change nothing
)

// Include tells whether somebody with a role may make documents.
func (c Creators) Include(r Role) bool {
	switch r {
	case RoleAdmin:
		return true
	case RoleAuthor:
		return c != CreatorsAdmins
	case RoleSigner:
		return c == CreatorsEveryone
	}
	return false
}

// MayReadEverything tells whether the role sees every document's signatures and everyone's account.
func (r Role) MayReadEverything() bool { return r == RoleAdmin || r == RoleAuditor }

// User is a person known to this instance.
type User struct {
	ID              string // UUID; stable whichever way the person logs in
	Email           Email
	Name            string
	Role            Role
	Locale          Locale
	Active          bool
	Verified        bool // the address is known to be the person's
	HasPassword     bool
	PasswordID      string // changes with the password, of which it tells nothing; "" when there is none
	CreatedAt       time.Time
	LastLoginAt     time.Time // zero before the first log-in
	LastLoginMethod string
}

// Replaceable tells whether an account is nobody's yet: who registers its address again means the newer name and password.
func (u User) Replaceable() bool { return !u.Verified && u.Active && u.LastLoginAt.IsZero() }

// NameFor makes a name for somebody of whom only the address is known: sam.okafor@… becomes Sam Okafor.
func NameFor(email Email) string {
	local, _, _ := strings.Cut(string(email), "@")
	local, _, _ = strings.Cut(local, "+")
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	if name, err := ParseName(strings.Join(words, " ")); err == nil {
		return name
	}
	return string(email)
}

// NameFromEmail tells whether nobody may have given a user's name: it is the one word that would be made of the address. Of several words it may be,
// too, but then it is most likely their name.
func (u User) NameFromEmail() bool {
	return u.Name == NameFor(u.Email) && !strings.Contains(u.Name, " ")
}

// ParseName accepts a person's name of 1 to 200 characters; spaces around it are dropped.
func ParseName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if !isVisible(s) || utf8.RuneCountInString(s) > 200 || hasControl(s) {
		return "", Invalid("name", "name.invalid", "A name has 1 to 200 characters, none of them a line break or invisible.")
	}
	return s, nil
}

// IsOneLine tells whether a text can be shown and recorded as one line: it holds no control, invisible or reversing characters.
func IsOneLine(s string) bool { return !hasControl(s) }

// hasControl tells whether a text holds what has no place in one line of a proof: control characters, line breaks, what is not
// UTF-8 or no character, and characters that are invisible or turn the writing around. Joiners stay allowed, which some scripts and
// emoji need, and marks that only say which way a neighbour is written.
func hasControl(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case r == '\u200c', r == '\u200d', r == '\u200e', r == '\u200f', r >= '\U000e0020' && r <= '\U000e007f':
			return false
		case r&0xfffe == 0xfffe, r >= '\ufdd0' && r <= '\ufdef':
			return true
		}
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
	})
}

// isVisible tells whether there is something to see in a text.
func isVisible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) })
}

// Passwords are counted in characters at the lower end and in bytes at the upper, which bounds the hashing.
const (
	PasswordMinLength = 12
	PasswordMaxBytes  = 1024
)

// CheckPassword refuses a password that is too short or too long; field names the input in the answer.
func CheckPassword(field, password string) error {
	if utf8.RuneCountInString(password) < PasswordMinLength {
		return Invalid(field, "password.too_short", "A password has at least 12 characters.")
	}
	if len(password) > PasswordMaxBytes {
		return Invalid(field, "password.too_long", "A password has at most 1,024 bytes.")
	}
	return nil
}

// Grant is what a request acts for its user with.
type Grant string

// The grants.
const (
	GrantCookie      Grant = "cookie"       // a browser's session
	GrantAccessToken Grant = "access_token" // of an application that the person logged in with
	GrantAPIToken    Grant = "api_token"    // a personal token; it does what its scopes name, and never signs
)

// Scope is a part of the API that a personal token opens.
type Scope string

// Scopes are all there are.
var Scopes = []Scope{"documents:read", "documents:write", "signatures:read", "signers:write", "admin"}

// The ways of logging in; beside them, each identity provider's name is one.
const (
	MethodPassword   = "password"
	MethodMagicLink  = "magic_link"
	MethodSetup      = "setup"
	MethodInvitation = "invitation"
)

// Session is one log-in of one user on one device, or with one application.
type Session struct {
	ID              string // UUID; names the session without opening it
	User            User
	Grant           Grant
	Scopes          []Scope // of a personal token
	Method          string  // how the person logged in: one of the methods, or a provider's name
	Provider        string  // the provider's name; "" when there was none
	Issuer, Subject string  // who the person is at the provider; "" when there was none
	AuthenticatedAt time.Time
	CreatedAt       time.Time
	LastSeenAt      time.Time
	ExpiresAt       time.Time
	RefreshDueAt    time.Time // when the provider is asked again; zero: it is not
	UserAgent       string
	IPAddress       string // "" when unknown
}

// Signer returns what a signed statement says of the person.
func (s Session) Signer() proof.Fields {
	said := proof.Fields{
		"user":             s.User.ID,
		"email":            string(s.User.Email),
		"name":             s.User.Name,
		"method":           s.Method,
		"authenticated_at": proof.FormatTime(s.AuthenticatedAt),
	}
	if s.Issuer != "" {
		said["issuer"], said["subject"] = s.Issuer, s.Subject
	}
	return said
}

// Invitation asks a person to become a user.
type Invitation struct {
	ID        string // UUID
	Email     Email
	Name      string // may be ""
	Role      Role
	InvitedBy string // name of who invites; only where one invitation is looked up
	CreatedAt time.Time
	ExpiresAt time.Time
}
