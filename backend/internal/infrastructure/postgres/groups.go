package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Groups keeps named lists of people.
type Groups struct{ DB }

// Group fails with domain.ErrGroupNotFound.
func (g Groups) Group(ctx context.Context, id string) (domain.Group, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return domain.Group{}, domain.ErrGroupNotFound
	}
	row, err := g.queries().GetGroup(ctx, parsed)
	return group(row.SignerGroup, row.Members), found(err, domain.ErrGroupNotFound)
}

// groupCursor is a place in a list of groups.
type groupCursor struct {
	ID *uuid.UUID `json:"id"`
}

// List holds groups by name.
func (g Groups) List(ctx context.Context, page domain.PageRequest) (domain.Page[domain.Group], error) {
	after := groupCursor{}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.Group]{}, err
	}
	rows, err := g.queries().ListGroups(ctx, sqlcgen.ListGroupsParams{After: after.ID, Pattern: pattern(page.Query), MaxRows: maxRows(page)})
	found := domain.NewPage(rows, page.Limit, func(r sqlcgen.ListGroupsRow) any { return groupCursor{&r.SignerGroup.ID} })
	return domain.Page[domain.Group]{
		Items:      mapAll(found.Items, func(r sqlcgen.ListGroupsRow) domain.Group { return group(r.SignerGroup, r.Members) }),
		NextCursor: found.NextCursor,
	}, translate(err)
}

// Add fails with domain.ErrGroupExists.
func (g Groups) Add(ctx context.Context, made domain.Group, out domain.Outbox) error {
	return g.change(ctx, made.ID, out, func(q *sqlcgen.Queries, id uuid.UUID) (int64, error) {
		by, err := uuid.Parse(made.CreatedBy)
		if err != nil {
			return 0, err
		}
		return 1, q.AddGroup(ctx, sqlcgen.AddGroupParams{ID: id, Name: made.Name, CreatedBy: by, CreatedAt: made.CreatedAt})
	})
}

// Rename fails with domain.ErrGroupNotFound and ErrGroupExists.
func (g Groups) Rename(ctx context.Context, id, name string, out domain.Outbox) error {
	return g.change(ctx, id, out, func(q *sqlcgen.Queries, id uuid.UUID) (int64, error) {
		return q.RenameGroup(ctx, sqlcgen.RenameGroupParams{ID: id, Name: name})
	})
}

// Delete fails with domain.ErrGroupNotFound.
func (g Groups) Delete(ctx context.Context, id string, out domain.Outbox) error {
	return g.change(ctx, id, out, func(q *sqlcgen.Queries, id uuid.UUID) (int64, error) { return q.DeleteGroup(ctx, id) })
}

// change makes a change of a group that has to be there, when nobody is appending: people are asked of what their groups look like.
func (g Groups) change(ctx context.Context, id string, out domain.Outbox, change func(*sqlcgen.Queries, uuid.UUID) (int64, error)) error {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return domain.ErrGroupNotFound
	}
	err = g.inTx(ctx, func(q *sqlcgen.Queries) error {
		if err := q.Wait(ctx); err != nil {
			return err
		}
		changed, err := change(q, parsed)
		switch {
		case err != nil:
			return err
		case changed == 0:
			return domain.ErrGroupNotFound
		}
		return post(ctx, q, out)
	})
	if constraint(err) == "idx_signer_groups_name" {
		return domain.ErrGroupExists.Because(err)
	}
	return err
}

// Members lists them by address.
func (g Groups) Members(ctx context.Context, id string, page domain.PageRequest) (domain.Page[domain.Member], error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return domain.Page[domain.Member]{}, domain.ErrGroupNotFound
	}
	after := emailCursor{}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.Member]{}, err
	}
	rows, err := g.queries().ListMembers(ctx, sqlcgen.ListMembersParams{
		GroupID: parsed, After: after.Email, Pattern: pattern(page.Query), MaxRows: maxRows(page),
	})
	return domain.NewPage(mapAll(rows, member), page.Limit, func(m domain.Member) any { return emailCursor{string(m.Email)} }), translate(err)
}

// AllMembers are all of them, by address.
func (g Groups) AllMembers(ctx context.Context, id string) ([]domain.Member, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return nil, domain.ErrGroupNotFound
	}
	rows, err := g.queries().MembersOfGroup(ctx, parsed)
	return mapAll(rows, member), translate(err)
}

// Among are those of the people who are in a group.
func (g Groups) Among(ctx context.Context, id string, emails []domain.Email) ([]domain.Email, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return nil, domain.ErrGroupNotFound
	}
	rows, err := g.queries().MembersByEmail(ctx, sqlcgen.MembersByEmailParams{GroupID: parsed, Emails: emailTexts(emails)})
	return mapAll(rows, func(s string) domain.Email { return domain.Email(s) }), translate(err)
}

// RemoveMember fails with domain.ErrMemberNotFound.
func (g Groups) RemoveMember(ctx context.Context, id string, email domain.Email, out domain.Outbox) error {
	err := g.change(ctx, id, out, func(q *sqlcgen.Queries, id uuid.UUID) (int64, error) {
		return q.RemoveMember(ctx, sqlcgen.RemoveMemberParams{GroupID: id, Email: string(email)})
	})
	if errors.Is(err, domain.ErrGroupNotFound) {
		return domain.ErrMemberNotFound
	}
	return err
}

// OfDocument are the groups that were asked as a whole, by name.
func (g Groups) OfDocument(ctx context.Context, docID string) ([]domain.DocumentGroup, error) {
	rows, err := g.queries().GroupsOfDocument(ctx, docID)
	return mapAll(rows, func(r sqlcgen.GroupsOfDocumentRow) domain.DocumentGroup {
		return domain.DocumentGroup{
			Group: group(r.SignerGroup, r.Members), DocID: docID, JoinerDays: int(orEmpty(r.JoinerDays)), AddedAt: r.AddedAt.UTC(), AddedBy: r.AddedBy.String(),
		}
	}), translate(err)
}

// Listings are the documents that a group was added to and that are there, by id.
func (g Groups) Listings(ctx context.Context, id string) ([]signers.Listing, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return nil, domain.ErrGroupNotFound
	}
	rows, err := g.queries().ListingsOfGroup(ctx, parsed)
	return mapAll(rows, func(r sqlcgen.ListingsOfGroupRow) signers.Listing {
		return signers.Listing{Document: domain.Document{ID: r.DocID, Title: r.Title, DueAt: timeOrZero(r.DueAt)}, JoinerDays: int(orEmpty(r.JoinerDays))}
	}), translate(err)
}

func group(row sqlcgen.SignerGroup, members int64) domain.Group {
	return domain.Group{ID: row.ID.String(), Name: row.Name, Members: int(members), CreatedAt: row.CreatedAt.UTC(), CreatedBy: row.CreatedBy.String()}
}

func member(row sqlcgen.SignerGroupMember) domain.Member {
	return domain.Member{GroupID: row.GroupID.String(), Email: domain.Email(row.Email), Name: row.Name, JoinedAt: row.JoinedAt.UTC()}
}
