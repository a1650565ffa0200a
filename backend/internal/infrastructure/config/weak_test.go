package config

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

func base64Of(pattern string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(pattern, 32)[:32]))
}

func TestSecretsThatAnybodyWouldGuessAreRefused(t *testing.T) {
	t.Parallel()
	const random = "m1UnjKHoSI3vDFd3JuVK3n4Gvr9ykYpPDz0DOW1vSxE="
	for name, c := range map[string]struct{ variable, value string }{
		"zeros":                         {"ACKIFY_SIGNING_KEY", base64Of("\x00")},
		"one byte again and again":      {"ACKIFY_SIGNING_KEY", base64Of("k")},
		"a word again and again":        {"ACKIFY_OAUTH_COOKIE_SECRET", base64Of("changeme")},
		"the one before, of zeros":      {"ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS", base64Of("\x00")},
		"the documentation's password":  {"ACKIFY_DB_DSN", "postgres://ackify_app:APP-PASSWORD@db/ackify"},
		"a usual password":              {"ACKIFY_DB_DSN", "host=db user=ackify_app password=postgres dbname=ackify"},
		"a password between quotes":     {"ACKIFY_DB_DSN", "host=db password='change-me' dbname=ackify"},
		"a password as a parameter":     {"ACKIFY_DB_DSN", "postgres://ackify_app@db/ackify?password=CHANGE_ME_PLEASE"},
		"the migrations' password":      {"ACKIFY_MIGRATE_DSN", "postgres://ackify_migrate:MIGRATE-PASSWORD@db/ackify"},
		"a mail password to be put in":  {"ACKIFY_MAIL_PASSWORD", "<change me>"},
		"a provider's secret to put in": {"ACKIFY_OIDC_ACME_CLIENT_SECRET", "<your-secret>"},
	} {
		environ := []string{
			"ACKIFY_DB_DSN=postgres://ackify_app:d81c4f0e@db/ackify", "ACKIFY_SIGNING_KEY=" + random, "ACKIFY_OAUTH_COOKIE_SECRET=" + base64Of(random),
			"ACKIFY_MAIL_HOST=smtp.example.com", "ACKIFY_MAIL_FROM=a@example.com", "ACKIFY_MAIL_USERNAME=a", "ACKIFY_MAIL_PASSWORD=8f2b",
			"ACKIFY_OIDC_ACME_ISSUER=https://id.example.com", "ACKIFY_OIDC_ACME_CLIENT_ID=ackify", "ACKIFY_BASE_URL=https://sign.example.com",
		}
		if problems := problemsOf(t, environ); len(problems) > 0 {
			t.Fatalf("good secrets are refused: %v", problems)
		}
		environ = slices.DeleteFunc(environ, func(line string) bool { return strings.HasPrefix(line, c.variable+"=") })
		problems := problemsOf(t, append(environ, c.variable+"="+c.value))
		if len(problems) != 1 || problems[0].Variable != c.variable {
			t.Errorf("%s: %v", name, problems)
		}
		if strings.Contains(problems.Error(), c.value) {
			t.Errorf("%s: the secret is repeated", name)
		}
	}
}

func problemsOf(t *testing.T, environ []string) Problems {
	t.Helper()
	_, err := Load(environ, true)
	if err == nil {
		return nil
	}
	problems, ok := err.(Problems) //nolint:errorlint // it is what Load promises
	if !ok {
		t.Fatal(err)
	}
	return problems
}
