package main

import (
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/freeport"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestEveryProblemOfTheConfigurationInOneMessage(t *testing.T) {
	t.Parallel()
	_, errs, status := execute(t, []string{
		"ACKIFY_DB_DSN=mysql://x", "ACKIFY_BASE_URL=sign.example.com", "ACKIFY_LISTEN_ADDR=nowhere", "ACKIFY_LOG_LEVEL=loud",
		"ACKIFY_RATE_LIMIT_AUTH=many", "ACKIFY_RATE_LIMIT_GENERAL=-1", "ACKIFY_TRUSTED_PROXIES=10.0.0.0/99", "ACKIFY_ADMIN_EMAILS=ada",
		"ACKIFY_OAUTH_COOKIE_SECRET=c2hvcnQ=", "ACKIFY_SIGNING_KEY_FILE=/does/not/exist", "ACKIFY_ORGANISATION= ",
	}, "", "serve")
	if status != 2 {
		t.Errorf("exit status %d", status)
	}
	for _, name := range []string{
		"ACKIFY_DB_DSN", "ACKIFY_BASE_URL", "ACKIFY_LISTEN_ADDR", "ACKIFY_LOG_LEVEL", "ACKIFY_RATE_LIMIT_AUTH", "ACKIFY_TRUSTED_PROXIES",
		"ACKIFY_ADMIN_EMAILS", "ACKIFY_OAUTH_COOKIE_SECRET", "ACKIFY_SIGNING_KEY_FILE", "ACKIFY_RATE_LIMIT_GENERAL", "ACKIFY_ORGANISATION",
	} {
		if !strings.Contains(errs, "\n  "+name+": ") {
			t.Errorf("nothing is said about %s:\n%s", name, errs)
		}
	}
}

func TestStartIsRefused(t *testing.T) {
	t.Parallel()
	db, empty := dbtest.New(t), dbtest.Empty(t)
	old := dbtest.New(t)
	migrator, err := postgres.NewMigrator(t.Context(), old.Migrate)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrator.Down(); err != nil {
		t.Fatal(err)
	}
	if err := migrator.Close(); err != nil {
		t.Fatal(err)
	}
	used := dbtest.New(t)
	s := serveIt(t, withDatabase(t, used)...)
	loggedIn(t, s, "author@example.com", "author").document(t, "doc-1")
	listen := "ACKIFY_LISTEN_ADDR=" + freeport.Address(t)
	key, secret := "ACKIFY_SIGNING_KEY="+testSigningKey, "ACKIFY_OAUTH_COOKIE_SECRET="+testCookieSecret
	for name, c := range map[string]struct {
		env    []string
		status int
		says   []string
	}{
		"a DSN without keys":                       {[]string{listen, "ACKIFY_DB_DSN=" + db.App}, 2, []string{"ACKIFY_SIGNING_KEY: is missing", "ACKIFY_OAUTH_COOKIE_SECRET: is missing"}},
		"a key of another length":                  {[]string{listen, "ACKIFY_DB_DSN=" + db.App, "ACKIFY_SIGNING_KEY=c2hvcnQ=", secret}, 2, []string{"ACKIFY_SIGNING_KEY: "}},
		"a secret given twice":                     {[]string{listen, "ACKIFY_DB_DSN=" + db.App, key, "ACKIFY_SIGNING_KEY_FILE=/x", secret}, 2, []string{"given twice"}},
		"no schema":                                {[]string{listen, "ACKIFY_DB_DSN=" + empty.Owner, key, secret}, 1, []string{"migrate up"}},
		"an older schema":                          {[]string{listen, "ACKIFY_DB_DSN=" + old.Owner, key, secret}, 1, []string{"migrate up"}},
		"an older schema, seen by the application": {[]string{listen, "ACKIFY_DB_DSN=" + old.App, key, secret}, 1, []string{"migrate up"}},
		"the key of another":                       {[]string{listen, "ACKIFY_DB_DSN=" + used.App, "ACKIFY_SIGNING_KEY=" + testCookieSecret, secret}, 1, []string{"not this ledger's current key"}},
		"no such database":                         {[]string{listen, "ACKIFY_DB_DSN=" + strings.Replace(db.App, db.Name, "nowhere", 1), key, secret}, 1, []string{"connect to the database"}},
	} {
		_, errs, status := execute(t, c.env, "", "serve")
		if status != c.status {
			t.Errorf("%s: exit status %d, want %d: %s", name, status, c.status, errs)
		}
		for _, want := range c.says {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: %q is not said:\n%s", name, want, errs)
			}
		}
		if strings.Contains(errs, testSigningKey) {
			t.Errorf("%s: a secret is printed", name)
		}
	}
}
