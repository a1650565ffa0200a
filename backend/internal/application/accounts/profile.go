package accounts

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// ChangePassword replaces a person's password and ends every other session of theirs.
func (s Service) ChangePassword(ctx context.Context, by domain.Session, current, next string) error {
	if err := domain.CheckPassword("newPassword", next); err != nil {
		return err
	}
	if err := s.attempt(ctx, by.User.Email, func() error {
		_, hashed, err := s.Repository.UserByID(ctx, by.User.ID)
		if err != nil {
			return err
		}
		if hashed == "" {
			return ErrPasswordWrong
		}
		matches, _, err := s.Hasher.Verify(ctx, current, hashed)
		if err == nil && !matches {
			err = ErrPasswordWrong
		}
		return err
	}); err != nil {
		return err
	}
	hashed, err := s.Hasher.Hash(ctx, next)
	if err != nil {
		return err
	}
	changed := s.act(ctx, domain.ActPasswordChanged, &by.User).OnUser(by.User).With("how", "by themselves")
	return s.Repository.UpdatePassword(ctx, by.User.ID, hashed, by.ID, s.now(), domain.Note(changed))
}

// UpdateProfile changes name and language; nil leaves one as it is.
func (s Service) UpdateProfile(ctx context.Context, by domain.User, name, locale *string) (_ domain.User, err error) {
	before := by
	if name != nil {
		if by.Name, err = domain.ParseName(*name); err != nil {
			return domain.User{}, err
		}
	}
	if locale != nil {
		if by.Locale, err = domain.ParseLocale(*locale, by.Locale); err != nil {
			return domain.User{}, err
		}
	}
	if by.Name == before.Name && by.Locale == before.Locale {
		return by, nil
	}
	return s.Repository.UpdateProfile(ctx, by, domain.Note(s.act(ctx, domain.ActProfileChanged, &by).OnUser(by)))
}
