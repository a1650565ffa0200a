package config

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/ackify/ackify/backend/internal/domain"
)

// rawAccess is what the environment says about who gets in, and who may create documents.
type rawAccess struct {
	CookiePrevious   string   `env:"ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS"`
	PasswordLogin    bool     `env:"ACKIFY_PASSWORD_LOGIN" envDefault:"true"`
	MagicLink        bool     `env:"ACKIFY_MAGIC_LINK" envDefault:"true"`
	Registration     []string `env:"ACKIFY_REGISTRATION"`
	DocumentCreators string   `env:"ACKIFY_DOCUMENT_CREATORS" envDefault:"authors"`
}

func (r *reader) access(in rawAccess, c *Config) {
	c.Passwords, c.MagicLinks, c.CookiePrevious = in.PasswordLogin, in.MagicLink, in.CookiePrevious
	if in.CookiePrevious != "" {
		if secret, err := base64.StdEncoding.Strict().DecodeString(in.CookiePrevious); err != nil || len(secret) != 32 {
			r.wrong("ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS", "is not the standard base64 of 32 bytes", "the value that ACKIFY_OAUTH_COOKIE_SECRET had before")
		}
	}
	for _, name := range in.Registration {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, err := domain.ParseEmail("somebody@" + name); name != "*" && err != nil {
			r.wrong("ACKIFY_REGISTRATION", fmt.Sprintf("%q is neither a domain nor *", name), "example.com,example.org")
			continue
		}
		c.Registration = append(c.Registration, name)
	}
	c.Creators = domain.Creators(in.DocumentCreators)
	if !slices.Contains([]domain.Creators{domain.CreatorsAuthors, domain.CreatorsAdmins, domain.CreatorsEveryone}, c.Creators) {
		r.wrong("ACKIFY_DOCUMENT_CREATORS", fmt.Sprintf("%q is none of admins, authors and everyone", in.DocumentCreators), "authors")
	}
}
