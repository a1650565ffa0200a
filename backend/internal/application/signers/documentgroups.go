package signers

import (
	"context"
	"slices"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// DocumentGroups are the groups that were asked as a whole, by name.
func (s Service) DocumentGroups(ctx context.Context, by domain.User, docID string) ([]domain.DocumentGroup, error) {
	if _, err := s.managed(ctx, by, docID); err != nil {
		return nil, err
	}
	return s.Groups.OfDocument(ctx, docID)
}

// AddGroup asks everybody in a group, and whoever joins it later: those have so many days, or, with 0, until the document's deadline.
func (s Service) AddGroup(ctx context.Context, by domain.User, docID, groupID string, joinerDays int) (added Added, err error) {
	err = insist(func() error {
		document, err := s.editable(ctx, by, docID)
		if err != nil {
			return err
		}
		group, err := s.Groups.Group(ctx, groupID)
		if err != nil {
			return err
		}
		there, err := s.Groups.OfDocument(ctx, docID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(there, func(g domain.DocumentGroup) bool { return g.ID == groupID }) {
			return domain.ErrGroupAdded
		}
		r := domain.Roster{
			By: by.ID, Documents: []domain.Document{document}, Members: &domain.SeenMembers{GroupID: groupID},
			Added: &domain.DocumentGroup{Group: group, DocID: docID, JoinerDays: joinerDays},
		}
		people, err := s.members(ctx, r.Members)
		if err != nil {
			return err
		}
		if added, err = s.askOn(ctx, &r, document, people); err != nil {
			return err
		}
		if len(r.Asked) > maxEntries {
			return errTooLargeGroup
		}
		return s.commit(ctx, r, func(at time.Time) []domain.AuditEvent {
			events := []domain.AuditEvent{onDocument(ctx, at, by, domain.ActGroupAsked, document, group)}
			if added.Added > 0 {
				events = append(events, countOn(domain.Act(ctx, at, domain.ActSignersAdded, &by), document, added.Added))
			}
			return events
		})
	})
	return added, err
}

// members are who is in a group, as those to ask; what they looked like is noted.
func (s Service) members(ctx context.Context, seen *domain.SeenMembers) ([]domain.ExpectedSigner, error) {
	members, err := s.Groups.AllMembers(ctx, seen.GroupID)
	people := make([]domain.ExpectedSigner, len(members))
	seen.Count = len(members)
	for i, m := range members {
		people[i] = domain.ExpectedSigner{Email: m.Email, Name: m.Name, GroupID: m.GroupID}
		if m.JoinedAt.After(seen.Newest) {
			seen.Newest = m.JoinedAt
		}
	}
	return people, err
}

// RemoveGroup no longer asks whoever joins a group later. Who was asked by it stays asked or, withdrawing, is withdrawn unless they have signed or
// another group that was asked has them too.
func (s Service) RemoveGroup(ctx context.Context, by domain.User, docID, groupID string, withdraw bool) error {
	return insist(func() error {
		document, err := s.editable(ctx, by, docID)
		if err != nil {
			return err
		}
		groups, err := s.Groups.OfDocument(ctx, docID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(groups, func(g domain.DocumentGroup) bool { return g.ID == groupID })
		if at < 0 {
			return domain.ErrGroupNotFound
		}
		group := groups[at]
		group.DocID = docID
		var people []domain.ExpectedSigner
		if withdraw {
			people, err = s.Repository.MissingOf(ctx, docID, groupID)
			switch {
			case err != nil:
				return err
			case len(people) > maxEntries:
				return errTooManyWithdrawn
			}
		}
		return s.withdraw(ctx, by, document, domain.Roster{By: by.ID, Removed: &group}, people,
			onDocument(ctx, time.Time{}, by, domain.ActGroupReleased, document, group.Group))
	})
}

func onDocument(ctx context.Context, at time.Time, by domain.User, act string, d domain.Document, g domain.Group) domain.AuditEvent {
	return domain.Act(ctx, at, act, &by).On(domain.SubjectDocument, d.ID, d.Title).With("group", g.Name)
}
