package accounts

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/domain"
)

// LogIn checks email and password. An unknown address takes as long as a wrong password and gets the same answer.
func (s Service) LogIn(ctx context.Context, email, password string) (user domain.User, err error) {
	if !s.Settings.Passwords {
		return user, ErrMethodUnavailable
	}
	address, err := domain.ParseEmail(email)
	if err != nil || len(password) > domain.PasswordMaxBytes {
		return user, ErrCredentials
	}
	err = s.attempt(ctx, address, func() error {
		user, err = s.checkPassword(ctx, address, password)
		return err
	})
	if code := domain.AsError(err); err != nil {
		if code.Kind == domain.KindUnauthenticated || code.Kind == domain.KindForbidden {
			failed := s.act(ctx, domain.ActLogInFailed, nil).On(domain.SubjectUser, user.ID, string(address)).
				With("method", domain.MethodPassword).With("code", code.Code)
			err = errors.Join(err, s.Repository.Record(ctx, domain.Note(failed)))
		}
		return domain.User{}, err
	}
	return s.Enter(ctx, user)
}

func (s Service) checkPassword(ctx context.Context, address domain.Email, password string) (domain.User, error) {
	user, hashed, err := s.Repository.UserByEmail(ctx, address)
	if errors.Is(err, ErrUserNotFound) || err == nil && hashed == "" {
		return user, either(s.Hasher.Decoy(ctx, password), ErrCredentials)
	}
	if err != nil {
		return user, err
	}
	matches, outdated, err := s.Hasher.Verify(ctx, password, hashed)
	switch {
	case err != nil:
		return user, err
	case !matches:
		return user, ErrCredentials
	case !user.Active:
		return user, ErrInactive
	case !user.Verified:
		return user, ErrUnconfirmed
	case !outdated:
		return user, nil
	}
	renewed, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return user, err
	}
	return s.Repository.RehashPassword(ctx, user.ID, hashed, renewed)
}

// Enter gives an operator's admin the role, at every log-in.
func (s Service) Enter(ctx context.Context, user domain.User) (domain.User, error) {
	role := s.RoleOf(user.Email, user.Role)
	if role == user.Role || !user.Verified {
		return user, nil
	}
	event := s.act(ctx, domain.ActRoleChanged, nil).OnUser(user).With("from", string(user.Role)).With("to", string(role)).
		With("why", "ACKIFY_ADMIN_EMAILS")
	event.Origin.Kind = domain.ActorSystem
	if err := s.Repository.SetRole(ctx, user.ID, role, domain.Note(event)); err != nil {
		return domain.User{}, err
	}
	user.Role = role
	return user, nil
}
