package accounts

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// MethodPassword is how a session says that it began with a password.
const MethodPassword = "password"

// LogIn checks email and password. An unknown address takes as long as a wrong password and gets the same answer.
func (s Service) LogIn(ctx context.Context, email, password string) (domain.User, error) {
	address, err := domain.ParseEmail(email)
	if err != nil || len(password) > domain.PasswordMaxBytes {
		return domain.User{}, ErrCredentials
	}
	user, hashed, err := s.Repository.UserByEmail(ctx, address)
	if errors.Is(err, ErrUserNotFound) || err == nil && hashed == "" {
		return domain.User{}, errors.Join(ErrCredentials, s.Hasher.Decoy(ctx, password))
	}
	if err != nil {
		return domain.User{}, err
	}
	matches, outdated, err := s.Hasher.Verify(ctx, password, hashed)
	if err != nil {
		return domain.User{}, err
	}
	if !matches {
		return domain.User{}, ErrCredentials
	}
	if !user.Active {
		return domain.User{}, ErrInactive
	}
	if outdated {
		if hashed, err = s.Hasher.Hash(ctx, password); err != nil {
			return domain.User{}, err
		}
		if err := s.Repository.RehashPassword(ctx, user.ID, hashed); err != nil {
			return domain.User{}, err
		}
	}
	return s.enter(ctx, user)
}

// enter notes a log-in and gives an operator's admin the role.
func (s Service) enter(ctx context.Context, user domain.User) (domain.User, error) {
	if role := s.roleOf(user.Email, user.Role); role != user.Role {
		if err := s.Repository.SetRole(ctx, user.Email, role); err != nil {
			return domain.User{}, err
		}
		user.Role = role
	}
	return user, s.Repository.UpdateLastLogin(ctx, user.ID, s.now())
}
