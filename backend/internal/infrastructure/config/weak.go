package config

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// leastVariety is how many different bytes a secret of 32 random ones has at least: fewer than 12 occur once in 10^16 secrets.
const leastVariety = 12

// placeholders are what examples, also ours, have where a secret has to be put in; guesses are what anybody tries first at a database.
// Both in lower case, without - and _.
var (
	placeholders = []string{
		"changeme", "changeit", "changethis", "replaceme", "fillmein", "todo", "…", "yourpassword", "yoursecret", "yoursecrethere",
		"apppassword", "migratepassword", "superuserpassword", "mailpassword", "clientsecret",
	}
	guesses = []string{"password", "passwd", "secret", "postgres", "ackify", "ackifyapp", "ackifymigrate", "admin", "root", "test", "example", "1234", "12345", "123456", "12345678"}
)

// dsnPassword finds a password in a key=value DSN.
var dsnPassword = regexp.MustCompile(`(?i)(?:^|\s)(?:ssl)?password\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))`)

// weak refuses secrets that anybody would guess. It repeats none.
func (r *reader) weak(values map[string]string) {
	for _, name := range []string{"ACKIFY_SIGNING_KEY", "ACKIFY_OAUTH_COOKIE_SECRET", "ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS"} {
		if raw, err := base64.StdEncoding.DecodeString(values[name]); err == nil && len(raw) == 32 && monotonous(raw) {
			r.wrong(name, "is not random (zeros, or the same few bytes again and again): anybody could guess it", exampleOf(name))
		}
	}
	for _, name := range []string{"ACKIFY_DB_DSN", "ACKIFY_MIGRATE_DSN"} {
		if password := passwordOf(values[name]); placeholder(password) || slices.Contains(guesses, plain(password)) {
			r.wrong(name, "has a password from an example or that anybody would guess; give the role another: "+
				"ALTER ROLE … PASSWORD '…'", "a password from `openssl rand -hex 24`")
		}
	}
	for _, name := range slices.Concat(secrets, providerSecrets(values)) {
		if value := values[name]; !strings.HasSuffix(name, "_DSN") && !isKey(name) && placeholder(value) {
			r.wrong(name, "is the text of an example, not a secret", exampleOf(name))
		}
	}
}

// isKey tells which secrets have a form that no placeholder has.
func isKey(name string) bool {
	return name == "ACKIFY_SIGNING_KEY" || strings.HasPrefix(name, "ACKIFY_OAUTH_COOKIE_SECRET")
}

func exampleOf(name string) string {
	if example := examples[name]; example != "" {
		return example
	}
	return "what was given to you for it, or " + name + "_FILE=/run/secrets/" + strings.ToLower(name)
}

// monotonous tells whether bytes cannot be random.
func monotonous(b []byte) bool {
	seen := map[byte]bool{}
	for _, one := range b {
		seen[one] = true
	}
	return len(seen) < leastVariety
}

func placeholder(s string) bool {
	s = plain(s)
	return slices.Contains(placeholders, s) || strings.HasPrefix(s, "changeme") || strings.HasPrefix(s, "replaceme")
}

func plain(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "", "<", "", ">", "").Replace(strings.ToLower(s))
}

// passwordOf finds the password in a DSN; "" when there is none.
func passwordOf(dsn string) string {
	if u, err := url.Parse(dsn); err == nil && u.Scheme != "" {
		if password, given := u.User.Password(); given {
			return password
		}
		return u.Query().Get("password")
	}
	found := dsnPassword.FindStringSubmatch(dsn)
	if found == nil {
		return ""
	}
	return found[1] + found[2]
}
