package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDefaultsNeedNothing(t *testing.T) {
	t.Parallel()
	c, err := Load(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Embedded() || c.BaseURL.String() != "http://localhost:8080" || c.ListenAddr != "127.0.0.1:8080" || c.Organisation != "Ackify" ||
		!filepath.IsAbs(c.DataDir) || c.RateLimits != (RateLimits{Auth: 5, Documents: 10, General: 100, Links: 300}) || c.LogLevel.String() != "INFO" {
		t.Errorf("defaults %+v", c)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(file, []byte("postgres://x/y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load([]string{"ACKIFY_DB_DSN_FILE=" + file, "ACKIFY_TRUSTED_PROXIES=127.0.0.1,10.0.0.0/8", "ACKIFY_BASE_URL=https://x.example/a/"}, false)
	if err != nil || c.DSN != "postgres://x/y" || len(c.TrustedProxies) != 2 || c.BaseURL.String() != "https://x.example/a" {
		t.Errorf("%+v, %v", c, err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load([]string{"ACKIFY_SIGNING_KEY_FILE=" + empty}, false); err == nil || !strings.Contains(err.Error(), "empty file") {
		t.Errorf("an empty file: %v", err)
	}
}

func TestNoProblemRepeatsASecret(t *testing.T) {
	t.Parallel()
	_, err := Load([]string{"ACKIFY_DB_DSN=hunter2", "ACKIFY_SIGNING_KEY=hunter2", "ACKIFY_OAUTH_COOKIE_SECRET=hunter2"}, true)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	got := Unknown([]string{"ACKIFY_LISTEN_ADR=x", "ACKIFY_DB_DSN_FILE=x", "ACKIFY_DATA_DIR=x", "PATH=/bin"})
	if !slices.Equal(got, []string{"ACKIFY_LISTEN_ADR"}) {
		t.Errorf("%v", got)
	}
}

// Both languages name exactly the variables that the code reads.
func TestDocumentationNamesEveryVariable(t *testing.T) {
	t.Parallel()
	want := Variables()
	slices.Sort(want)
	name := regexp.MustCompile("(?:ACKIFY_(?:OIDC_<NAME>_)?|OTEL_)[A-Z0-9_]+[A-Z0-9]")
	for _, language := range []string{"en", "fr"} {
		page, err := os.ReadFile("../../../../docs/" + language + "/configuration.md")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(page)) {
			if first, _, isRow := strings.Cut(strings.TrimPrefix(line, "|"), "|"); isRow && strings.HasPrefix(line, "|") {
				got = append(got, name.FindAllString(first, -1)...)
			}
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s documents %v\nthe code reads %v", language, got, want)
		}
	}
}
