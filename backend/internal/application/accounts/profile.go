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
	_, hashed, err := s.Repository.UserByID(ctx, by.User.ID)
	if err != nil {
		return err
	}
	if matches, _, err := s.Hasher.Verify(ctx, current, hashed); err != nil || !matches {
		return either(err, ErrPasswordWrong)
	}
	if hashed, err = s.Hasher.Hash(ctx, next); err != nil {
		return err
	}
	return s.Repository.UpdatePassword(ctx, by.User.ID, hashed, by.ID)
}

// UpdateProfile changes name and language; nil leaves one as it is.
func (s Service) UpdateProfile(ctx context.Context, by domain.User, name, locale *string) (_ domain.User, err error) {
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
	return s.Repository.UpdateProfile(ctx, by)
}

// Users lists everybody, for admins and auditors.
func (s Service) Users(ctx context.Context, by domain.User, page domain.PageRequest) (domain.Page[domain.User], error) {
	if !by.Role.MayReadEverything() {
		return domain.Page[domain.User]{}, domain.ErrForbidden
	}
	return s.Repository.Users(ctx, page)
}
