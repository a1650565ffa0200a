package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Accounts keeps users, invitations, links and set-up tokens.
type Accounts struct{ DB }

var _ accounts.Repository = Accounts{}

// CreateUser fails with accounts.ErrUserExists.
func (a Accounts) CreateUser(ctx context.Context, u accounts.NewUser, out domain.Outbox) (made domain.User, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		if made, err = createUser(ctx, q, u); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
	return made, err
}

func createUser(ctx context.Context, q *sqlcgen.Queries, u accounts.NewUser) (domain.User, error) {
	id, err := uuid.Parse(u.ID)
	if err != nil {
		return domain.User{}, err
	}
	row, err := q.CreateUser(ctx, sqlcgen.CreateUserParams{
		ID: id, Email: string(u.Email), Name: u.Name, Role: string(u.Role), Locale: string(u.Locale),
		HashedPassword: u.HashedPassword, IsVerified: u.Verified, Now: u.CreatedAt,
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

// UpdatePassword sets a hash and ends every session and application of the user but keep.
func (a Accounts) UpdatePassword(ctx context.Context, id, hashed, keep string, now time.Time, out domain.Outbox) error {
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
		row, err := q.LockUserByID(ctx, key)
		if err != nil {
			return found(err, accounts.ErrUserNotFound)
		}
		if keep == "" && !row.IsVerified {
			if err := vouch(ctx, q, key, now); err != nil {
				return err
			}
		}
		if _, err := q.UpdatePassword(ctx, sqlcgen.UpdatePasswordParams{ID: key, HashedPassword: hashed}); err != nil {
			return err
		}
		if err := q.EndLinksOf(ctx, sqlcgen.EndLinksOfParams{UserID: &key, At: now}); err != nil {
			return err
		}
		if err := endOthers(ctx, q, key, kept); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

// vouch confirms an account on the operator's word; whoever made it keeps nothing of it.
func vouch(ctx context.Context, q *sqlcgen.Queries, key uuid.UUID, now time.Time) error {
	if err := takeOver(ctx, q, key, now); err != nil {
		return err
	}
	_, err := q.VerifyUserEmail(ctx, sqlcgen.VerifyUserEmailParams{ID: key, At: now})
	return err
}

// RehashPassword replaces the hash of the same password; it fails with accounts.ErrCredentials when that was changed meanwhile.
func (a Accounts) RehashPassword(ctx context.Context, id, before, hashed string) (domain.User, error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return domain.User{}, err
	}
	row, err := a.queries().RehashPassword(ctx, sqlcgen.RehashPasswordParams{ID: key, Before: before, HashedPassword: hashed})
	return user(row), found(err, accounts.ErrCredentials)
}

// UpdateProfile changes name and language.
func (a Accounts) UpdateProfile(ctx context.Context, u domain.User, out domain.Outbox) (changed domain.User, err error) {
	key, err := uuid.Parse(u.ID)
	if err != nil {
		return domain.User{}, err
	}
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		row, err := q.UpdateProfile(ctx, sqlcgen.UpdateProfileParams{ID: key, Name: u.Name, Locale: string(u.Locale)})
		if err != nil {
			return found(err, accounts.ErrUserNotFound)
		}
		changed = user(row)
		return post(ctx, q, out)
	})
	return changed, err
}

// SetRole fails with accounts.ErrUserNotFound.
func (a Accounts) SetRole(ctx context.Context, id string, role domain.Role, out domain.Outbox) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	return a.inTx(ctx, func(q *sqlcgen.Queries) error {
		changed, err := q.SetRole(ctx, sqlcgen.SetRoleParams{ID: key, Role: string(role)})
		if err == nil && changed == 0 {
			return accounts.ErrUserNotFound
		}
		if err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

// Manage changes a user, who is out everywhere at once when deactivated.
func (a Accounts) Manage(
	ctx context.Context, id string, c accounts.Change, now time.Time, out func(domain.User) domain.Outbox,
) (after domain.User, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return domain.User{}, accounts.ErrUserNotFound.Because(err)
	}
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		// Two administrators who deactivate each other at once must not both succeed.
		if err := q.LockSetup(ctx); err != nil {
			return err
		}
		row, err := q.LockUserByID(ctx, key)
		if err != nil || domain.Email(row.Email).Erased() {
			return found(either(err, accounts.ErrUserNotFound), accounts.ErrUserNotFound)
		}
		before := user(row)
		if after, err = manage(ctx, q, key, before, c, now); err != nil {
			return err
		}
		admins, err := q.AdminExists(ctx)
		if err == nil && !admins {
			return accounts.ErrLastAdmin
		}
		if err != nil {
			return err
		}
		return post(ctx, q, out(before))
	})
	return after, err
}

func manage(ctx context.Context, q *sqlcgen.Queries, key uuid.UUID, u domain.User, c accounts.Change, now time.Time) (domain.User, error) {
	if c.Role != nil && *c.Role != u.Role {
		u.Role = *c.Role
		if _, err := q.SetRole(ctx, sqlcgen.SetRoleParams{ID: key, Role: string(u.Role)}); err != nil {
			return u, err
		}
	}
	if c.Active == nil || *c.Active == u.Active {
		return u, nil
	}
	u.Active = *c.Active
	if err := q.SetActive(ctx, sqlcgen.SetActiveParams{ID: key, IsActive: u.Active}); err != nil || u.Active {
		return u, err
	}
	return u, endAccess(ctx, q, key, now)
}

// endSessions ends whatever a user is logged in with.
func endSessions(ctx context.Context, q *sqlcgen.Queries, key uuid.UUID, now time.Time) error {
	if err := q.EndSessionsOf(ctx, key); err != nil {
		return err
	}
	if err := q.RevokeRefreshTokensOf(ctx, key); err != nil {
		return err
	}
	return q.RevokeApiTokensOf(ctx, sqlcgen.RevokeApiTokensOfParams{UserID: key, At: now})
}

// endAccess ends that, and every link on its way.
func endAccess(ctx context.Context, q *sqlcgen.Queries, key uuid.UUID, now time.Time) error {
	if err := endSessions(ctx, q, key, now); err != nil {
		return err
	}
	return q.EndLinksOf(ctx, sqlcgen.EndLinksOfParams{UserID: &key, At: now})
}

// Record adds to the audit trail what follows from no change.
func (a Accounts) Record(ctx context.Context, out domain.Outbox) error {
	return Trail(a).Record(ctx, out)
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
func (a Accounts) SetUp(ctx context.Context, tokenHash [32]byte, admin accounts.NewUser, out domain.Outbox) (made domain.User, err error) {
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
		if made, err = createUser(ctx, q, admin); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
	return made, err
}

func either(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// passwordID names a password by its salted hash.
func passwordID(hashed *string) string {
	if hashed == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(*hashed))
	return hex.EncodeToString(sum[:8])
}

func user(row sqlcgen.User) domain.User {
	return domain.User{
		ID: row.ID.String(), Email: domain.Email(row.Email), Name: row.Name, Role: domain.Role(row.Role),
		Locale: domain.Locale(row.Locale), Active: row.IsActive, Verified: row.IsVerified, HasPassword: row.HashedPassword != nil,
		PasswordID: passwordID(row.HashedPassword),
		CreatedAt:  row.CreatedAt.UTC(), LastLoginAt: timeOrZero(row.LastLoginAt), LastLoginMethod: row.LastLoginMethod,
	}
}
