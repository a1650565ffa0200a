package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// ListDocumentGroups lists the groups that were asked as a whole.
func (s *Server) ListDocumentGroups(ctx context.Context, in ListDocumentGroupsRequestObject) (ListDocumentGroupsResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := s.Signers.DocumentGroups(ctx, session.User, in.DocId)
	if err != nil {
		return nil, err
	}
	return ListDocumentGroups200JSONResponse{Items: mapAll(groups, func(g domain.DocumentGroup) DocumentGroup {
		return DocumentGroup{Id: uuid.MustParse(g.ID), Name: g.Name, Members: g.Members, JoinerDays: optional(g.JoinerDays), AddedAt: Timestamp(g.AddedAt)}
	})}, nil
}

// AddGroup asks everybody in a group, and whoever joins it later.
func (s *Server) AddGroup(ctx context.Context, in AddGroupRequestObject) (AddGroupResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	added, err := s.Signers.AddGroup(ctx, session.User, in.DocId, in.Body.GroupId.String(), value(in.Body.JoinerDays))
	if err != nil {
		return nil, err
	}
	return AddGroup200JSONResponse(toAdded(added)), nil
}

// RemoveGroup no longer asks whoever joins a group later.
func (s *Server) RemoveGroup(ctx context.Context, in RemoveGroupRequestObject) (RemoveGroupResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	return RemoveGroup204Response{}, s.Signers.RemoveGroup(ctx, session.User, in.DocId, in.GroupId.String(), value(in.Params.Withdraw))
}

// ListGroups lists named lists of people.
func (s *Server) ListGroups(ctx context.Context, in ListGroupsRequestObject) (ListGroupsResponseObject, error) {
	found, err := s.Signers.ListGroups(ctx, page(in.Params.Limit, in.Params.Cursor, in.Params.Q))
	if err != nil {
		return nil, err
	}
	return ListGroups200JSONResponse{NextCursor: optional(found.NextCursor), Items: mapAll(found.Items, toGroup)}, nil
}

// CreateGroup makes a group.
func (s *Server) CreateGroup(ctx context.Context, in CreateGroupRequestObject) (CreateGroupResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	made, err := s.Signers.CreateGroup(ctx, session.User, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return CreateGroup201JSONResponse(toGroup(made)), nil
}

// RenameGroup gives a group another name.
func (s *Server) RenameGroup(ctx context.Context, in RenameGroupRequestObject) (RenameGroupResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	renamed, err := s.Signers.RenameGroup(ctx, session.User, in.GroupId.String(), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return RenameGroup200JSONResponse(toGroup(renamed)), nil
}

// DeleteGroup deletes a group.
func (s *Server) DeleteGroup(ctx context.Context, in DeleteGroupRequestObject) (DeleteGroupResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return DeleteGroup204Response{}, s.Signers.DeleteGroup(ctx, session.User, in.GroupId.String())
}

// ListMembers lists who is in a group.
func (s *Server) ListMembers(ctx context.Context, in ListMembersRequestObject) (ListMembersResponseObject, error) {
	found, err := s.Signers.Members(ctx, in.GroupId.String(), page(in.Params.Limit, in.Params.Cursor, in.Params.Q))
	if err != nil {
		return nil, err
	}
	return ListMembers200JSONResponse{NextCursor: optional(found.NextCursor), Items: mapAll(found.Items, func(m domain.Member) Member {
		return Member{Email: string(m.Email), Name: m.Name, JoinedAt: Timestamp(m.JoinedAt)}
	})}, nil
}

// AddMembers adds people to a group.
func (s *Server) AddMembers(ctx context.Context, in AddMembersRequestObject) (AddMembersResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	people := make([]signers.Person, len(in.Body.Members))
	for i, m := range in.Body.Members {
		people[i] = signers.Person{Email: m.Email, Name: value(m.Name)}
	}
	added, err := s.Signers.AddMembers(ctx, session.User, in.GroupId.String(), people)
	if err != nil {
		return nil, err
	}
	return AddMembers200JSONResponse(toAdded(added)), nil
}

// RemoveMember takes somebody out of a group.
func (s *Server) RemoveMember(ctx context.Context, in RemoveMemberRequestObject) (RemoveMemberResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return RemoveMember204Response{}, s.Signers.RemoveMember(ctx, session.User, in.GroupId.String(), in.Email)
}

func toGroup(g domain.Group) Group {
	return Group{Id: uuid.MustParse(g.ID), Name: g.Name, Members: g.Members, CreatedAt: Timestamp(g.CreatedAt)}
}
