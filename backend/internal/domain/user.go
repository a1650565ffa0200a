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

// MayCreateDocuments tells whether the role includes making documents.
func (r Role) MayCreateDocuments() bool { return r == RoleAuthor || r == RoleAdmin }

// MayReadEverything tells whether the role sees every document's signatures and everyone's account.
func (r Role) MayReadEverything() bool { return r == RoleAdmin || r == RoleAuditor }

// User is a person known to this instance.
type User struct {
	ID          string // UUID; stable whichever way the person logs in
	Email       Email
	Name        string
	Role        Role
	Locale      Locale
	Active      bool
	CreatedAt   time.Time
	LastLoginAt time.Time // zero before the first log-in
}

// ParseName accepts a person's name of 1 to 200 characters; spaces around it are dropped.
func ParseName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || utf8.RuneCountInString(s) > 200 || hasControl(s) {
		return "", Invalid("name", "name.invalid", "A name has 1 to 200 characters and no line breaks.")
	}
	return s, nil
}

func hasControl(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
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

// Session is one log-in of one user on one device.
type Session struct {
	ID              string // UUID; names the session without opening it
	User            User
	Method          string // how the person logged in, e.g. "password"
	AuthenticatedAt time.Time
	CreatedAt       time.Time
	LastSeenAt      time.Time
	ExpiresAt       time.Time
	UserAgent       string
	IPAddress       string // "" when unknown
}

// Signer returns what a signed statement says of the person.
func (s Session) Signer() proof.Fields {
	return proof.Fields{
		"user":             s.User.ID,
		"email":            string(s.User.Email),
		"name":             s.User.Name,
		"method":           s.Method,
		"authenticated_at": proof.FormatTime(s.AuthenticatedAt),
	}
}

// Invitation asks a person to become a user.
type Invitation struct {
	ID        string // UUID
	Email     Email
	Name      string // may be ""
	Role      Role
	CreatedAt time.Time
	ExpiresAt time.Time
}
