package domain

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ExpectedSigner is a person who is or was asked to sign a document.
type ExpectedSigner struct {
	ID             int64
	DocID          string
	Email          Email // or "erased:<id>"
	Name           string
	Notes          string
	AddedAt        time.Time
	AddedBy        string    // user id
	DueAt          time.Time // their own deadline; zero: the document's
	DueReason      string    // why it was changed last
	GroupID        string    // UUID of the group that they were asked with; "": none
	Muted          bool      // no reminders go to them
	WithdrawnAt    time.Time // zero: is asked
	Seq            int64     // the ledger's newest entry about it, or NoEntry
	SignedRevision int       // the newest that they signed; 0: none
	SignedAt       time.Time
}

// What stands for the newest entry about a person where there is none.
const (
	NoEntry int64 = -1 // the row is older than such entries
	NoRow   int64 = -2 // nobody has asked them yet
)

// SignerState is how far somebody is with a document.
type SignerState string

// The states. Who signed without being asked is unexpected.
const (
	SignerSigned     SignerState = "signed"
	SignerPending    SignerState = "pending"
	SignerOverdue    SignerState = "overdue"
	SignerWithdrawn  SignerState = "withdrawn"
	SignerUnexpected SignerState = "unexpected"
)

// Errors about signers, deadlines and groups.
var (
	ErrSignerNotFound = E(KindNotFound, "signer.not_found", "This person is not asked to sign this document.")
	ErrRosterConflict = E(KindConflict, "signer.conflict", "Somebody else is changing who signs this document; try again.")
	ErrDeadlinePast   = Invalid("dueAt", "deadline.past", "A deadline lies in the future.")
	ErrDeadlineTooFar = Invalid("dueAt", "deadline.too_far", "A deadline lies within a hundred years.")
	ErrListTooLarge   = &Error{Kind: KindTooLarge, Code: "import.too_large", Detail: "A file of people has at most 5 MB.", Field: "file"}
	ErrTooManyFollow  = Invalid("dueAt", "deadline.too_many_people", "More than 30,000 people have this deadline, and each change is recorded of each of them.")
	ErrDeadlineReason = Invalid("reason", "deadline.reason_missing", "Say why the deadline changes, in at most 500 characters on one line.")
	ErrNotesInvalid   = Invalid("notes", "notes.invalid", "Notes have at most 1,000 characters, none of them invisible.")
	ErrGroupNotFound  = E(KindNotFound, "group.not_found", "There is no such group.")
	ErrMemberNotFound = E(KindNotFound, "group.member_not_found", "This person is not in the group.")
	ErrGroupExists    = E(KindConflict, "group.exists", "There is a group of this name already.")
	ErrGroupAdded     = E(KindConflict, "group.added", "This group was added to the document already.")
	ErrGroupName      = Invalid("name", "group.name_invalid", "A group's name has 1 to 100 characters, none of them a line break or invisible.")
)

// Asked tells whether the person is still asked.
func (s ExpectedSigner) Asked() bool { return s.WithdrawnAt.IsZero() }

// Deadline is until when the person is to sign; zero when there is none.
func (s ExpectedSigner) Deadline(d Document) time.Time {
	if s.DueAt.IsZero() {
		return d.DueAt
	}
	return s.DueAt
}

// State tells how far the person is with the document.
func (s ExpectedSigner) State(d Document, now time.Time) SignerState {
	due := s.Deadline(d)
	switch {
	case !s.Asked():
		return SignerWithdrawn
	case d.Counts(s.SignedRevision):
		return SignerSigned
	case !due.IsZero() && due.Before(now):
		return SignerOverdue
	}
	return SignerPending
}

// furthestDeadline is how far ahead a deadline may lie: what is further was mistyped.
const furthestDeadline = 100 * 366 * 24 * time.Hour

// CheckDeadline refuses a new deadline that is not in the future; zero is none.
func CheckDeadline(due, now time.Time) error {
	switch {
	case due.IsZero():
		return nil
	case !due.After(now):
		return ErrDeadlinePast
	case due.After(now.Add(furthestDeadline)):
		return ErrDeadlineTooFar
	}
	return nil
}

// DeadlineReason returns why a deadline becomes another one, without spaces around it. Whoever changes what was promised says why.
func DeadlineReason(was, becomes time.Time, reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	needed := !was.IsZero() && !was.Equal(becomes)
	if utf8.RuneCountInString(reason) > 500 || hasControl(reason) || needed && !isVisible(reason) {
		return "", ErrDeadlineReason
	}
	return reason, nil
}

// JoinerDeadline is until when somebody signs who joins a group now and has so many days: the end of that day where the organisation is. Zero days:
// they have no deadline of their own.
func JoinerDeadline(now time.Time, days int, in *time.Location) time.Time {
	if days == 0 {
		return time.Time{}
	}
	return EndOfDay(Day(now, in).AddDate(0, 0, days), in)
}

// ParseOptionalName is ParseName for somebody whose name need not be known.
func ParseOptionalName(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	return ParseName(s)
}

const notesMaxLength = 1000

// ParseNotes refuses notes that are too long; they may have several lines.
func ParseNotes(s string) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	if utf8.RuneCountInString(s) > notesMaxLength || hasControl(strings.NewReplacer("\n", "", "\t", "").Replace(s)) {
		return "", ErrNotesInvalid
	}
	return s, nil
}

// Group is a named list of people.
type Group struct {
	ID        string // UUID
	Name      string
	Members   int
	CreatedAt time.Time
	CreatedBy string // user id
}

// ParseGroupName refuses a name that is empty, too long or not one line.
func ParseGroupName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if !isVisible(s) || utf8.RuneCountInString(s) > 100 || hasControl(s) {
		return "", ErrGroupName
	}
	return s, nil
}

// Member is somebody in a group.
type Member struct {
	GroupID  string
	Email    Email
	Name     string
	JoinedAt time.Time
}

// DocumentGroup is a group that was asked as a whole.
type DocumentGroup struct {
	Group
	DocID      string
	JoinerDays int // that whoever joins later has to sign; 0: until the document's deadline
	AddedAt    time.Time
	AddedBy    string // user id
}
