package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Write makes a change that needs no entries, when nobody is appending. It fails with domain.ErrRosterConflict.
func (s Signers) Write(ctx context.Context, roster domain.Roster, out domain.Outbox) error {
	batch := &pgx.Batch{}
	batch.Queue(sqlcgen.Wait)
	if err := queueRoster(batch, roster); err != nil {
		return err
	}
	if err := queueAudit(batch, out.Audit); err != nil {
		return err
	}
	return translate(appendError(s.Pool.SendBatch(ctx, batch).Close()))
}

// queueRoster writes a change of who is asked to sign, unless it was made of what is no longer so.
func queueRoster(out *pgx.Batch, r domain.Roster) error {
	if err := queueChecks(out, r); err != nil {
		return err
	}
	seq := r.Seq
	if people := r.Asked; len(people) > 0 {
		docIDs, addresses := pairs(people)
		names, notes, groups, dues := make([]string, len(people)), make([]string, len(people)), make([]string, len(people)), make([]*time.Time, len(people))
		for i, p := range people {
			names[i], notes[i], groups[i], dues[i] = p.Name, p.Notes, p.GroupID, optionalTime(p.DueAt)
		}
		out.Queue(sqlcgen.AskSigners, r.At, r.By, seq, docIDs, addresses, names, notes, dues, groups)
		seq += int64(len(people))
	}
	if len(r.Told) > 0 {
		docIDs, addresses := pairs(r.Told)
		out.Queue(sqlcgen.TellSigners, seq, docIDs, addresses)
		seq += int64(len(r.Told))
	}
	if len(r.Withdrawn) > 0 {
		docIDs, addresses := pairs(r.Withdrawn)
		out.Queue(sqlcgen.WithdrawSigners, r.At, r.By, seq, docIDs, addresses)
		why, details := cancelled(emails.CauseNotAsked)
		out.Queue(sqlcgen.CancelReminders, r.At, why, details, docIDs, addresses)
		out.Queue(sqlcgen.CheckCompletion, docIDs)
	}
	if d := r.Details; d != nil {
		out.Queue(sqlcgen.DescribeSigner, d.Name, d.Notes, d.Muted, d.DueReason, optionalTime(d.DueAt), d.DocID, string(d.Email))
	}
	if d := r.Deadline; d != nil {
		out.Queue(sqlcgen.SetDeadline, optionalTime(d.DueAt), d.Reason, d.DocID)
	}
	return queueGroups(out, r)
}

// queueChecks refuses a change that was made of what is no longer so.
func queueChecks(out *pgx.Batch, r domain.Roster) error {
	if len(r.Documents) > 0 {
		ids, dues := make([]string, len(r.Documents)), make([]*time.Time, len(r.Documents))
		for i, d := range r.Documents {
			ids[i], dues[i] = d.ID, optionalTime(d.DueAt)
		}
		out.Queue(sqlcgen.UnchangedDeadlines, ids, dues)
	}
	if len(r.Seen) > 0 {
		docIDs, emails := pairs(r.Seen)
		seqs := make([]int64, len(r.Seen))
		for i, p := range r.Seen {
			seqs[i] = p.Seq
		}
		out.Queue(sqlcgen.UnchangedSigners, docIDs, emails, seqs)
	}
	if len(r.Withdrawn) > 0 {
		docIDs, emails := pairs(r.Withdrawn)
		revisions := make([]int, len(r.Withdrawn))
		for i, p := range r.Withdrawn {
			revisions[i] = p.SignedRevision
		}
		out.Queue(sqlcgen.UnchangedSignatures, docIDs, emails, revisions)
	}
	if d := r.Deadline; d != nil {
		out.Queue(sqlcgen.UnchangedFollowers, int64(d.Followers), d.DocID)
	}
	if m := r.Members; m != nil {
		id, err := uuid.Parse(m.GroupID)
		if err != nil {
			return err
		}
		out.Queue(sqlcgen.UnchangedMembers, int64(m.Count), optionalTime(m.Newest), id)
	}
	if l := r.Listings; l != nil {
		id, err := uuid.Parse(l.GroupID)
		if err != nil {
			return err
		}
		ids := l.DocIDs
		if ids == nil {
			ids = []string{}
		}
		out.Queue(sqlcgen.UnchangedListings, ids, id)
	}
	return nil
}

// queueGroups writes who joins a group, and which groups are asked as a whole.
func queueGroups(out *pgx.Batch, r domain.Roster) error {
	if len(r.Joiners) > 0 {
		ids, emails, names := make([]uuid.UUID, len(r.Joiners)), make([]string, len(r.Joiners)), make([]string, len(r.Joiners))
		for i, m := range r.Joiners {
			id, err := uuid.Parse(m.GroupID)
			if err != nil {
				return err
			}
			ids[i], emails[i], names[i] = id, string(m.Email), m.Name
		}
		out.Queue(sqlcgen.JoinGroup, r.At, ids, emails, names)
	}
	for _, change := range []struct {
		group *domain.DocumentGroup
		queue func(g domain.DocumentGroup, id, by uuid.UUID)
	}{
		{r.Added, func(g domain.DocumentGroup, id, by uuid.UUID) {
			out.Queue(sqlcgen.AddGroupToDocument, g.DocID, id, optionalCount(g.JoinerDays), r.At, by)
		}},
		{r.Removed, func(g domain.DocumentGroup, id, _ uuid.UUID) { out.Queue(sqlcgen.TakeGroupFromDocument, g.DocID, id) }},
	} {
		if change.group == nil {
			continue
		}
		id, err := uuid.Parse(change.group.ID)
		if err != nil {
			return err
		}
		by, err := uuid.Parse(r.By)
		if err != nil {
			return err
		}
		change.queue(*change.group, id, by)
	}
	return nil
}

func pairs(people []domain.ExpectedSigner) (docIDs, emails []string) {
	docIDs, emails = make([]string, len(people)), make([]string, len(people))
	for i, p := range people {
		docIDs[i], emails[i] = p.DocID, string(p.Email)
	}
	return docIDs, emails
}

// optionalCount is nil for zero.
func optionalCount(n int) *int32 {
	if n == 0 {
		return nil
	}
	count := int32(n) //nolint:gosec // the contract bounds it
	return &count
}
