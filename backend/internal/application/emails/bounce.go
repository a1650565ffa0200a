package emails

import (
	"context"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Bounce is the report of an email that came back.
type Bounce struct {
	MessageID string // without angle brackets; "": unknown
	Email     domain.Email
	Failure   Failure
}

// bouncePatience is how long after sending an email may come back without its Message-ID.
const bouncePatience = 7 * 24 * time.Hour

// Bounced notes that an email came back, which is found by its Message-ID or else by the address. It fails with ErrEmailNotFound.
func (d Desk) Bounced(ctx context.Context, messageID, address, reason string) error {
	bounce := Bounce{MessageID: strings.Trim(strings.TrimSpace(messageID), "<>"), Failure: failureOf(&Failure{Permanent: true, Said: reason, Reason: reason}, nil)}
	if address != "" {
		email, err := domain.ParseEmail(address)
		if err != nil {
			return err
		}
		bounce.Email = email
	}
	if bounce.MessageID == "" && bounce.Email == "" {
		return domain.Invalid("messageId", "request.invalid", "A Message-ID or an address is needed.")
	}
	if bounce.Failure.Cause == CauseUnsendable {
		bounce.Failure.Cause = CauseBounced // its words hold no code
	}
	now := d.now()
	return d.Register.Bounced(ctx, bounce, now.Add(-bouncePatience), now)
}
