package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/application/settings"
)

func TestSettingsAreThoseInForceWithoutSecrets(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cookie")
	if err := os.WriteFile(file, []byte("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{
		"ACKIFY_DB_DSN=postgres://ackify_app:hunter2-a@db:5432/ackify?sslmode=require&password=hunter2-b", "ACKIFY_MIGRATE_DSN=host=db password='hunter2-c d' user=m sslpassword=hunter2-d",
		"ACKIFY_SIGNING_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "ACKIFY_OAUTH_COOKIE_SECRET_FILE=" + file, "ACKIFY_ORGANISATION=Acme",
		"ACKIFY_OIDC_ACME_ISSUER=https://id.example.com", "ACKIFY_OIDC_ACME_CLIENT_ID=ackify", "ACKIFY_OIDC_ACME_CLIENT_SECRET=hunter2-e",
		"ACKIFY_FETCH_PROXY=http://me:hunter2-f@proxy:3128", "ACKIFY_MAIL_HOST=smtp", "ACKIFY_MAIL_FROM=a@example.com", "ACKIFY_MAIL_USERNAME=a", "ACKIFY_MAIL_PASSWORD=hunter2-g",
	}
	c, err := Load(environ, true)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]settings.Setting{}
	for _, one := range Settings(environ, c) {
		all[one.Name] = one
		if strings.Contains(one.Value, "hunter2") || strings.Contains(one.Value, "AAEC") || strings.Contains(one.Value, "ICEi") {
			t.Errorf("a secret is shown: %+v", one)
		}
	}
	for _, name := range Variables() {
		if _, shown := all[name]; !shown && !strings.Contains(name, "<NAME>") {
			t.Errorf("%s is not shown", name)
		}
	}
	for _, want := range []settings.Setting{
		{Name: "ACKIFY_DB_DSN", Group: "database", Value: "postgres://ackify_app@db:5432/ackify?sslmode=require", Secret: true, Set: true, Source: settings.FromEnvironment},
		{Name: "ACKIFY_MIGRATE_DSN", Group: "database", Value: "host=db  user=m", Secret: true, Set: true, Source: settings.FromEnvironment},
		{Name: "ACKIFY_SIGNING_KEY", Group: "keys", Secret: true, Set: true, Source: settings.FromEnvironment},
		{Name: "ACKIFY_OAUTH_COOKIE_SECRET", Group: "keys", Secret: true, Set: true, Source: settings.FromFile},
		{Name: "ACKIFY_ORGANISATION", Group: "server", Value: "Acme", Set: true, Source: settings.FromEnvironment},
		{Name: "ACKIFY_BASE_URL", Group: "server", Value: "http://localhost:8080", Set: true, Source: settings.FromDefault},
		{Name: "ACKIFY_OIDC_ACME_CLIENT_SECRET", Group: "providers", Secret: true, Set: true, Source: settings.FromEnvironment},
		{Name: "ACKIFY_BOUNCE_TOKEN", Group: "mail", Secret: true, Source: settings.FromDefault},
		{Name: "ACKIFY_RATE_LIMIT_AUTH", Group: "access", Value: "5", Set: true, Source: settings.FromDefault},
	} {
		if all[want.Name] != want {
			t.Errorf("%+v, want %+v", all[want.Name], want)
		}
	}
	embedded, err := Load(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range Settings(nil, embedded) {
		if one.Group == "keys" && (one.Source == settings.FromDataDir) != (one.Set) {
			t.Errorf("%+v", one)
		}
	}
}
