package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/ackify/ackify/backend/internal/application/settings"
)

// groups are what variables are about, by how they begin; the first that fits counts.
var groups = []struct{ prefix, group string }{
	{"ACKIFY_OIDC_", "providers"},
	{"ACKIFY_MAIL_", "mail"}, {"ACKIFY_BOUNCE_", "mail"}, {"ACKIFY_BRAND_", "mail"},
	{"ACKIFY_STORAGE", "files"}, {"ACKIFY_FETCH", "files"},
	{"ACKIFY_DB_", "database"}, {"ACKIFY_MIGRATE_", "database"}, {"ACKIFY_POSTGRES_", "database"},
	{"ACKIFY_SIGNING_KEY", "keys"}, {"ACKIFY_OAUTH_", "keys"},
	{"ACKIFY_CHECKPOINT_", "ledger"}, {"ACKIFY_LEDGER_", "ledger"},
	{"ACKIFY_ADMIN_", "access"}, {"ACKIFY_PASSWORD_", "access"}, {"ACKIFY_MAGIC_", "access"}, {"ACKIFY_REGISTRATION", "access"},
	{"ACKIFY_DOCUMENT_", "access"}, {"ACKIFY_RATE_LIMIT_", "access"}, {"ACKIFY_TRUSTED_PROXIES", "access"},
}

func groupOf(name string) string {
	for _, g := range groups {
		if strings.HasPrefix(name, g.prefix) {
			return g.group
		}
	}
	return "server"
}

// Settings lists the configuration in force, which was loaded from the same environ. No secret is in it; of a DSN, all but the password is.
func Settings(environ []string, c Config) []settings.Setting {
	given := env.ToMap(environ)
	var r reader // what is wrong was said when it was loaded
	values := r.withFiles(given)
	fields, err := env.GetFieldParams(&raw{})
	if err != nil {
		panic(err) // a struct of ours
	}
	var all []settings.Setting
	for _, f := range fields {
		one := c.setting(f.Key, given, values)
		if one.Source == settings.FromDefault && !one.Secret {
			one.Value = c.inForce(f.Key, f.DefaultValue)
			one.Set = one.Value != ""
		}
		all = append(all, one)
	}
	var provided []string
	for name := range values {
		if _, suffix, known := splitProviderVariable(name); known && !strings.HasSuffix(suffix, "_FILE") && values[name] != "" {
			provided = append(provided, name)
		}
	}
	slices.Sort(provided)
	for _, name := range provided {
		all = append(all, c.setting(name, given, values))
	}
	slices.SortStableFunc(all, func(a, b settings.Setting) int {
		return slices.Index(settings.Groups, a.Group) - slices.Index(settings.Groups, b.Group)
	})
	return all
}

// setting is one variable as it was given.
func (c Config) setting(name string, given, values map[string]string) settings.Setting {
	secret := slices.Contains(secrets, name) || strings.HasPrefix(name, providerPrefix) && strings.HasSuffix(name, secretSuffix)
	one := settings.Setting{Name: name, Group: groupOf(name), Secret: secret, Set: values[name] != "", Source: settings.FromDefault}
	switch {
	case given[name] != "":
		one.Source = settings.FromEnvironment
	case values[name] != "":
		one.Source = settings.FromFile
	case c.Embedded() && (name == "ACKIFY_SIGNING_KEY" || name == "ACKIFY_OAUTH_COOKIE_SECRET"):
		one.Set, one.Source = true, settings.FromDataDir
	}
	switch {
	case !secret:
		one.Value = withoutPassword(values[name])
	case strings.HasSuffix(name, "_DSN"):
		one.Value = withoutPassword(values[name])
	}
	return one
}

// inForce is a default that depends on other settings, or on where the server was started.
func (c Config) inForce(name, usual string) string {
	switch name {
	case "ACKIFY_BASE_URL":
		return c.BaseURL.String()
	case "ACKIFY_DATA_DIR":
		return c.DataDir
	case "ACKIFY_CHECKPOINT_FILE":
		return c.CheckpointFile
	case "ACKIFY_STORAGE_DIR":
		if c.Storage.Kind == StorageLocal {
			return c.Storage.Dir
		}
	case "ACKIFY_MAIL_FROM_NAME":
		return c.Mail.FromName
	}
	return usual
}

// withoutPassword leaves the password out of an address or DSN.
func withoutPassword(s string) string {
	if u, err := url.Parse(s); err == nil && u.Scheme != "" && u.Host != "" {
		if u.User != nil {
			u.User = url.User(u.User.Username())
		}
		if query := u.Query(); query.Has("password") || query.Has("sslpassword") {
			query.Del("password")
			query.Del("sslpassword")
			u.RawQuery = query.Encode()
		}
		return u.String()
	}
	return strings.TrimSpace(dsnPassword.ReplaceAllString(s, " "))
}
