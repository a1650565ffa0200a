package api

import "context"

// ListDocumentGroups is not there yet.
func (s *Server) ListDocumentGroups(context.Context, ListDocumentGroupsRequestObject) (ListDocumentGroupsResponseObject, error) {
	return nil, errPending
}

// AddGroup is not there yet.
func (s *Server) AddGroup(context.Context, AddGroupRequestObject) (AddGroupResponseObject, error) {
	return nil, errPending
}

// RemoveGroup is not there yet.
func (s *Server) RemoveGroup(context.Context, RemoveGroupRequestObject) (RemoveGroupResponseObject, error) {
	return nil, errPending
}

// ListGroups is not there yet.
func (s *Server) ListGroups(context.Context, ListGroupsRequestObject) (ListGroupsResponseObject, error) {
	return nil, errPending
}

// CreateGroup is not there yet.
func (s *Server) CreateGroup(context.Context, CreateGroupRequestObject) (CreateGroupResponseObject, error) {
	return nil, errPending
}

// RenameGroup is not there yet.
func (s *Server) RenameGroup(context.Context, RenameGroupRequestObject) (RenameGroupResponseObject, error) {
	return nil, errPending
}

// DeleteGroup is not there yet.
func (s *Server) DeleteGroup(context.Context, DeleteGroupRequestObject) (DeleteGroupResponseObject, error) {
	return nil, errPending
}

// ListMembers is not there yet.
func (s *Server) ListMembers(context.Context, ListMembersRequestObject) (ListMembersResponseObject, error) {
	return nil, errPending
}

// AddMembers is not there yet.
func (s *Server) AddMembers(context.Context, AddMembersRequestObject) (AddMembersResponseObject, error) {
	return nil, errPending
}

// RemoveMember is not there yet.
func (s *Server) RemoveMember(context.Context, RemoveMemberRequestObject) (RemoveMemberResponseObject, error) {
	return nil, errPending
}
