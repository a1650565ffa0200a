package accounts

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// ManageInput is what an administrator changes of somebody; nil leaves it.
type ManageInput struct {
	Role   *string
	Active *bool
}

// Manage changes a person's role, or deactivates or reactivates them; by is nil for the operator.
func (s Service) Manage(ctx context.Context, by *domain.User, id string, in ManageInput) (domain.User, error) {
	change := Change{Active: in.Active}
	if in.Role != nil {
		role, err := domain.ParseRole(*in.Role)
		if err != nil {
			return domain.User{}, err
		}
		change.Role = &role
	}
	return s.Repository.Manage(ctx, id, change, s.now(), func(before domain.User) (out domain.Outbox) {
		note := func(action string) domain.AuditEvent { return s.act(ctx, action, by).OnUser(before) }
		if change.Role != nil && *change.Role != before.Role {
			out.Audit = append(out.Audit, note(domain.ActRoleChanged).With("from", string(before.Role)).With("to", string(*change.Role)))
		}
		if change.Active != nil && *change.Active != before.Active {
			action := domain.ActReactivated
			if !*change.Active {
				action = domain.ActDeactivated
			}
			out.Audit = append(out.Audit, note(action))
		}
		return out
	})
}

// HandedOver is a link for somebody else: mailed, or shown to an administrator to hand over.
type HandedOver struct {
	URL       string // "" when it was mailed
	ExpiresAt time.Time
}

// SendReset makes a link for a person that sets a new password.
func (s Service) SendReset(ctx context.Context, by domain.User, id string) (HandedOver, error) {
	user, _, err := s.Repository.UserByID(ctx, id)
	if err != nil {
		return HandedOver{}, err
	}
	if !user.Active {
		return HandedOver{}, ErrUserInactive
	}
	valid := handedOverValid
	if s.Mails.Enabled() {
		valid = mailedForValid
	}
	link, mail, url, err := s.resetLink(ctx, asked{email: user.Email, user: &user, locale: user.Locale, redirect: "/"}, valid)
	if err != nil {
		return HandedOver{}, err
	}
	link.Sent, link.IPAddress = true, ""
	over := HandedOver{URL: url, ExpiresAt: link.ExpiresAt}
	action := domain.ActLinkHandedOver
	var out domain.Outbox
	if s.Mails.Enabled() {
		over.URL, action, out = "", domain.ActLinkSent, out.Send(mail)
	}
	out.Audit = append(out.Audit, s.act(ctx, action, &by).OnUser(user).With("for", "password reset"))
	return over, s.Repository.AddLink(ctx, link, s.linkLimits(), nil, out)
}

// Users lists everybody.
func (s Service) Users(ctx context.Context, page domain.PageRequest) (domain.Page[domain.User], error) {
	return s.Repository.Users(ctx, page)
}
