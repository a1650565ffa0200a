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
	return s.Repository.CreateUser(ctx, made, s.made(ctx, made, nil, "command"))
}

func (s Service) byEmail(ctx context.Context, email string) (domain.User, error) {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return domain.User{}, err
	}
	user, _, err := s.Repository.UserByEmail(ctx, address)
	return user, err
}

// SetRole changes what a user may do.
func (s Service) SetRole(ctx context.Context, email, role string) error {
	parsed, err := domain.ParseRole(role)
	if err != nil {
		return err
	}
	user, err := s.byEmail(ctx, email)
	if err != nil {
		return err
	}
	changed := s.act(ctx, domain.ActRoleChanged, nil).OnUser(user).With("from", string(user.Role)).With("to", string(parsed))
	return s.Repository.SetRole(ctx, user.ID, parsed, domain.Note(changed))
}

// SetActive deactivates somebody, who is out everywhere at once, or reactivates them.
func (s Service) SetActive(ctx context.Context, email string, active bool) error {
	user, err := s.byEmail(ctx, email)
	if err != nil {
		return err
	}
	_, err = s.Manage(ctx, nil, user.ID, ManageInput{Active: &active})
	return err
}

// ResetPassword sets a new password and ends every session of the user. The operator vouches for the address too.
func (s Service) ResetPassword(ctx context.Context, email, password string) error {
	if err := domain.CheckPassword("password", password); err != nil {
		return err
	}
	user, err := s.byEmail(ctx, email)
	if err != nil {
		return err
	}
	hashed, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	changed := s.act(ctx, domain.ActPasswordChanged, nil).OnUser(user).With("how", "command")
	return s.Repository.UpdatePassword(ctx, user.ID, hashed, "", s.now(), domain.Note(changed))
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
