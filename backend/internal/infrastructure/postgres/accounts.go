package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Accounts keeps users, invitations and set-up tokens.
type Accounts struct{ DB }

// CreateUser fails with accounts.ErrUserExists.
func (a Accounts) CreateUser(ctx context.Context, u accounts.NewUser) (domain.User, error) {
	return createUser(ctx, a.queries(), u)
}

func createUser(ctx context.Context, q *sqlcgen.Queries, u accounts.NewUser) (domain.User, error) {
	row, err := q.CreateUser(ctx, sqlcgen.CreateUserParams{
		Email: string(u.Email), Name: u.Name, Role: string(u.Role), Locale: string(u.Locale),
		HashedPassword: &u.HashedPassword, IsVerified: true, Now: u.CreatedAt,
	})
	if constraint(err) == "users_email_key" {
		return domain.User{}, accounts.ErrUserExists.Because(err)
	}
	return user(row), translate(err)
}

// UserByEmail also returns the password's hash.
func (a Accounts) UserByEmail(ctx context.Context, email domain.Email) (domain.User, string, error) {
	row, err := a.queries().GetUserByEmail(ctx, string(email))
	return user(row), orEmpty(row.HashedPassword), found(err, accounts.ErrUserNotFound)
}

// UserByID also returns the password's hash.
func (a Accounts) UserByID(ctx context.Context, id string) (domain.User, string, error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return domain.User{}, "", accounts.ErrUserNotFound.Because(err)
	}
	row, err := a.queries().GetUserByID(ctx, key)
	return user(row), orEmpty(row.HashedPassword), found(err, accounts.ErrUserNotFound)
}

// UpdateLastLogin notes a log-in.
func (a Accounts) UpdateLastLogin(ctx context.Context, id string, at time.Time) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	return translate(a.queries().UpdateLastLogin(ctx, sqlcgen.UpdateLastLoginParams{ID: key, At: at}))
}

// UpdatePassword sets a hash and ends every session of the user but keep.
func (a Accounts) UpdatePassword(ctx context.Context, id, hashed, keep string) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	kept := uuid.Nil
	if keep != "" {
		if kept, err = uuid.Parse(keep); err != nil {
			return err
		}
	}
	return a.inTx(ctx, func(q *sqlcgen.Queries) error {
		changed, err := q.UpdatePassword(ctx, sqlcgen.UpdatePasswordParams{ID: key, HashedPassword: hashed})
		if err == nil && changed == 0 {
			return accounts.ErrUserNotFound
		}
		if err != nil {
			return err
		}
		return q.EndOtherSessions(ctx, sqlcgen.EndOtherSessionsParams{UserID: key, Keep: kept})
	})
}

// RehashPassword replaces the hash of the same password.
func (a Accounts) RehashPassword(ctx context.Context, id, hashed string) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	_, err = a.queries().UpdatePassword(ctx, sqlcgen.UpdatePasswordParams{ID: key, HashedPassword: hashed})
	return translate(err)
}

// UpdateProfile changes name and language.
func (a Accounts) UpdateProfile(ctx context.Context, u domain.User) (domain.User, error) {
	key, err := uuid.Parse(u.ID)
	if err != nil {
		return domain.User{}, err
	}
	row, err := a.queries().UpdateProfile(ctx, sqlcgen.UpdateProfileParams{ID: key, Name: u.Name, Locale: string(u.Locale)})
	return user(row), found(err, accounts.ErrUserNotFound)
}

// SetRole fails with accounts.ErrUserNotFound.
func (a Accounts) SetRole(ctx context.Context, email domain.Email, role domain.Role) error {
	changed, err := a.queries().SetRole(ctx, sqlcgen.SetRoleParams{Email: string(email), Role: string(role)})
	if err == nil && changed == 0 {
		return accounts.ErrUserNotFound
	}
	return translate(err)
}

type emailCursor struct {
	Email string `json:"email"`
}

// Users lists everybody by email.
func (a Accounts) Users(ctx context.Context, page domain.PageRequest) (domain.Page[domain.User], error) {
	var after emailCursor
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.User]{}, err
	}
	rows, err := a.queries().ListUsers(ctx, sqlcgen.ListUsersParams{
		After: after.Email, Pattern: pattern(page.Query), MaxRows: maxRows(page),
	})
	return domain.NewPage(mapAll(rows, user), page.Limit, func(u domain.User) any {
		return emailCursor{Email: string(u.Email)}
	}), translate(err)
}

// AdminExists tells whether an active administrator is there.
func (a Accounts) AdminExists(ctx context.Context) (bool, error) {
	exists, err := a.queries().AdminExists(ctx)
	return exists, translate(err)
}

// AddSetupToken keeps the hash of a set-up link's secret.
func (a Accounts) AddSetupToken(ctx context.Context, tokenHash [32]byte, now, expires time.Time) error {
	return translate(a.queries().AddSetupToken(ctx, sqlcgen.AddSetupTokenParams{
		TokenHash: tokenHash[:], CreatedAt: now, ExpiresAt: expires,
	}))
}

// SetUp makes the first admin; of two at once one is refused.
func (a Accounts) SetUp(ctx context.Context, tokenHash [32]byte, admin accounts.NewUser) (made domain.User, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		if err := q.LockSetup(ctx); err != nil {
			return err
		}
		exists, err := q.AdminExists(ctx)
		if err == nil && exists {
			return accounts.ErrSetupDone
		}
		if err != nil {
			return err
		}
		used, err := q.UseSetupToken(ctx, sqlcgen.UseSetupTokenParams{TokenHash: tokenHash[:], Now: admin.CreatedAt})
		if err == nil && used == 0 {
			return accounts.ErrSetupToken
		}
		if err != nil {
			return err
		}
		made, err = createUser(ctx, q, admin)
		return err
	})
	return made, err
}

func user(row sqlcgen.User) domain.User {
	return domain.User{
		ID: row.ID.String(), Email: domain.Email(row.Email), Name: row.Name, Role: domain.Role(row.Role),
		Locale: domain.Locale(row.Locale), Active: row.IsActive, CreatedAt: row.CreatedAt.UTC(),
		LastLoginAt: timeOrZero(row.LastLoginAt),
	}
}
