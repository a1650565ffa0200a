package reminders

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
)

// Escalations keeps of whom managers were told.
type Escalations interface {
	// Reconsider finds who is still late of those of whom an email tells its manager, and gives the email what tell makes of its data and them. Of the
	// others, and where it says why the email is not wanted any more of all, the manager counts as not told.
	Reconsider(
		ctx context.Context, job emails.Job, now time.Time, tell func(data []byte, late []Person) ([]byte, error),
	) (data []byte, unwanted emails.Cause, err error)
}

// EscalationGate leaves out of emails to managers whoever is not late any more: who has signed, is no longer asked, is muted, or has more time. Without
// anybody left the email is not sent, nor where the document was deleted, or its schedule switched off or given to another manager.
type EscalationGate struct {
	Escalations Escalations
	Clock       func() time.Time
}

// Current is what an email tells a manager by now; see emails.Gate.
func (g EscalationGate) Current(ctx context.Context, job emails.Job) (data []byte, unwanted emails.Cause, err error) {
	return g.Escalations.Reconsider(ctx, job, g.Clock().UTC(), retell)
}

// retell is the data of an email about others who are late.
func retell(data []byte, late []Person) ([]byte, error) {
	values := map[string]string{}
	if err := json.Unmarshal(data, &values); err != nil {
		return nil, err
	}
	for _, name := range []string{"missing", "more", "due"} {
		delete(values, name)
	}
	maps.Copy(values, lateValues(late))
	return json.Marshal(values)
}

var _ emails.Gate = EscalationGate{}
