package sessions

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Start logs a user in, in place of the session that the browser had ("" for none), and returns the new session with its token,
// which is not kept.
func (s Service) Start(ctx context.Context, user domain.User, in Entry, device Device, replaces string) (domain.Session, string, error) {
	token, now := domain.NewSecret(), s.now()
	age := in.MaxAge
	if age == 0 {
		age = Lifetime
	}
	b := Beginning{
		TokenHash: domain.HashSecret(token),
		Session: domain.Session{
			ID: uuid.NewString(), User: user, Grant: domain.GrantCookie, Method: in.Method, Provider: in.Provider, Issuer: in.Issuer, Subject: in.Subject,
			AuthenticatedAt: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(age),
			UserAgent: device.UserAgent, IPAddress: device.IPAddress,
		},
		Outbox: domain.Note(domain.Act(ctx, now, domain.ActLogIn, &user).With("method", in.Method)),
	}
	if replaces != "" {
		old := domain.HashSecret(replaces)
		b.Replaces = &old
	}
	if in.Provider != "" {
		b.Tokens = s.seal(b.Session.ID, in)
		if b.Tokens.Refresh != nil {
			b.Session.RefreshDueAt = now.Add(refreshEvery)
		}
	}
	b.Notice = s.Notice(ctx, user, device)
	session, err := s.Repository.Begin(ctx, b)
	return session, token, err
}

func (s Service) seal(id string, in Entry) *Tokens {
	t := &Tokens{AccessExpiresAt: in.AccessExpiresAt}
	if in.RefreshToken != "" {
		t.Refresh = s.Sealer.Seal([]byte(in.RefreshToken), aboutRefreshToken(id))
	}
	if in.IDToken != "" {
		t.ID = s.Sealer.Seal([]byte(in.IDToken), aboutIDToken(id))
	}
	return t
}

func aboutRefreshToken(session string) []byte { return []byte("refresh token of session " + session) }
func aboutIDToken(session string) []byte      { return []byte("ID token of session " + session) }

// unknown stands in a notice for what a request does not tell.
const unknown = "?"

// Notice tells a person of a log-in from a device not seen before; nobody is told of their first. A notice that cannot be written keeps
// nobody out.
func (s Service) Notice(ctx context.Context, user domain.User, device Device) *domain.QueuedMail {
	if user.LastLoginAt.IsZero() || !user.Verified || !s.Mails.Enabled() {
		return nil
	}
	mail, err := s.Mails.Compose(domain.Message{
		To: user.Email, Locale: user.Locale, Template: domain.MailNewDevice, Priority: domain.PriorityHigh,
		Data: map[string]string{
			"name": user.Name, "device": cmp.Or(Describe(device.UserAgent), unknown), "ip": cmp.Or(device.IPAddress, unknown),
			"time":         s.now().Format(time.RFC3339),
			"account_link": s.AccountURL,
		},
		ReferenceType: domain.SubjectUser, ReferenceID: user.ID, CreatedBy: user.ID,
	})
	if err != nil {
		s.Logger.ErrorContext(ctx, "the notice of a log-in cannot be written", "user", user.ID, "error", err)
		return nil
	}
	return &mail
}

// maxKind is how much of a user agent tells devices apart. Long ones are cut, and where depends on how long their version numbers are.
const maxKind = 160

// Kind is what stays of a user agent when a browser is updated: everything but its version numbers.
func Kind(userAgent string) string {
	kind := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' || r == '_' {
			return -1
		}
		return r
	}, userAgent)
	return strings.ToValidUTF8(kind[:min(len(kind), maxKind)], "")
}

// Describe names browser and system of a user agent in two words where it knows them.
func Describe(userAgent string) string {
	pick := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(userAgent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser := pick([][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"},
		{"Safari", "Safari"},
	})
	system := pick([][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	})
	switch {
	case browser != "" && system != "":
		return browser + ", " + system
	case browser+system != "":
		return browser + system
	}
	name, _, _ := strings.Cut(userAgent, " ")
	return name
}
