package signin

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/domain"
)

// maxSubject is the length of a subject at most (OpenID Connect Core 1.0, section 2).
const maxSubject = 255

// admit finds out whose account an identity is, makes one, or says why not.
func (s Service) admit(ctx context.Context, p Configured, said Assertion, locale domain.Locale) (domain.User, error) {
	if said.Subject == "" || len(said.Subject) > maxSubject || !domain.IsOneLine(said.Subject) || !utf8.ValidString(said.Issuer) {
		return domain.User{}, ErrProviderAnswer
	}
	email, err := domain.ParseEmail(said.Email)
	if err != nil {
		email = ""
	}
	if allowed := said.EmailVerified && slices.Contains(p.AllowedDomains, domainOf(email)); !allowed && len(p.AllowedDomains) > 0 {
		return domain.User{}, s.whyNot(p, email, said)
	}
	id := accounts.Identity{Issuer: said.Issuer, Subject: said.Subject, Provider: p.ID, Email: email}
	user, err := s.Accounts.AdmitByIdentity(ctx, id, s.now(), func(f accounts.Found) (accounts.Admission, error) {
		return s.decide(ctx, p, id, said, locale, f)
	})
	if err != nil {
		return domain.User{}, err
	}
	return s.Users.Enter(ctx, user)
}

// whyNot says what keeps an address outside of a provider's allowed domains.
func (s Service) whyNot(p Configured, email domain.Email, said Assertion) error {
	switch {
	case email == "":
		return ErrNoEmail
	case !slices.Contains(p.AllowedDomains, domainOf(email)):
		return ErrDomain
	default:
		return ErrUnverified.Because(errUnverifiedBy(said.Issuer))
	}
}

type errUnverifiedBy string

func (e errUnverifiedBy) Error() string { return "email_verified is not true at " + string(e) }

// vouched tells whether a provider's word is enough to say whose an address is: it has verified it, and the operator trusts it for
// addresses of that domain.
func (p Configured) vouched(email domain.Email, said Assertion) bool {
	return email != "" && said.EmailVerified && (p.TrustEmail || slices.Contains(p.AllowedDomains, domainOf(email)))
}

// decide says what follows for the account of an identity. An identity that is known is its person, whatever its address says now; a
// new one joins an account, or gets a role, only by an address that its provider vouches for.
func (s Service) decide(
	ctx context.Context, p Configured, id accounts.Identity, said Assertion, locale domain.Locale, f accounts.Found,
) (accounts.Admission, error) {
	vouched := p.vouched(id.Email, said)
	switch {
	case f.User != nil && f.Linked:
		return s.known(ctx, id, vouched, f)
	case id.Email == "":
		return accounts.Admission{}, ErrNoEmail
	case !said.EmailVerified:
		return accounts.Admission{}, ErrUnverified.Because(errUnverifiedBy(said.Issuer))
	case f.User == nil:
		return s.newcomer(ctx, p, id, said, locale, f, vouched)
	case !vouched:
		return accounts.Admission{}, ErrNotVouched
	case !f.User.Active:
		return accounts.Admission{}, accounts.ErrInactive
	}
	var a accounts.Admission
	if !f.User.Verified {
		a = s.Users.Claim(ctx, f, nameOf(said), p.ID)
	}
	a.Identity = &id
	a.Out.Audit = append(a.Out.Audit, s.act(ctx, domain.ActIdentityLinked, *f.User).With("provider", p.ID))
	return a, nil
}

// known lets somebody in who was here before.
func (s Service) known(ctx context.Context, id accounts.Identity, vouched bool, f accounts.Found) (accounts.Admission, error) {
	switch u := f.User; {
	case !u.Active:
		return accounts.Admission{}, accounts.ErrInactive
	case vouched && !u.Verified && u.Email == id.Email:
		return s.Users.Verify(ctx, f, id.Provider), nil
	}
	return accounts.Admission{}, nil
}

// newcomer makes an account for an address that nobody has yet. Where anyone in the world can have an account at the provider, somebody
// here must have asked for the person, or the operator let everybody of the domain register.
func (s Service) newcomer(
	ctx context.Context, p Configured, id accounts.Identity, said Assertion, locale domain.Locale, f accounts.Found, vouched bool,
) (accounts.Admission, error) {
	wanted := slices.Contains(p.AllowedDomains, domainOf(id.Email)) || vouched && f.Expected || s.Users.MayRegister(id.Email)
	if p.Public && !wanted {
		return accounts.Admission{}, ErrSignUp
	}
	// An address that is only claimed brings neither invitation nor role, and its owner can take the account over.
	made := accounts.NewUser{ID: uuid.NewString(), Email: id.Email, Name: nameOf(said), Locale: locale, Verified: vouched}
	a := s.Users.Join(ctx, f, made, p.ID)
	a.Identity = &id
	return a, nil
}

// nameOf is the person's name, "" where the provider says none that can be shown.
func nameOf(said Assertion) string {
	name, err := domain.ParseName(said.Name)
	if err != nil {
		return ""
	}
	return name
}

func (s Service) act(ctx context.Context, action string, u domain.User) domain.AuditEvent {
	return domain.Act(ctx, s.now(), action, &u).OnUser(u)
}
