package postgres

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Expected tells whether somebody has asked for this person, and under what name.
func (a Accounts) Expected(ctx context.Context, email domain.Email, now time.Time) (expected bool, name string, err error) {
	row, err := a.queries().IsExpected(ctx, sqlcgen.IsExpectedParams{Email: string(email), Now: now})
	return row.Expected, row.Name, translate(err)
}

// linkWindow is how long a link counts towards the limits.
const linkWindow = time.Hour

// AddLink fails with accounts.ErrTooManyLinks or ErrTooManyLinksHere.
func (a Accounts) AddLink(
	ctx context.Context, l accounts.NewLink, limits accounts.LinkLimits, made *accounts.NewUser, out domain.Outbox,
) error {
	return a.inTx(ctx, func(q *sqlcgen.Queries) error {
		if err := q.LockAddress(ctx, string(l.Email)); err != nil {
			return err
		}
		if err := withinLimits(ctx, q, l, limits); err != nil {
			return err
		}
		if made != nil {
			if err := register(ctx, q, *made); err != nil {
				return err
			}
		}
		owner, err := optionalUUID(l.UserID)
		if err != nil {
			return err
		}
		args := sqlcgen.AddLinkParams{
			Purpose: string(l.Purpose), TokenHash: l.TokenHash[:], Email: string(l.Email), UserID: owner, Sent: l.Sent, Locale: string(l.Locale),
			RedirectTo: l.RedirectTo, IpAddress: address(l.IPAddress), Now: l.CreatedAt, ExpiresAt: l.ExpiresAt,
		}
		if l.CodeHash != nil {
			args.CodeHash, args.BrowserHash = l.CodeHash[:], l.BrowserHash[:]
		}
		if err := q.AddLink(ctx, args); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

func withinLimits(ctx context.Context, q *sqlcgen.Queries, l accounts.NewLink, limits accounts.LinkLimits) error {
	if l.IPAddress == "" {
		return nil
	}
	since := l.CreatedAt.Add(-linkWindow)
	oldest, err := q.LinkForAddress(ctx, sqlcgen.LinkForAddressParams{
		Email: string(l.Email), Purpose: string(l.Purpose), Since: since, Newer: int32(limits.PerEmail - 1), //nolint:gosec // a handful
	})
	if !isNoRows(err) {
		return tooMany(accounts.ErrTooManyLinks, oldest, since, err)
	}
	if limits.PerClient == 0 {
		return nil
	}
	if err := q.LockClient(ctx, l.IPAddress); err != nil {
		return err
	}
	oldest, err = q.LinkFromClient(ctx, sqlcgen.LinkFromClientParams{
		IpAddress: address(l.IPAddress), Since: since, Newer: int32(limits.PerClient - 1), //nolint:gosec // checked with the configuration
	})
	if !isNoRows(err) {
		return tooMany(accounts.ErrTooManyLinksHere, oldest, since, err)
	}
	return nil
}

// tooMany says how long it is until the oldest link that counts no longer does.
func tooMany(refused *domain.Error, oldest, since time.Time, err error) error {
	if err != nil {
		return err
	}
	return refused.After(oldest.Sub(since))
}

// register makes an account that is not confirmed, or replaces one.
func register(ctx context.Context, q *sqlcgen.Queries, u accounts.NewUser) error {
	row, err := q.LockUserByEmail(ctx, string(u.Email))
	if isNoRows(err) {
		_, err := createUser(ctx, q, u)
		return err
	}
	if err != nil {
		return err
	}
	if !user(row).Replaceable() || row.ID.String() != u.ID {
		return accounts.ErrUserExists
	}
	// Nobody who came before may still be able to open it; links to its mailbox are its owner's.
	if err := q.DropIdentitiesOf(ctx, row.ID); err != nil {
		return err
	}
	if err := endSessions(ctx, q, row.ID, u.CreatedAt); err != nil {
		return err
	}
	return q.ReplaceUnverified(ctx, sqlcgen.ReplaceUnverifiedParams{
		ID: row.ID, Name: u.Name, Locale: string(u.Locale), HashedPassword: u.HashedPassword, At: u.CreatedAt,
	})
}

// Link fails with accounts.ErrLink.
func (a Accounts) Link(ctx context.Context, tokenHash [32]byte, now time.Time) (accounts.Link, error) {
	row, err := a.queries().GetLink(ctx, sqlcgen.GetLinkParams{TokenHash: tokenHash[:], Now: now})
	return mailedLink(row), found(err, accounts.ErrLink)
}

func mailedLink(row sqlcgen.MagicLink) accounts.Link {
	l := accounts.Link{
		Purpose: accounts.Purpose(row.Purpose), Email: domain.Email(row.Email), Locale: domain.Locale(row.Locale), RedirectTo: row.RedirectTo,
		ExpiresAt: row.ExpiresAt.UTC(),
	}
	if row.UserID != nil {
		l.UserID = row.UserID.String()
	}
	return l
}

// CountAttempt counts a log-in before its outcome is known.
func (a Accounts) CountAttempt(ctx context.Context, key [32]byte, free int, now time.Time) (until time.Time, ok bool, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		count, err := q.CountLoginFailure(ctx, sqlcgen.CountLoginFailureParams{KeyHash: key[:], Now: now})
		if isNoRows(err) {
			blocked, err := q.LoginBlockedUntil(ctx, key[:])
			until = timeOrZero(blocked)
			return err
		}
		if err != nil {
			return err
		}
		ok = true
		if wait := accounts.Wait(int(count) - free + 1); wait > 0 {
			return q.BlockLogin(ctx, sqlcgen.BlockLoginParams{KeyHash: key[:], Until: now.Add(wait)})
		}
		return nil
	})
	return until, ok, err
}

// Uncount takes an attempt back that neither failed nor succeeded.
func (a Accounts) Uncount(ctx context.Context, key [32]byte) error {
	return translate(a.queries().UncountLogin(ctx, key[:]))
}

// Forgive forgets an account's failures from an address.
func (a Accounts) Forgive(ctx context.Context, key [32]byte) error {
	return translate(a.queries().ForgiveLogin(ctx, key[:]))
}

// CleanUp deletes what nobody can use any more, and accounts that nobody confirmed.
func (a Accounts) CleanUp(
	ctx context.Context, c accounts.Cleaning, note func(id, email string) domain.Outbox,
) (done accounts.Cleaned, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		dropped, err := q.CleanUpUnverifiedUsers(ctx, c.Unverified)
		if err != nil {
			return err
		}
		done.Unverified = int64(len(dropped))
		for _, u := range dropped {
			if err := post(ctx, q, note(u.ID.String(), u.Email)); err != nil {
				return err
			}
		}
		for _, one := range []struct {
			clean  func(context.Context, time.Time) (int64, error)
			before time.Time
			count  *int64
		}{
			{q.DeleteLinks, c.Links, &done.Links},
			{q.DeleteLoginFailures, c.Failures, &done.Failures},
			{q.DeleteLoginAttempts, c.Attempts, &done.Attempts},
			{q.DeleteRefreshTokens, c.Tokens, &done.Tokens},
		} {
			if *one.count, err = one.clean(ctx, one.before); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}
