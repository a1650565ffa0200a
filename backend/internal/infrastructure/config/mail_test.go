package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMailIsOffByDefault(t *testing.T) {
	t.Parallel()
	c, err := Load(nil, true)
	if err != nil || c.Mail.Enabled() {
		t.Errorf("%+v, %v", c.Mail, err)
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load([]string{
		"ACKIFY_ORGANISATION=Acme", "ACKIFY_MAIL_HOST=smtp.example.com", "ACKIFY_MAIL_FROM=Ackify@Example.com",
		"ACKIFY_MAIL_USERNAME=acme", "ACKIFY_MAIL_PASSWORD_FILE=" + file,
	}, true)
	want := Mail{
		Host: "smtp.example.com", Port: 587, Username: "acme", Password: "hunter2", TLS: MailStartTLS, From: "ackify@example.com",
		FromName: "Acme", Timeout: 10 * time.Second,
	}
	if err != nil || c.Mail != want {
		t.Errorf("%+v, %v", c.Mail, err)
	}
}

func TestMailThatCannotWork(t *testing.T) {
	t.Parallel()
	const host, from = "ACKIFY_MAIL_HOST=smtp.example.com", "ACKIFY_MAIL_FROM=a@example.com"
	for name, c := range map[string]struct {
		environ []string
		wrong   []string
	}{
		"everything at once": {
			[]string{
				"ACKIFY_MAIL_HOST=smtp.example.com:25", "ACKIFY_MAIL_PORT=0", "ACKIFY_MAIL_FROM=Ada <a@example.com>", "ACKIFY_MAIL_TLS=ssl",
				"ACKIFY_MAIL_TIMEOUT=10", "ACKIFY_MAIL_USERNAME=a", "ACKIFY_MAIL_FROM_NAME=a\nb",
			},
			[]string{
				"ACKIFY_MAIL_FROM", "ACKIFY_MAIL_FROM_NAME", "ACKIFY_MAIL_HOST", "ACKIFY_MAIL_PASSWORD", "ACKIFY_MAIL_PORT", "ACKIFY_MAIL_TIMEOUT",
				"ACKIFY_MAIL_TLS",
			},
		},
		"no sender":                        {[]string{host}, []string{"ACKIFY_MAIL_FROM"}},
		"a port in words":                  {[]string{host, from, "ACKIFY_MAIL_PORT=smtp"}, []string{"ACKIFY_MAIL_PORT"}},
		"a password for nobody":            {[]string{host, from, "ACKIFY_MAIL_PASSWORD=hunter2"}, []string{"ACKIFY_MAIL_USERNAME"}},
		"a log-in without a server":        {[]string{"ACKIFY_MAIL_USERNAME=a", "ACKIFY_MAIL_PASSWORD=hunter2"}, []string{"ACKIFY_MAIL_HOST"}},
		"a password in the clear":          {[]string{host, from, "ACKIFY_MAIL_USERNAME=a", "ACKIFY_MAIL_PASSWORD=hunter2", "ACKIFY_MAIL_TLS=none"}, []string{"ACKIFY_MAIL_TLS"}},
		"a password in the clear, at home": {[]string{"ACKIFY_MAIL_HOST=127.0.0.1", from, "ACKIFY_MAIL_USERNAME=a", "ACKIFY_MAIL_PASSWORD=hunter2", "ACKIFY_MAIL_TLS=none"}, nil},
		"no password and no protection":    {[]string{host, from, "ACKIFY_MAIL_TLS=none"}, nil},
		"an address of version 6":          {[]string{"ACKIFY_MAIL_HOST=::1", from}, nil},
	} {
		_, err := Load(c.environ, true)
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		var wrong []string
		for _, p := range problems {
			wrong = append(wrong, p.Variable)
		}
		if !slices.Equal(wrong, c.wrong) || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v\n%v", name, wrong, err)
		}
	}
}
