package domain

import (
	"context"
	"time"
)

// ActorKind is what somebody acted with.
type ActorKind string

// The kinds of actors.
const (
	ActorUser    ActorKind = "user"    // a browser or an application that somebody is logged in with
	ActorToken   ActorKind = "token"   // a personal API token
	ActorCommand ActorKind = "command" // the operator, at the command line
	ActorSystem  ActorKind = "system"  // a worker
	ActorNobody  ActorKind = "nobody"  // a visitor nobody knows
)

// Origin is where an act comes from; it travels in the context.
type Origin struct {
	Kind      ActorKind
	IPAddress string // "" when unknown
	UserAgent string
	RequestID string
}

type originKey struct{}

// WithOrigin notes where what is done under ctx comes from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns what WithOrigin noted; without, it is the system itself that acts.
func OriginOf(ctx context.Context) Origin {
	if o, ok := ctx.Value(originKey{}).(Origin); ok {
		return o
	}
	return Origin{Kind: ActorSystem}
}

// The acts of the audit trail, beginning with what they are about.
const (
	ActLogIn             = "login.succeeded"            // detail: method
	ActLogInFailed       = "login.failed"               // detail: method, code
	ActLogOut            = "session.ended"              // detail: which (this, one, others)
	ActDeviceChanged     = "session.device_changed"     // a session was used from another kind of device, and ended
	ActProviderEnded     = "session.provider_ended"     // the identity provider ended the person's access
	ActAccountMade       = "account.created"            // detail: how, role
	ActVerified          = "account.verified"           // detail: how
	ActProfileChanged    = "account.profile_changed"    // one's own name or language
	ActRoleChanged       = "account.role_changed"       // detail: from, to
	ActDeactivated       = "account.deactivated"        //
	ActReactivated       = "account.reactivated"        //
	ActPasswordChanged   = "account.password_changed"   // detail: how
	ActIdentityLinked    = "account.identity_linked"    // detail: provider
	ActUnverifiedDropped = "account.unverified_deleted" // nobody confirmed the address within 7 days
	ActInvited           = "invitation.created"         // detail: role
	ActInvitationEnded   = "invitation.withdrawn"       //
	ActLinkHandedOver    = "link.handed_over"           // an administrator saw a link; detail: for
	ActLinkSent          = "link.sent"                  // an administrator had a link mailed; detail: for
	ActTokenMade         = "token.created"              // detail: scopes, expires
	ActTokenRevoked      = "token.revoked"              //
	ActTokenReused       = "token.reused"               // a refresh token came twice, and its family was ended
	ActErasureRequested  = "erasure.requested"          //
	ActErasureWithdrawn  = "erasure.withdrawn"          //
	ActErased            = "erasure.completed"          // detail: entries
	ActDocumentMade      = "document.created"           //
	ActDocumentChanged   = "document.changed"           // detail: revision, change
	ActDocumentUpdated   = "document.updated"           // what needs no revision
	ActDocumentDeleted   = "document.deleted"           //
	ActDocumentRestored  = "document.restored"          //
	ActRemoteChanged     = "document.remote_changed"    // its address shows something else
	ActReminded          = "reminders.sent"             // detail: count
	ActScheduleChanged   = "schedule.changed"           // detail: schedule (on, off)
	ActEmailRetried      = "email.retried"              // detail: template
	ActEmailCancelled    = "email.cancelled"            // detail: template
	ActSignersAdded      = "signers.added"              // detail: count
	ActSignersWithdrawn  = "signers.withdrawn"          // detail: count
	ActSignerChanged     = "signers.changed"            // what is known of one of them, but not the deadline
	ActDeadlineChanged   = "deadline.changed"           // detail: of (document, person), due ("" for none)
	ActGroupMade         = "group.created"              //
	ActGroupRenamed      = "group.renamed"              //
	ActGroupDeleted      = "group.deleted"              //
	ActMembersAdded      = "group.members_added"        // detail: count
	ActMemberRemoved     = "group.member_removed"       //
	ActGroupAsked        = "group.asked"                // a group was added to a document
	ActGroupReleased     = "group.released"             // a group was taken from a document
	ActLedgerCheck       = "ledger.check_started"       //
	ActKeyRotated        = "ledger.key_rotated"         //
	ActLedgerAccepted    = "ledger.accepted"            //
	ActSettingsTested    = "settings.tested"            // detail: subject (all, mail, providers, storage), outcome (ok, warning, wrong)
)

// What an act is done to.
const (
	SubjectUser       = "user"
	SubjectInvitation = "invitation"
	SubjectDocument   = "document"
	SubjectToken      = "token"
	SubjectGroup      = "group"
	SubjectErasure    = "erasure"
	SubjectLedger     = "ledger"
	SubjectEmail      = "email"
)

// AuditEvent is one line of the audit trail. Detail holds words and numbers, never an address or a secret.
type AuditEvent struct {
	ID           int64
	At           time.Time
	Action       string
	Origin       Origin
	ActorID      string // "": nobody who is known
	ActorEmail   string
	SubjectType  string // "": it is the actor's own affair
	SubjectID    string
	SubjectLabel string
	Detail       map[string]string
}

// Act makes an event of the trail; by is nil for nobody who is known.
func Act(ctx context.Context, at time.Time, action string, by *User) AuditEvent {
	e := AuditEvent{At: at, Action: action, Origin: OriginOf(ctx)}
	if by != nil {
		e.ActorID, e.ActorEmail = by.ID, string(by.Email)
	}
	if e.Origin.Kind == ActorUser && by == nil {
		e.Origin.Kind = ActorNobody
	}
	if e.Origin.Kind == ActorNobody && by != nil {
		e.Origin.Kind = ActorUser
	}
	return e
}

// On says what it is done to; label is an address or a title.
func (e AuditEvent) On(kind, id, label string) AuditEvent {
	e.SubjectType, e.SubjectID, e.SubjectLabel = kind, id, label
	return e
}

// OnUser says to whom it is done.
func (e AuditEvent) OnUser(u User) AuditEvent { return e.On(SubjectUser, u.ID, string(u.Email)) }

// With adds a detail.
func (e AuditEvent) With(key, value string) AuditEvent {
	detail := map[string]string{key: value}
	for k, v := range e.Detail {
		detail[k] = v
	}
	e.Detail = detail
	return e
}

// Outbox is what follows from a change and is written in its transaction.
type Outbox struct {
	Audit []AuditEvent
	Mails []QueuedMail
}

// Note is an outbox of events alone.
func Note(events ...AuditEvent) Outbox { return Outbox{Audit: events} }

// Send returns the outbox with mails added.
func (o Outbox) Send(mails ...QueuedMail) Outbox {
	o.Mails = append(o.Mails, mails...)
	return o
}
