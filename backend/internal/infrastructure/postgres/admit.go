package postgres

import (
	"context"
	"crypto/hmac"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// AdmitByLink uses a link up; it fails with accounts.ErrLink.
func (a Accounts) AdmitByLink(
	ctx context.Context, tokenHash [32]byte, p accounts.Purpose, now time.Time, decide accounts.Decide,
) (admitted domain.User, link accounts.Link, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		row, err := q.LockLink(ctx, sqlcgen.LockLinkParams{TokenHash: tokenHash[:], Now: now})
		if err != nil || accounts.Purpose(row.Purpose) != p {
			return found(either(err, accounts.ErrLink), accounts.ErrLink)
		}
		link = mailedLink(row)
		admitted, err = useLink(ctx, q, row, now, decide)
		return err
	})
	return admitted, link, err
}

// useLink uses up a link and every other of the same purpose.
func useLink(ctx context.Context, q *sqlcgen.Queries, row sqlcgen.MagicLink, now time.Time, decide accounts.Decide) (domain.User, error) {
	admitted, err := admit(ctx, q, claimant{email: domain.Email(row.Email), locale: domain.Locale(row.Locale)}, now, decide)
	if err != nil {
		return admitted, err
	}
	return admitted, q.UseLinksOf(ctx, sqlcgen.UseLinksOfParams{Email: row.Email, Purpose: row.Purpose, Now: now})
}

// Wrong codes that a link, and all links of an address in a day, bear.
const (
	codeAttempts      = 5
	codeAttemptsADay  = 10
	codeAttemptsSince = 24 * time.Hour
)

// AdmitByCode compares the code of the newest link that a browser asked for.
func (a Accounts) AdmitByCode(
	ctx context.Context, browserHash, codeHash [32]byte, now time.Time, decide accounts.Decide,
) (admitted domain.User, link accounts.Link, err error) {
	var wrong error // committed all the same: it counts
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		row, err := q.LockLinkOfBrowser(ctx, sqlcgen.LockLinkOfBrowserParams{BrowserHash: browserHash[:], Now: now})
		if err != nil {
			return found(err, accounts.ErrLink)
		}
		today, err := q.CountWrongCodes(ctx, sqlcgen.CountWrongCodesParams{Email: row.Email, Since: now.Add(-codeAttemptsSince)})
		if err != nil {
			return err
		}
		if row.Attempts >= codeAttempts || today >= codeAttemptsADay {
			return accounts.ErrLink
		}
		if !row.Sent || !hmac.Equal(row.CodeHash, codeHash[:]) {
			wrong = accounts.ErrCode
			if row.Attempts+1 == codeAttempts {
				wrong = accounts.ErrLink
			}
			return q.CountWrongCode(ctx, row.ID)
		}
		link = mailedLink(row)
		admitted, err = useLink(ctx, q, row, now, decide)
		return err
	})
	return admitted, link, either(err, wrong)
}

// AdmitByInvitation fails with accounts.ErrInvitationToken.
func (a Accounts) AdmitByInvitation(
	ctx context.Context, tokenHash [32]byte, now time.Time, decide accounts.Decide,
) (admitted domain.User, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		row, err := q.FindOpenInvitation(ctx, sqlcgen.FindOpenInvitationParams{TokenHash: tokenHash[:], Now: now})
		if err != nil {
			return found(err, accounts.ErrInvitationToken)
		}
		admitted, err = admit(ctx, q, claimant{email: domain.Email(row.Invitation.Email), locale: domain.Locales[0]}, now, decide)
		return err
	})
	return admitted, err
}

// AdmitByIdentity finds the person by the identity, else by the address.
func (a Accounts) AdmitByIdentity(
	ctx context.Context, id accounts.Identity, now time.Time, decide accounts.Decide,
) (admitted domain.User, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		who := claimant{email: id.Email, locale: domain.Locales[0]}
		// Whoever comes for the first time in two tabs at once is one person.
		if err := q.LockAddress(ctx, id.Issuer+" "+id.Subject); err != nil {
			return err
		}
		linked, err := q.UseIdentity(ctx, sqlcgen.UseIdentityParams{Issuer: id.Issuer, Subject: id.Subject, Now: now})
		switch {
		case err == nil:
			who.id = &linked
		case !isNoRows(err):
			return err
		}
		admitted, err = admit(ctx, q, who, now, decide)
		return err
	})
	return admitted, err
}

// claimant is somebody who has proven who they are: a known user, or whoever has an address.
type claimant struct {
	id     *uuid.UUID
	email  domain.Email
	locale domain.Locale
}

// admit does what is decided about a claimant's account.
func admit(ctx context.Context, q *sqlcgen.Queries, who claimant, now time.Time, decide accounts.Decide) (domain.User, error) {
	f, err := findClaimant(ctx, q, who, now)
	if err != nil {
		return domain.User{}, err
	}
	a, err := decide(f)
	if err != nil {
		return domain.User{}, err
	}
	u, err := admitUser(ctx, q, f, a, now)
	if err != nil {
		return u, err
	}
	if a.Accept && f.Invitation != nil {
		invitation, err := uuid.Parse(f.Invitation.ID)
		if err != nil {
			return u, err
		}
		if err := q.AcceptInvitation(ctx, sqlcgen.AcceptInvitationParams{ID: invitation, Now: now}); err != nil {
			return u, err
		}
	}
	return u, post(ctx, q, a.Out)
}

func findClaimant(ctx context.Context, q *sqlcgen.Queries, who claimant, now time.Time) (f accounts.Found, err error) {
	f = accounts.Found{Email: who.email, Locale: who.locale}
	if err := q.LockAddress(ctx, string(who.email)); err != nil {
		return f, err
	}
	var row sqlcgen.User
	if who.id != nil {
		f.Linked = true
		row, err = q.LockUserByID(ctx, *who.id)
	} else {
		row, err = q.LockUserByEmail(ctx, string(who.email))
	}
	switch {
	case err == nil:
		u := user(row)
		f.User = &u
	case !isNoRows(err):
		return f, err
	}
	asked, err := q.IsExpected(ctx, sqlcgen.IsExpectedParams{Email: string(who.email), Now: now})
	if err != nil {
		return f, err
	}
	f.Expected, f.ExpectedName = asked.Expected, asked.Name
	open, err := q.OpenInvitationOf(ctx, sqlcgen.OpenInvitationOfParams{Email: string(who.email), Now: now})
	switch {
	case err == nil:
		i := invitation(open)
		f.Invitation = &i
	case !isNoRows(err):
		return f, err
	}
	return f, nil
}

// admitUser makes or changes the account itself.
func admitUser(ctx context.Context, q *sqlcgen.Queries, f accounts.Found, a accounts.Admission, now time.Time) (u domain.User, err error) {
	if a.Create != nil {
		if u, err = createUser(ctx, q, *a.Create); err != nil {
			return u, err
		}
	} else {
		u = *f.User
	}
	key, err := uuid.Parse(u.ID)
	if err != nil {
		return u, err
	}
	if a.TakeOver {
		if err := takeOver(ctx, q, key, now); err != nil {
			return u, err
		}
		u.HasPassword, u.PasswordID = false, ""
	}
	if a.Verify {
		if _, err := q.VerifyUserEmail(ctx, sqlcgen.VerifyUserEmailParams{ID: key, At: now}); err != nil {
			return u, err
		}
		u.Verified = true
	}
	if err := changeUser(ctx, q, key, &u, a, now); err != nil {
		return u, err
	}
	if a.EndSessions {
		if err := endOthers(ctx, q, key, uuid.Nil); err != nil {
			return u, err
		}
	}
	if a.Identity == nil {
		return u, nil
	}
	return u, q.AddIdentity(ctx, sqlcgen.AddIdentityParams{
		Issuer: a.Identity.Issuer, Subject: a.Identity.Subject, UserID: key, Provider: a.Identity.Provider, Email: string(a.Identity.Email), Now: now,
	})
}

func changeUser(ctx context.Context, q *sqlcgen.Queries, key uuid.UUID, u *domain.User, a accounts.Admission, now time.Time) error {
	if a.Profile != nil {
		row, err := q.UpdateProfile(ctx, sqlcgen.UpdateProfileParams{ID: key, Name: a.Profile.Name, Locale: string(a.Profile.Locale)})
		if err != nil {
			return err
		}
		u.Name, u.Locale = row.Name, domain.Locale(row.Locale)
	}
	if a.Role != "" && a.Role != u.Role {
		if _, err := q.SetRole(ctx, sqlcgen.SetRoleParams{ID: key, Role: string(a.Role)}); err != nil {
			return err
		}
		u.Role = a.Role
	}
	if a.Password == "" {
		return nil
	}
	u.HasPassword, u.PasswordID = true, passwordID(&a.Password)
	if err := q.EndLinksOf(ctx, sqlcgen.EndLinksOfParams{UserID: &key, At: now}); err != nil {
		return err
	}
	_, err := q.UpdatePassword(ctx, sqlcgen.UpdatePasswordParams{ID: key, HashedPassword: a.Password})
	return err
}

// takeOver drops whatever could open an account until now.
func takeOver(ctx context.Context, q *sqlcgen.Queries, key uuid.UUID, now time.Time) error {
	if err := q.DropPassword(ctx, key); err != nil {
		return err
	}
	if err := q.DropIdentitiesOf(ctx, key); err != nil {
		return err
	}
	return endAccess(ctx, q, key, now)
}
