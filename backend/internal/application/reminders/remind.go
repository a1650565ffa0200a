package reminders

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// SkipReason is why somebody is not reminded.
type SkipReason string

// Why somebody is not reminded.
const (
	SkipSigned   SkipReason = "signed"
	SkipNotAsked SkipReason = "not_asked"
	SkipMuted    SkipReason = "muted"
	SkipWaiting  SkipReason = "waiting"
)

// Skipped is somebody who is not reminded.
type Skipped struct {
	Email  string
	Reason SkipReason
}

// Outcome is what became of reminding.
type Outcome struct {
	Queued  int
	Skipped []Skipped
}

// recently is since when somebody who was reminded is not reminded again: two who press the button at once, a request that is sent again.
func recently(now time.Time) time.Time { return now.Add(-time.Minute) }

// RemindInput says whom to remind.
type RemindInput struct {
	Emails []string      // nil: everybody who is missing
	Locale domain.Locale // for who has no account; "": the caller's
}

// Remind queues reminders for those who have not signed. Who has one waiting, or was reminded just now, is not reminded twice, however often this is called. It fails with
// emails.ErrNotConfigured without a mail server, and with ErrNobody when nobody is left.
func (s Service) Remind(ctx context.Context, by domain.User, docID string, in RemindInput) (Outcome, error) {
	document, err := s.forChanging(ctx, by, docID)
	if err != nil {
		return Outcome{}, err
	}
	if !s.Mails.Enabled() {
		return Outcome{}, emails.ErrNotConfigured
	}
	now := s.now()
	people, out, err := s.candidates(ctx, docID, recently(now), in.Emails)
	if err != nil {
		return out, err
	}
	batch := Batch{DocID: docID, By: by.ID, At: now, Since: recently(now)}
	for _, p := range people {
		if reason := p.skip(); reason != "" {
			out.Skipped = append(out.Skipped, Skipped{string(p.Email), reason})
			continue
		}
		m := s.reminder(document, p, or(in.Locale, by.Locale), by.Name)
		m.CreatedBy = by.ID
		mail, err := s.Mails.Compose(m)
		if err != nil {
			return out, err
		}
		batch.Mails = append(batch.Mails, mail)
	}
	queued, err := s.Repository.Queue(ctx, batch, func(queued int) domain.Outbox {
		return domain.Note(domain.Act(ctx, batch.At, domain.ActReminded, &by).On(domain.SubjectDocument, docID, document.Title).
			With("count", strconv.Itoa(queued)))
	})
	if err != nil {
		return out, err
	}
	out.Queued = len(queued)
	out.Skipped = append(out.Skipped, overtaken(batch, queued)...)
	if out.Queued == 0 {
		return out, s.nobody(ctx, docID, out.Skipped)
	}
	s.wake()
	return out, nil
}

// nobody says why nobody is reminded.
func (s Service) nobody(ctx context.Context, docID string, skipped []Skipped) error {
	because := *ErrNobody
	counts := map[SkipReason]int{}
	for _, one := range skipped {
		counts[one.Reason]++
	}
	if len(skipped) == 0 {
		asked, err := s.Repository.Asks(ctx, docID)
		if err != nil {
			return err
		}
		because.Detail = "There is nobody to remind: nobody is asked to sign this document."
		if asked {
			because.Detail = "There is nobody to remind: everybody who is asked has signed."
		}
		return &because
	}
	because.Detail = "There is nobody to remind: " + reasons(counts) + "."
	return &because
}

// reasons says how many people are not reminded why.
func reasons(counts map[SkipReason]int) string {
	var parts []string
	for _, one := range []struct {
		reason SkipReason
		words  string
	}{
		{SkipSigned, "signed already"}, {SkipMuted, "muted"}, {SkipWaiting, "with a reminder on its way"}, {SkipNotAsked, "not asked"},
	} {
		if n := counts[one.reason]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+one.words)
		}
	}
	return strings.Join(parts, "; ")
}

// candidates are the people with given addresses, or everybody who is missing; and of the addresses those that nobody has who was asked.
func (s Service) candidates(ctx context.Context, docID string, since time.Time, addresses []string) (people []Person, out Outcome, err error) {
	if addresses == nil {
		people, err = s.Repository.Missing(ctx, docID, since)
		return people, out, err
	}
	wanted := make(map[domain.Email]bool, len(addresses))
	var valid []domain.Email
	for _, address := range addresses {
		email, _, err := signers.ParseAddress(address)
		switch {
		case err != nil:
			out.Skipped = append(out.Skipped, Skipped{address, SkipNotAsked})
		case !wanted[email]:
			wanted[email] = true
			valid = append(valid, email)
		}
	}
	people, err = s.Repository.People(ctx, docID, since, valid)
	for _, p := range people {
		delete(wanted, p.Email)
	}
	for _, email := range valid {
		if wanted[email] {
			out.Skipped = append(out.Skipped, Skipped{string(email), SkipNotAsked})
		}
	}
	return people, out, err
}

// skip is why somebody is not reminded; "" when they are.
func (p Person) skip() SkipReason {
	switch {
	case !p.Asked:
		return SkipNotAsked
	case p.Signed:
		return SkipSigned
	case p.Muted:
		return SkipMuted
	case p.Waiting:
		return SkipWaiting
	}
	return ""
}

// overtaken are those of a batch whom somebody else has reminded meanwhile.
func overtaken(batch Batch, queued []domain.Email) (skipped []Skipped) {
	done := make(map[domain.Email]bool, len(queued))
	for _, email := range queued {
		done[email] = true
	}
	for _, mail := range batch.Mails {
		if !done[mail.To] {
			skipped = append(skipped, Skipped{string(mail.To), SkipWaiting})
		}
	}
	return skipped
}
