package tokens

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ackify/ackify/backend/internal/domain"
)

// NewAPIToken is what somebody asks for.
type NewAPIToken struct {
	Name      string
	Scopes    []domain.Scope
	ExpiresAt time.Time
}

// Create makes a personal token and returns it with its secret, which is not kept.
func (s Service) Create(ctx context.Context, by domain.User, in NewAPIToken) (APIToken, string, error) {
	in.Name = strings.TrimSpace(in.Name)
	if in.Name == "" || utf8.RuneCountInString(in.Name) > 100 || !domain.IsOneLine(in.Name) {
		return APIToken{}, "", ErrName
	}
	if err := checkScopes(by.Role, in.Scopes); err != nil {
		return APIToken{}, "", err
	}
	expires := in.ExpiresAt.UTC().Truncate(time.Microsecond)
	if !expires.After(s.now()) || expires.After(s.now().Add(longestExpiry)) {
		return APIToken{}, "", ErrExpiry
	}
	secret := APIPrefix + domain.NewSecret()
	names := make([]string, len(in.Scopes))
	for i, scope := range in.Scopes {
		names[i] = string(scope)
	}
	event := domain.Act(ctx, s.now(), domain.ActTokenMade, &by).On(domain.SubjectToken, "", in.Name).
		With("scopes", strings.Join(names, " ")).With("expires", expires.Format(time.RFC3339))
	made, err := s.Repository.AddAPIToken(ctx, by.ID, domain.HashSecret(secret), APIToken{
		Name: in.Name, Hint: secret[len(secret)-4:], Scopes: in.Scopes, CreatedAt: s.now(), ExpiresAt: expires,
	}, maxTokens, domain.Note(event))
	return made, secret, err
}

func checkScopes(role domain.Role, scopes []domain.Scope) error {
	seen := map[domain.Scope]bool{}
	for _, scope := range scopes {
		if !slices.Contains(domain.Scopes, scope) || seen[scope] || scope == "admin" && !role.MayReadEverything() {
			return ErrScopes
		}
		seen[scope] = true
	}
	if len(seen) == 0 {
		return ErrScopes
	}
	return nil
}

// List returns one's personal tokens, the newest first; expired ones until they are revoked.
func (s Service) List(ctx context.Context, by domain.User) ([]APIToken, error) {
	return s.Repository.APITokens(ctx, by.ID)
}

// RevokeMine ends one of one's personal tokens.
func (s Service) RevokeMine(ctx context.Context, by domain.User, id string) error {
	event := domain.Act(ctx, s.now(), domain.ActTokenRevoked, &by).On(domain.SubjectToken, id, "")
	revoked, err := s.Repository.RevokeAPIToken(ctx, by.ID, id, s.now(), domain.Note(event))
	if err == nil && !revoked {
		return ErrNotFound
	}
	return err
}
