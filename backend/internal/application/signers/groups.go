package signers

import (
	"context"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/domain"
)

// ListGroups is a page of groups, by name.
func (s Service) ListGroups(ctx context.Context, page domain.PageRequest) (domain.Page[domain.Group], error) {
	return s.Groups.List(ctx, page)
}

// CreateGroup makes a group without members.
func (s Service) CreateGroup(ctx context.Context, by domain.User, name string) (domain.Group, error) {
	name, err := domain.ParseGroupName(name)
	if err != nil {
		return domain.Group{}, err
	}
	group := domain.Group{ID: uuid.NewString(), Name: name, CreatedAt: s.now(), CreatedBy: by.ID}
	return group, s.Groups.Add(ctx, group, domain.Note(s.onGroup(ctx, by, domain.ActGroupMade, group)))
}

// RenameGroup gives a group another name.
func (s Service) RenameGroup(ctx context.Context, by domain.User, id, name string) (domain.Group, error) {
	name, err := domain.ParseGroupName(name)
	if err != nil {
		return domain.Group{}, err
	}
	group, err := s.Groups.Group(ctx, id)
	if err != nil || group.Name == name {
		return group, err
	}
	group.Name = name
	return group, s.Groups.Rename(ctx, id, name, domain.Note(s.onGroup(ctx, by, domain.ActGroupRenamed, group)))
}

// DeleteGroup deletes a group; who was asked by it stays asked.
func (s Service) DeleteGroup(ctx context.Context, by domain.User, id string) error {
	group, err := s.Groups.Group(ctx, id)
	if err != nil {
		return err
	}
	return s.Groups.Delete(ctx, id, domain.Note(s.onGroup(ctx, by, domain.ActGroupDeleted, group)))
}

func (s Service) onGroup(ctx context.Context, by domain.User, act string, g domain.Group) domain.AuditEvent {
	return domain.Act(ctx, s.now(), act, &by).On(domain.SubjectGroup, g.ID, g.Name)
}
