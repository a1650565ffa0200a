// Package config reads Ackify's configuration from the environment, once, at start.
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// raw is the environment as it is written; Config is what it means.
type raw struct {
	BaseURL            string   `env:"ACKIFY_BASE_URL"`
	ListenAddr         string   `env:"ACKIFY_LISTEN_ADDR" envDefault:"127.0.0.1:8080"`
	DataDir            string   `env:"ACKIFY_DATA_DIR" envDefault:"./data"`
	Organisation       string   `env:"ACKIFY_ORGANISATION" envDefault:"Ackify"`
	DSN                string   `env:"ACKIFY_DB_DSN"`
	MigrateDSN         string   `env:"ACKIFY_MIGRATE_DSN"`
	PostgresDir        string   `env:"ACKIFY_POSTGRES_DIR"`
	SigningKey         string   `env:"ACKIFY_SIGNING_KEY"`
	CookieSecret       string   `env:"ACKIFY_OAUTH_COOKIE_SECRET"`
	CheckpointFile     string   `env:"ACKIFY_CHECKPOINT_FILE"`
	LedgerPublic       bool     `env:"ACKIFY_LEDGER_PUBLIC" envDefault:"true"`
	MetricsAddr        string   `env:"ACKIFY_METRICS_ADDR"`
	AdminEmails        []string `env:"ACKIFY_ADMIN_EMAILS"`
	TrustedProxies     []string `env:"ACKIFY_TRUSTED_PROXIES"`
	RateLimitAuth      int      `env:"ACKIFY_RATE_LIMIT_AUTH" envDefault:"5"`
	RateLimitDocuments int      `env:"ACKIFY_RATE_LIMIT_DOCUMENTS" envDefault:"10"`
	RateLimitGeneral   int      `env:"ACKIFY_RATE_LIMIT_GENERAL" envDefault:"100"`
	RateLimitLinks     int      `env:"ACKIFY_RATE_LIMIT_LINKS" envDefault:"300"`
	LogLevel           string   `env:"ACKIFY_LOG_LEVEL" envDefault:"info"`
	LogFormat          string   `env:"ACKIFY_LOG_FORMAT"`
	Mail               rawMail
	Notices            rawNotices
	Access             rawAccess
	Storage            rawStorage
	Database           rawDatabase
	Traces             rawTraces
}

// secrets are the variables that may also be given as a file, NAME_FILE.
var secrets = []string{
	"ACKIFY_DB_DSN", "ACKIFY_MIGRATE_DSN", "ACKIFY_SIGNING_KEY", "ACKIFY_OAUTH_COOKIE_SECRET", "ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS", "ACKIFY_MAIL_PASSWORD",
	"ACKIFY_STORAGE_S3_SECRET_KEY", "ACKIFY_FETCH_PROXY", "ACKIFY_BOUNCE_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
}

// RateLimits are requests a minute, where nothing else is said; 0 switches one off.
type RateLimits struct {
	Auth      int // failed log-ins an account, ten times that an address
	Documents int // documents created, a user
	General   int // requests a session or token, or an address when signed out
	Links     int // mails with a link that a client address asks for, an hour
}

// Config is a complete configuration without contradictions.
type Config struct {
	BaseURL        *url.URL // without a slash at the end
	ListenAddr     string
	DataDir        string // absolute
	Organisation   string
	DSN            string // "" for the embedded database
	MigrateDSN     string
	Pool           Pool
	PostgresDir    string   // where PostgreSQL's programs are; "" to look for them
	SigningKey     string   // "" with the embedded database: kept in the data directory
	CookieSecret   string   // likewise
	CookiePrevious string   // the secret before, while something is still sealed with it; mostly ""
	Passwords      bool     // whether one can log in with a password
	MagicLinks     bool     // whether one can log in with a link by mail, where there is a mail server
	Registration   []string // domains in lower case whose people may make an account for themselves; "*" is every domain
	Creators       domain.Creators
	CheckpointFile string // absolute
	LedgerPublic   bool   // whether anyone may read checkpoint and tiles
	MetricsAddr    string // host:port; "": no metrics
	AdminEmails    []domain.Email
	TrustedProxies []netip.Prefix
	RateLimits     RateLimits
	LogLevel       slog.Level
	LogFormat      string // json, text, or "" to choose by the terminal
	Mail           Mail
	Notices        Notices
	Providers      []ProviderConfig // in the order of their names
	Storage        Storage
	Fetch          Fetch
	DocumentAccess domain.Access // who may read and sign
	Traces         Traces
}

// Embedded tells whether Ackify runs a PostgreSQL of its own.
func (c Config) Embedded() bool { return c.DSN == "" }

// Unknown lists the variables that look like Ackify's and mean nothing to it: a slip of the pen, or of another version.
func Unknown(environ []string) (names []string) {
	known := Variables()
	for _, name := range secrets {
		known = append(known, name+"_FILE")
	}
	for name := range env.ToMap(environ) {
		if _, _, ofProvider := splitProviderVariable(name); strings.HasPrefix(name, "ACKIFY_") && !ofProvider && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Problem is one thing that is wrong with the configuration.
type Problem struct {
	Variable string
	Wrong    string
	Example  string
}

// Problems are everything that is wrong, in one error.
type Problems []Problem

func (p Problems) Error() string {
	lines := []string{"the configuration is not usable:"}
	for _, one := range p {
		lines = append(lines, fmt.Sprintf("  %s: %s (example: %s)", one.Variable, one.Wrong, one.Example))
	}
	return strings.Join(lines, "\n")
}

// reader collects problems.
type reader struct{ problems Problems }

func (r *reader) wrong(variable, what, example string) {
	r.problems = append(r.problems, Problem{variable, what, example})
}

var examples = map[string]string{
	"ACKIFY_DB_DSN":              "postgres://ackify_app:…@db:5432/ackify?sslmode=require",
	"ACKIFY_MIGRATE_DSN":         "postgres://ackify_migrate:…@db:5432/ackify?sslmode=require",
	"ACKIFY_SIGNING_KEY":         "the output of `ackify keygen`",
	"ACKIFY_OAUTH_COOKIE_SECRET": "the output of `openssl rand -base64 32`",
}

// Load reads the environment, given as KEY=value. Every problem is in the one error, which is a Problems. The checks that
// only a server needs (keys beside a DSN) are made when forServer is set.
func Load(environ []string, forServer bool) (Config, error) {
	var r reader
	values := r.withFiles(env.ToMap(environ))
	var in raw
	if err := env.ParseWithOptions(&in, env.Options{Environment: values}); err != nil {
		r.parseErrors(err)
	}
	c := Config{
		Organisation: strings.TrimSpace(in.Organisation), DSN: in.DSN, MigrateDSN: in.MigrateDSN, PostgresDir: in.PostgresDir,
		SigningKey: in.SigningKey, CookieSecret: in.CookieSecret,
	}
	c.ListenAddr = in.ListenAddr
	r.address("ACKIFY_LISTEN_ADDR", in.ListenAddr, "127.0.0.1:8080")
	if in.BaseURL == "" {
		in.BaseURL = localURL(in.ListenAddr)
	}
	c.BaseURL = r.baseURL(in.BaseURL)
	c.DataDir = r.dataDir(in.DataDir)
	c.CheckpointFile = r.checkpointFile(in.CheckpointFile, c.DataDir)
	c.LedgerPublic = in.LedgerPublic
	if c.MetricsAddr = in.MetricsAddr; in.MetricsAddr != "" {
		r.address("ACKIFY_METRICS_ADDR", in.MetricsAddr, "127.0.0.1:9090")
	}
	r.dsn("ACKIFY_DB_DSN", in.DSN)
	r.dsn("ACKIFY_MIGRATE_DSN", in.MigrateDSN)
	c.Pool = r.pool(in.Database)
	r.keys(in, forServer)
	r.weak(values)
	c.AdminEmails = r.emails(in.AdminEmails)
	c.TrustedProxies = r.prefixes(in.TrustedProxies)
	c.RateLimits = r.limits(in)
	r.logging(in, &c)
	c.Mail = r.mail(in.Mail, c.Organisation)
	c.Notices = r.notices(in.Notices)
	r.access(in.Access, &c)
	r.files(in.Storage, &c)
	c.Traces = r.traces(in.Traces)
	c.Providers = r.providers(values)
	if c.Organisation == "" || utf8.RuneCountInString(c.Organisation) > 200 {
		r.wrong("ACKIFY_ORGANISATION", "has to have 1 to 200 characters", "Acme Industries")
	}
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int { return strings.Compare(a.Variable, b.Variable) })
		return Config{}, r.problems
	}
	return c, nil
}

// withFiles puts the content of each NAME_FILE into NAME.
func (r *reader) withFiles(values map[string]string) map[string]string {
	values = maps.Clone(values)
	for _, name := range slices.Concat(secrets, providerSecrets(values)) {
		path := values[name+"_FILE"]
		if path == "" {
			continue
		}
		if values[name] != "" {
			r.wrong(name, "is given twice, by itself and as "+name+"_FILE; keep one", name+"_FILE=/run/secrets/"+strings.ToLower(name))
			continue
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			r.wrong(name+"_FILE", err.Error(), "/run/secrets/"+strings.ToLower(name))
			continue
		}
		values[name] = strings.TrimSpace(string(content))
		if values[name] == "" {
			r.wrong(name+"_FILE", "names an empty file", "/run/secrets/"+strings.ToLower(name))
		}
	}
	return values
}

var boolVariable = map[string]string{
	"LedgerPublic": "ACKIFY_LEDGER_PUBLIC", "PasswordLogin": "ACKIFY_PASSWORD_LOGIN", "MagicLink": "ACKIFY_MAGIC_LINK",
	"S3PathStyle": "ACKIFY_STORAGE_S3_PATH_STYLE", "FetchOn": "ACKIFY_FETCH",
}

var fieldVariable = map[string]string{
	"RateLimitAuth": "ACKIFY_RATE_LIMIT_AUTH", "RateLimitDocuments": "ACKIFY_RATE_LIMIT_DOCUMENTS",
	"RateLimitGeneral": "ACKIFY_RATE_LIMIT_GENERAL", "RateLimitLinks": "ACKIFY_RATE_LIMIT_LINKS", "MailPort": "ACKIFY_MAIL_PORT",
	"StorageMaxSizeMB": "ACKIFY_STORAGE_MAX_SIZE_MB", "FetchTimeoutSeconds": "ACKIFY_FETCH_TIMEOUT_SECONDS", "FetchRecheckHours": "ACKIFY_FETCH_RECHECK_HOURS",
	"DBMaxConns": "ACKIFY_DB_MAX_CONNS",
}

// exampleNumber is for where 100 would not be one.
var exampleNumber = map[string]string{"MailPort": "587", "StorageMaxSizeMB": "50", "FetchTimeoutSeconds": "10", "FetchRecheckHours": "24", "DBMaxConns": "25"}

func (r *reader) parseErrors(err error) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		r.wrong("environment", err.Error(), "see docs/en/configuration.md")
		return
	}
	for _, one := range all.Errors {
		var parse env.ParseError
		if errors.As(one, &parse) {
			if variable := boolVariable[parse.Name]; variable != "" {
				r.wrong(variable, "is neither true nor false", "false")
				continue
			}
			example := exampleNumber[parse.Name]
			if example == "" {
				example = "100"
			}
			r.wrong(fieldVariable[parse.Name], "is not a whole number", example)
			continue
		}
		r.wrong("environment", one.Error(), "see docs/en/configuration.md")
	}
}

func (r *reader) baseURL(s string) *url.URL {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		r.wrong("ACKIFY_BASE_URL", fmt.Sprintf("%q is not an http or https address without query and fragment", s), "https://sign.example.com")
		return nil
	}
	return u
}

// localURL is where a browser on the same machine finds a server that listens there.
func localURL(listenAddr string) string {
	host, port, err := net.SplitHostPort(listenAddr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	if port == "" {
		port = "8080"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (r *reader) address(variable, s, example string) {
	if _, port, err := net.SplitHostPort(s); err != nil || port == "" {
		r.wrong(variable, fmt.Sprintf("%q is not host:port", s), example)
	} else if number, err := strconv.ParseUint(port, 10, 16); err != nil || number > 65535 {
		r.wrong(variable, fmt.Sprintf("%q is not a port", port), example)
	}
}

// checkpointFile is beside the data unless the operator says where: on another volume than the database's, in production.
func (r *reader) checkpointFile(s, dataDir string) string {
	if s == "" {
		return filepath.Join(dataDir, "checkpoints")
	}
	path, err := filepath.Abs(s)
	if err != nil {
		r.wrong("ACKIFY_CHECKPOINT_FILE", "is not a usable path", "/var/lib/ackify-checkpoints/checkpoints")
	}
	return path
}

func (r *reader) dataDir(s string) string {
	path, err := filepath.Abs(s)
	if err != nil || s == "" {
		r.wrong("ACKIFY_DATA_DIR", "is not a usable path", "/var/lib/ackify")
	}
	return path
}

func (r *reader) dsn(name, s string) {
	if s == "" {
		return
	}
	// A DSN is a URL or key=value pairs; the driver reads it in full when it connects. Its text is a secret.
	u, err := url.Parse(s)
	isURL := err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql")
	if !isURL && (strings.Contains(s, "://") || !strings.Contains(s, "=")) {
		r.wrong(name, "is not a PostgreSQL connection string", examples[name])
	}
}

func (r *reader) keys(in raw, forServer bool) {
	if in.SigningKey != "" {
		if _, err := proof.ParseSecret(in.SigningKey); err != nil {
			r.wrong("ACKIFY_SIGNING_KEY", err.Error(), examples["ACKIFY_SIGNING_KEY"])
		}
	} else if forServer && in.DSN != "" {
		r.wrong("ACKIFY_SIGNING_KEY", "is missing; beside ACKIFY_DB_DSN it is never made up", examples["ACKIFY_SIGNING_KEY"])
	}
	if in.CookieSecret != "" {
		if secret, err := base64.StdEncoding.Strict().DecodeString(in.CookieSecret); err != nil || len(secret) != 32 {
			r.wrong("ACKIFY_OAUTH_COOKIE_SECRET", "is not the standard base64 of 32 bytes", examples["ACKIFY_OAUTH_COOKIE_SECRET"])
		}
	} else if forServer && in.DSN != "" {
		r.wrong("ACKIFY_OAUTH_COOKIE_SECRET", "is missing; beside ACKIFY_DB_DSN it is never made up", examples["ACKIFY_OAUTH_COOKIE_SECRET"])
	}
	if in.DSN == "" && in.MigrateDSN != "" && forServer {
		r.wrong("ACKIFY_MIGRATE_DSN", "is set without ACKIFY_DB_DSN; the embedded database has no use for it", examples["ACKIFY_DB_DSN"])
	}
}

func (r *reader) emails(in []string) (out []domain.Email) {
	for _, s := range in {
		email, err := domain.ParseEmail(s)
		if err != nil {
			r.wrong("ACKIFY_ADMIN_EMAILS", fmt.Sprintf("%q is not an email address", s), "ada@example.com,bob@example.com")
			continue
		}
		out = append(out, email)
	}
	return out
}

func (r *reader) prefixes(in []string) (out []netip.Prefix) {
	for _, s := range in {
		s = strings.TrimSpace(s)
		if addr, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			r.wrong("ACKIFY_TRUSTED_PROXIES", fmt.Sprintf("%q is neither an address nor a network", s), "127.0.0.1/32,10.0.0.0/8")
			continue
		}
		out = append(out, prefix)
	}
	return out
}

// maxRateLimit is the highest limit that is one.
const maxRateLimit = 1_000_000

func (r *reader) limits(in raw) RateLimits {
	for name, value := range map[string]int{
		"ACKIFY_RATE_LIMIT_AUTH": in.RateLimitAuth, "ACKIFY_RATE_LIMIT_DOCUMENTS": in.RateLimitDocuments,
		"ACKIFY_RATE_LIMIT_GENERAL": in.RateLimitGeneral, "ACKIFY_RATE_LIMIT_LINKS": in.RateLimitLinks,
	} {
		switch {
		case value < 0:
			r.wrong(name, "is below zero; 0 switches the limit off", "100")
		case value > maxRateLimit:
			r.wrong(name, "is above a million; 0 switches the limit off", "100")
		}
	}
	return RateLimits{Auth: in.RateLimitAuth, Documents: in.RateLimitDocuments, General: in.RateLimitGeneral, Links: in.RateLimitLinks}
}

func (r *reader) logging(in raw, c *Config) {
	if err := c.LogLevel.UnmarshalText([]byte(in.LogLevel)); err != nil {
		r.wrong("ACKIFY_LOG_LEVEL", fmt.Sprintf("%q is not a level", in.LogLevel), "debug, info, warn or error")
	}
	if c.LogFormat = in.LogFormat; !slices.Contains([]string{"", "json", "text"}, in.LogFormat) {
		r.wrong("ACKIFY_LOG_FORMAT", fmt.Sprintf("%q is not a format", in.LogFormat), "json or text")
	}
}

// Variables lists every variable's name, for the documentation's test; a provider's as the pattern ACKIFY_OIDC_<NAME>_….
func Variables() []string {
	fields, err := env.GetFieldParams(&raw{})
	if err != nil {
		panic(err) // a struct of ours
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Key
	}
	return append(names, providerVariables()...)
}
