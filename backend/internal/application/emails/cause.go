package emails

import "regexp"

// Cause is why an email was not sent, for whoever has no use for a mail server's words. The web app has a sentence for each.
type Cause string

// Why emails are not sent.
const (
	CauseAddress     Cause = "address"     // nobody has it
	CauseFull        Cause = "full"        // the mailbox is
	CausePolicy      Cause = "policy"      // rules of the mail server
	CauseRefused     Cause = "refused"     // for good, for another reason
	CauseLater       Cause = "later"       // for now
	CauseLogin       Cause = "login"       // the mail server does not accept Ackify's
	CauseSender      Cause = "sender"      // the mail server takes nothing from Ackify's address
	CauseEncryption  Cause = "encryption"  // there is none, or with a certificate that nobody vouches for
	CauseUnreachable Cause = "unreachable" // nobody listens there
	CauseBroken      Cause = "broken"      // the connection ended too early
	CauseSlow        Cause = "slow"        // no answer in time
	CauseLost        Cause = "lost"        // who was sending it is gone
	CauseBounced     Cause = "bounced"     // it came back
	CauseUnsendable  Cause = "unsendable"  // it cannot be made as it is

	CauseSigned       Cause = "signed"
	CauseNotAsked     Cause = "not_asked"
	CauseMuted        Cause = "muted"
	CauseDocumentGone Cause = "document_gone"
	CauseScheduleOff  Cause = "schedule_off"
	CauseOtherManager Cause = "other_manager" // the schedule names somebody else, or nobody
	CauseNobodyLate   Cause = "nobody_late"
	CauseSignAgain    Cause = "sign_again" // everyone, a newer revision
	CauseMissingAgain Cause = "missing_again"
	CauseNotNeeded    Cause = "not_needed" // another one took its place, or what it is about is over
	CauseByHand       Cause = "by_hand"
)

var sentences = map[Cause]string{
	CauseAddress: "There is no such address.", CauseFull: "The mailbox is full.", CausePolicy: "The mail server's rules do not allow it.",
	CauseRefused: "The mail server refuses it.", CauseLater: "The mail server wants it later.", CauseLogin: "The mail server does not accept Ackify's own log-in.",
	CauseSender: "The mail server takes no mail from Ackify's address.", CauseEncryption: "There is no safe connection to the mail server.",
	CauseUnreachable: "The mail server could not be reached.", CauseBroken: "The connection to the mail server broke.",
	CauseSlow: "The mail server did not answer in time.", CauseLost: "Ackify ended, or lost its database, before it could note whether it was sent.",
	CauseBounced: "It came back.", CauseUnsendable: "This email cannot be sent as it is.",
	CauseSigned: "Not sent: the person has signed.", CauseNotAsked: "Not sent: the person is no longer asked.",
	CauseMuted: "Not sent: the person is not to be reminded.", CauseDocumentGone: "Not sent: the document was deleted.",
	CauseScheduleOff: "Not sent: the schedule is switched off.", CauseOtherManager: "Not sent: the schedule names somebody else, or nobody.",
	CauseNobodyLate: "Not sent: nobody of whom it tells is late any more.", CauseSignAgain: "Not sent: everyone has to sign a newer revision.",
	CauseMissingAgain: "Not sent: somebody is missing again.", CauseNotNeeded: "Not sent: it is no longer needed.", CauseByHand: "Not sent: cancelled by hand.",
}

// Sentence says it in English.
func (c Cause) Sentence() string { return sentences[c] }

// Why says in English why, and then what the mail server said, if anything.
func (f Failure) Why() string {
	if f.Said == "" {
		return f.Cause.Sentence()
	}
	return f.Cause.Sentence() + " The mail server said: " + f.Said
}

var (
	enhancedCode   = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)
	enhancedOf     = map[Cause]*regexp.Regexp{CauseAddress: regexp.MustCompile(`^\d\.1\.[0-36]`), CauseFull: regexp.MustCompile(`^\d\.2\.2`), CausePolicy: regexp.MustCompile(`^5\.7\.`)}
	enhancedCauses = []Cause{CauseAddress, CauseFull, CausePolicy}
)

// Classify finds the cause in a server's codes (RFC 5321, RFC 3463); many a server gives the enhanced one only in its words.
func (f Failure) Classify() Cause {
	switch f.Code {
	case 530, 534, 535:
		return CauseLogin
	case 552:
		return CauseFull
	case 553:
		return CauseAddress
	}
	enhanced := f.Enhanced
	if enhanced == "" {
		enhanced = enhancedCode.FindString(f.Said)
	}
	for _, cause := range enhancedCauses {
		if enhancedOf[cause].MatchString(enhanced) && (cause != CausePolicy || f.Permanent) {
			return cause
		}
	}
	switch {
	case f.Code == 0 && f.Permanent:
		return CauseUnsendable
	case f.Code == 0:
		return CauseBroken
	case f.Permanent:
		return CauseRefused
	}
	return CauseLater
}
