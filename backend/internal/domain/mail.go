package domain

import "time"

// The emails that Ackify sends, by their template, with the values each needs. All but ValueOrganisation, which is filled in
// when an email is made, come from the caller; what lets somebody in (links, codes) belongs in Message.Secrets.
const (
	// MailMagicLink logs somebody in. Secrets: link, code (6 digits). Data: minutes (how long both work).
	MailMagicLink = "magic_link"
	// MailInvitation asks somebody to make an account. Secrets: link. Data: days (how long it works); inviter and name may be "".
	MailInvitation = "invitation"
	// MailVerification confirms a new account's address. Secrets: link. Data: hours (how long it works); name may be "".
	MailVerification = "verification"
	// MailAlreadyRegistered answers an attempt to make a second account. Data or Secrets: login_link, reset_link.
	MailAlreadyRegistered = "already_registered"
	// MailPasswordReset lets somebody choose a new password. Secrets: link. Data: minutes (how long it works).
	MailPasswordReset = "password_reset"
	// MailNewDevice tells of a log-in from a device not seen before. Data: device (its description), ip, time (RFC 3339),
	// account_link; name may be "".
	MailNewDevice = "new_device"
	// MailDocumentChanged tells an author that a document's address shows something else. Data: title (short, for the subject), document (its whole title), url, time (RFC 3339),
	// document_link; name may be "".
	MailDocumentChanged = "document_changed"
	// MailReminder asks somebody to sign a document. Data: title (short, for the subject), document (its whole title), document_link; due (RFC 3339),
	// name and sender may be "".
	MailReminder = "reminder"
	// MailReminderOverdue is a reminder after the deadline. Data: as MailReminder, but with due.
	MailReminderOverdue = "reminder_overdue"
	// MailEscalation tells a manager who has not signed in time. Data: title, document, document_link, missing (names, one a line), more (how many
	// were left out of them, in digits); name and due may be "".
	MailEscalation = "escalation"
	// MailCompleted tells an author that everybody who was asked has signed. Data: title, document, document_link, signed (how many, in digits), revision (the material
	// one, in digits); name may be "".
	MailCompleted = "completed"
)

// The references of emails that are looked at again before they are sent; the id is the document's.
const (
	ReferenceReminder   = "reminder"   // wanted while the recipient is still to sign
	ReferenceEscalation = "escalation" // wanted while somebody whom it names is late
	ReferenceCompleted  = "completed"  // wanted while nobody is missing
)

// ValueOrganisation is the value that every email shows.
const ValueOrganisation = "organisation"

// Priorities of emails; a higher one is sent first.
const (
	PriorityNormal = 0
	PriorityHigh   = 10
	PriorityUrgent = 100 // somebody is waiting for it
)

// Message is an email to somebody, before it has words.
type Message struct {
	To                         Email
	Locale                     Locale            // the recipient's
	Template                   string            // one of the Mail constants
	Data                       map[string]string // values that anybody who sees the queue may see
	Secrets                    map[string]string // values that let somebody in; stored sealed, and only until the email is sent
	Priority                   int
	ReferenceType, ReferenceID string // what it is about; "": nothing
	CreatedBy                  string // id of the user who caused it; "": nobody who is known
}

// MaxRetries is how often sending is tried again. What expires within minutes is worth 7 minutes (after 1, 2 and 4), what a mail server's
// absence of hours must not lose four hours (further after 8, 16, 32, 64 and 128), all else about an hour.
func (m Message) MaxRetries() int {
	switch m.Template {
	case MailMagicLink, MailPasswordReset:
		return 3
	case MailReminder, MailReminderOverdue, MailEscalation, MailCompleted:
		return 8
	}
	return 6
}

// QueuedMail is an email as the queue stores it.
type QueuedMail struct {
	To                         Email
	Subject                    string // one line
	Template                   string
	Locale                     Locale
	Data                       []byte // a JSON object of strings: the values, and under "sealed" the secrets, in base64
	Priority                   int
	ReferenceType, ReferenceID string // "": none
	CreatedBy                  string // "": nobody
	MaxRetries                 int
	At                         time.Time // when it was made, UTC; it is due then
}
