package accounts

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Create makes an account on the operator's word.
func (s Service) Create(ctx context.Context, p Profile, role string) (domain.User, error) {
	parsed, err := domain.ParseRole(role)
	if err != nil {
		return domain.User{}, err
	}
	made, err := s.newUser(ctx, p, parsed)
	if err != nil {
		return domain.User{}, err
	}
	return s.Repository.CreateUser(ctx, made)
}

// SetRole changes what a user may do.
func (s Service) SetRole(ctx context.Context, email, role string) error {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return err
	}
	parsed, err := domain.ParseRole(role)
	if err != nil {
		return err
	}
	return s.Repository.SetRole(ctx, address, parsed)
}

// ResetPassword sets a new password and ends every session of the user.
func (s Service) ResetPassword(ctx context.Context, email, password string) error {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return err
	}
	if err := domain.CheckPassword("password", password); err != nil {
		return err
	}
	user, _, err := s.Repository.UserByEmail(ctx, address)
	if err != nil {
		return err
	}
	hashed, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.Repository.UpdatePassword(ctx, user.ID, hashed, "")
}

// All lists every user, for the operator.
func (s Service) All(ctx context.Context) (users []domain.User, err error) {
	page := domain.PageRequest{Limit: 100}
	for {
		found, err := s.Repository.Users(ctx, page)
		if err != nil {
			return nil, err
		}
		users = append(users, found.Items...)
		if page.Cursor = found.NextCursor; page.Cursor == "" {
			return users, nil
		}
	}
}
