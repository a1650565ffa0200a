package accounts

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

const invitationValid = 7 * 24 * time.Hour

// InviteInput is whom an admin invites.
type InviteInput struct {
	Email string
	Name  string // may be ""
	Role  string // "": signer
}

// Invite makes an invitation and mails its link, or returns it to hand over.
func (s Service) Invite(ctx context.Context, by domain.User, in InviteInput) (domain.Invitation, HandedOver, error) {
	invitation, err := s.newInvitation(ctx, in)
	if err != nil {
		return domain.Invitation{}, HandedOver{}, err
	}
	token := domain.NewSecret()
	over := HandedOver{URL: s.Settings.BaseURL + "/invite/" + token, ExpiresAt: invitation.ExpiresAt}
	event := func(action string) domain.AuditEvent {
		return s.act(ctx, action, &by).On(domain.SubjectInvitation, "", string(invitation.Email))
	}
	out := domain.Note(event(domain.ActInvited).With("role", string(invitation.Role)))
	if s.Mails.Enabled() {
		mail, err := s.Mails.Compose(domain.Message{
			To: invitation.Email, Locale: by.Locale, Template: domain.MailInvitation, Priority: domain.PriorityHigh,
			Data:    map[string]string{"inviter": by.Name, "name": invitation.Name, "days": strconv.Itoa(int(invitationValid.Hours() / 24))},
			Secrets: map[string]string{"link": over.URL}, ReferenceType: domain.SubjectInvitation, ReferenceID: string(invitation.Email), CreatedBy: by.ID,
		})
		if err != nil {
			return domain.Invitation{}, HandedOver{}, err
		}
		over.URL, out = "", out.Send(mail)
	} else {
		out.Audit = append(out.Audit, event(domain.ActLinkHandedOver).With("for", "invitation"))
	}
	made, err := s.Repository.Invite(ctx, domain.HashSecret(token), by, invitation, out)
	return made, over, err
}

func (s Service) newInvitation(ctx context.Context, in InviteInput) (domain.Invitation, error) {
	email, err := domain.ParseEmail(in.Email)
	if err != nil {
		return domain.Invitation{}, err
	}
	role, err := domain.ParseRole(in.Role)
	if err != nil {
		return domain.Invitation{}, err
	}
	name := strings.TrimSpace(in.Name)
	if name != "" {
		if name, err = domain.ParseName(name); err != nil {
			return domain.Invitation{}, err
		}
	}
	user, _, err := s.Repository.UserByEmail(ctx, email)
	if err == nil && user.Verified {
		return domain.Invitation{}, ErrInvitee
	}
	if err != nil && !errors.Is(err, ErrUserNotFound) {
		return domain.Invitation{}, err
	}
	return domain.Invitation{Email: email, Name: name, Role: role, CreatedAt: s.now(), ExpiresAt: s.now().Add(invitationValid)}, nil
}

// LookUp says whom an invitation is for.
func (s Service) LookUp(ctx context.Context, token string) (domain.Invitation, error) {
	return s.Repository.Invitation(ctx, domain.HashSecret(token), s.now())
}

// Accept makes the invited person's account; whoever holds the link is that person.
func (s Service) Accept(ctx context.Context, token string, p Profile) (domain.User, error) {
	invitation, err := s.LookUp(ctx, token)
	if err != nil {
		return domain.User{}, err
	}
	p.Email = string(invitation.Email)
	made, err := s.newUser(ctx, p, invitation.Role)
	if err != nil {
		return domain.User{}, err
	}
	user, err := s.Repository.AdmitByInvitation(ctx, domain.HashSecret(token), s.now(), func(f Found) (Admission, error) {
		switch {
		case f.User == nil:
			return s.Join(ctx, f, made, domain.MethodInvitation), nil
		case f.User.Verified || !f.User.Active:
			return Admission{}, ErrUserExists
		}
		// Somebody registered the address meanwhile and did not confirm it.
		a := s.Claim(ctx, f, made.Name, domain.MethodInvitation)
		a.Profile.Locale, a.Password = made.Locale, made.HashedPassword
		return a, nil
	})
	if err != nil {
		return domain.User{}, err
	}
	return s.Enter(ctx, user)
}

// Invitations lists the open ones.
func (s Service) Invitations(ctx context.Context, page domain.PageRequest) (domain.Page[domain.Invitation], error) {
	return s.Repository.Invitations(ctx, s.now(), page)
}

// Withdraw ends an open invitation.
func (s Service) Withdraw(ctx context.Context, by domain.User, id string) error {
	ended, err := s.Repository.Withdraw(ctx, id, s.now(), func(email domain.Email) domain.Outbox {
		return domain.Note(s.act(ctx, domain.ActInvitationEnded, &by).On(domain.SubjectInvitation, id, string(email)))
	})
	if err == nil && !ended {
		return ErrInvitationNotFound
	}
	return err
}
