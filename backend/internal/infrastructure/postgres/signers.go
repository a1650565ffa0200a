package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Signers keeps who is asked to sign.
type Signers struct{ DB }

// ByEmail are the rows there are for people and documents.
func (s Signers) ByEmail(ctx context.Context, docIDs []string, emails []domain.Email) ([]domain.ExpectedSigner, error) {
	rows, err := s.queries().SignersByEmail(ctx, sqlcgen.SignersByEmailParams{DocIds: docIDs, Emails: emailTexts(emails)})
	return mapAll(rows, expectedSigner), translate(err)
}

// Followers are those who are asked and have no deadline of their own, up to a limit.
func (s Signers) Followers(ctx context.Context, docID string, limit int) ([]domain.ExpectedSigner, error) {
	rows, err := s.queries().DeadlineFollowers(ctx, sqlcgen.DeadlineFollowersParams{DocID: docID, MaxRows: int32(limit)}) //nolint:gosec // a constant
	return mapAll(rows, expectedSigner), translate(err)
}

// MissingOf are those who were asked with a group, have not signed, and are in no other group that was asked.
func (s Signers) MissingOf(ctx context.Context, docID, groupID string) ([]domain.ExpectedSigner, error) {
	id, err := uuid.Parse(groupID)
	if err != nil {
		return nil, domain.ErrGroupNotFound
	}
	rows, err := s.queries().MissingOfGroup(ctx, sqlcgen.MissingOfGroupParams{DocID: docID, GroupID: id})
	return mapAll(rows, expectedSigner), translate(err)
}

// Status counts, the days as they are somewhere; what is overdue depends on now.
func (s Signers) Status(ctx context.Context, docID string, now time.Time, in *time.Location) (signers.Status, error) {
	counts, err := s.queries().SignerStatus(ctx, sqlcgen.SignerStatusParams{DocID: docID, Now: now})
	if err != nil {
		return signers.Status{}, translate(err)
	}
	since, ahead := clocks(in, now)
	days, err := s.queries().SigningDays(ctx, sqlcgen.SigningDaysParams{DocID: docID, Since: since, Ahead: ahead})
	status := signers.Status{
		Expected: int(counts.Expected), Signed: int(counts.Signed), Overdue: int(counts.Overdue), Unexpected: int(counts.Unexpected),
		Days: mapAll(days, func(r sqlcgen.SigningDaysRow) signers.Day {
			return signers.Day{Date: r.Day, Signed: int(r.Signed)}
		}),
	}
	slices.Reverse(status.Days)
	return status, translate(err)
}

// clocks are by how many seconds those of a place were ahead of UTC, and from when on each. The database is told, so that it need not know the same
// time zones.
func clocks(in *time.Location, until time.Time) (since []time.Time, ahead []int32) {
	for at := time.Unix(0, 0); ; {
		_, offset := at.In(in).Zone()
		since, ahead = append(since, at), append(ahead, int32(offset)) //nolint:gosec // at most a day
		if _, at = at.In(in).ZoneBounds(); at.IsZero() || at.After(until) {
			return since, ahead
		}
	}
}

// Expected lists what somebody is asked to sign and has not, what is due first.
func (s Signers) Expected(ctx context.Context, email domain.Email, page domain.PageRequest) (found domain.Page[signers.Expected], total int, err error) {
	after := timeCursor{}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return found, 0, err
	}
	rows, err := s.queries().ListExpected(ctx, sqlcgen.ListExpectedParams{
		Email: string(email), Never: farFuture, After: after.At, AfterID: after.ID, MaxRows: maxRows(page),
	})
	if err != nil {
		return found, 0, translate(err)
	}
	count, err := s.queries().CountExpected(ctx, string(email))
	return domain.NewPage(mapAll(rows, func(r sqlcgen.ListExpectedRow) signers.Expected {
		return signers.Expected{
			DocID: r.DocID, Title: r.Title, URL: r.Url, Revision: int(r.Revision), AddedAt: r.AddedAt.UTC(), DueAt: timeOrZero(r.DueAt),
			SignedRevision: int(r.SignedRevision),
		}
	}), page.Limit, func(e signers.Expected) any {
		at := e.DueAt
		if at.IsZero() {
			at = farFuture
		}
		return timeCursor{At: at, ID: e.DocID}
	}), int(count), translate(err)
}

func expectedSigner(row sqlcgen.ExpectedSigner) domain.ExpectedSigner {
	s := domain.ExpectedSigner{
		ID: row.ID, DocID: row.DocID, Email: domain.Email(row.Email), Name: row.Name, Notes: orEmpty(row.Notes),
		AddedAt: row.AddedAt.UTC(), AddedBy: row.AddedBy, DueAt: timeOrZero(row.DueAt), DueReason: row.DueReason, Muted: row.Muted,
		WithdrawnAt: timeOrZero(row.WithdrawnAt), Seq: domain.NoEntry, SignedRevision: int(row.SignedRevision), SignedAt: timeOrZero(row.SignedAt),
	}
	if row.Seq != nil {
		s.Seq = *row.Seq
	}
	if row.GroupID != nil {
		s.GroupID = row.GroupID.String()
	}
	return s
}

func emailTexts(emails []domain.Email) []string {
	return mapAll(emails, func(e domain.Email) string { return string(e) })
}
