package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/fetch"
)

// rawStorage is what the environment says about files, addresses that are looked at, and who may read.
type rawStorage struct {
	StorageKind         string   `env:"ACKIFY_STORAGE" envDefault:"local"`
	StorageDir          string   `env:"ACKIFY_STORAGE_DIR"`
	StorageMaxSizeMB    int      `env:"ACKIFY_STORAGE_MAX_SIZE_MB" envDefault:"50"`
	S3Endpoint          string   `env:"ACKIFY_STORAGE_S3_ENDPOINT"`
	S3Bucket            string   `env:"ACKIFY_STORAGE_S3_BUCKET"`
	S3Region            string   `env:"ACKIFY_STORAGE_S3_REGION" envDefault:"us-east-1"`
	S3AccessKey         string   `env:"ACKIFY_STORAGE_S3_ACCESS_KEY"`
	S3SecretKey         string   `env:"ACKIFY_STORAGE_S3_SECRET_KEY"`
	S3Prefix            string   `env:"ACKIFY_STORAGE_S3_PREFIX"`
	S3PathStyle         bool     `env:"ACKIFY_STORAGE_S3_PATH_STYLE" envDefault:"true"`
	FetchOn             bool     `env:"ACKIFY_FETCH" envDefault:"true"`
	FetchAllowedHosts   []string `env:"ACKIFY_FETCH_ALLOWED_HOSTS"`
	FetchProxy          string   `env:"ACKIFY_FETCH_PROXY"`
	FetchTimeoutSeconds int      `env:"ACKIFY_FETCH_TIMEOUT_SECONDS" envDefault:"10"`
	FetchRecheckHours   int      `env:"ACKIFY_FETCH_RECHECK_HOURS" envDefault:"24"`
	DocumentAccess      string   `env:"ACKIFY_DOCUMENT_ACCESS" envDefault:"authenticated"`
}

// Where files are kept.
const (
	StorageLocal = "local"
	StorageS3    = "s3"
)

// Storage says where files are kept.
type Storage struct {
	Kind    string // StorageLocal or StorageS3
	Dir     string // absolute
	MaxSize int64  // bytes of one file
	S3      S3
}

// S3 says which bucket files are kept in.
type S3 struct {
	Endpoint  *url.URL // http or https, without a path; nil without S3
	Bucket    string
	Region    string
	AccessKey string
	SecretKey string
	Prefix    string // before every name, without slashes at its ends; mostly ""
	PathStyle bool   // the bucket is in the path and not in the host's name
}

// Fetch says how addresses are looked at.
type Fetch struct {
	On           bool
	AllowedHosts []string      // internal ones
	Proxy        *url.URL      // may hold a password; nil: none
	Timeout      time.Duration // for one address
	Recheck      time.Duration // between two looks at an address; 0: never again
}

var (
	bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$`)
	s3Prefix   = regexp.MustCompile(`^([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$`)
)

// files reads the variables of this page into the configuration, whose data directory is known.
func (r *reader) files(in rawStorage, c *Config) {
	c.Storage = r.storage(in, c.DataDir)
	c.Fetch = r.fetch(in)
	c.DocumentAccess = domain.Access(in.DocumentAccess)
	if !slices.Contains([]domain.Access{domain.AccessAuthenticated, domain.AccessExpected}, c.DocumentAccess) {
		r.wrong("ACKIFY_DOCUMENT_ACCESS", fmt.Sprintf("%q is neither authenticated nor expected", in.DocumentAccess), "authenticated")
	}
}

func (r *reader) storage(in rawStorage, dataDir string) Storage {
	s := Storage{Kind: in.StorageKind, Dir: filepath.Join(dataDir, "files"), MaxSize: int64(in.StorageMaxSizeMB) << 20, S3: S3{
		Bucket: in.S3Bucket, Region: in.S3Region, AccessKey: in.S3AccessKey, SecretKey: in.S3SecretKey,
		Prefix: strings.Trim(in.S3Prefix, "/"), PathStyle: in.S3PathStyle,
	}}
	if in.StorageDir != "" {
		var err error
		if s.Dir, err = filepath.Abs(in.StorageDir); err != nil {
			r.wrong("ACKIFY_STORAGE_DIR", "is not a usable path", "/var/lib/ackify/files")
		}
	}
	r.within("ACKIFY_STORAGE_MAX_SIZE_MB", in.StorageMaxSizeMB, 1, 2048, "50")
	switch s.Kind {
	case StorageS3:
		r.neededForS3(in)
	case StorageLocal:
		if in.S3Endpoint != "" || in.S3Bucket != "" {
			r.wrong("ACKIFY_STORAGE", "is local, but a server or a bucket of S3 is given; files would not go there", StorageS3)
		}
	default:
		r.wrong("ACKIFY_STORAGE", fmt.Sprintf("%q is neither local nor s3", s.Kind), StorageLocal)
	}
	if in.S3Endpoint != "" {
		s.S3.Endpoint = r.s3Endpoint(in.S3Endpoint)
	}
	if s.S3.Bucket != "" && !bucketName.MatchString(s.S3.Bucket) {
		r.wrong("ACKIFY_STORAGE_S3_BUCKET", fmt.Sprintf("%q is not a bucket's name", s.S3.Bucket), "ackify-files")
	}
	if !s3Prefix.MatchString(s.S3.Prefix) || len(s.S3.Prefix) > 200 {
		r.wrong("ACKIFY_STORAGE_S3_PREFIX", fmt.Sprintf("%q is not a path of letters, digits and . _ -", s.S3.Prefix), "ackify/production")
	}
	return s
}

// neededForS3 names what a bucket cannot be used without.
func (r *reader) neededForS3(in rawStorage) {
	for _, one := range []struct{ value, variable, example string }{
		{in.S3Endpoint, "ACKIFY_STORAGE_S3_ENDPOINT", "https://s3.eu-west-3.amazonaws.com"},
		{in.S3Bucket, "ACKIFY_STORAGE_S3_BUCKET", "ackify-files"},
		{in.S3Region, "ACKIFY_STORAGE_S3_REGION", "us-east-1"},
		{in.S3AccessKey, "ACKIFY_STORAGE_S3_ACCESS_KEY", "the id of the server's access key"},
		{in.S3SecretKey, "ACKIFY_STORAGE_S3_SECRET_KEY", "the secret that goes with it, or ACKIFY_STORAGE_S3_SECRET_KEY_FILE"},
	} {
		if one.value == "" {
			r.wrong(one.variable, "is missing beside ACKIFY_STORAGE=s3", one.example)
		}
	}
}

func (r *reader) s3Endpoint(s string) *url.URL {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		r.wrong("ACKIFY_STORAGE_S3_ENDPOINT", "is not an http or https address of a server alone; the bucket has a variable of its own", "https://s3.eu-west-3.amazonaws.com")
		return nil
	}
	return u
}

func (r *reader) fetch(in rawStorage) Fetch {
	f := Fetch{
		On: in.FetchOn, Timeout: time.Duration(in.FetchTimeoutSeconds) * time.Second, Recheck: time.Duration(in.FetchRecheckHours) * time.Hour,
	}
	for _, host := range in.FetchAllowedHosts {
		if err := fetch.CheckAllowedHost(host); err != nil {
			r.wrong("ACKIFY_FETCH_ALLOWED_HOSTS", fmt.Sprintf("%q %v", host, err), "wiki.example.com,files.example.com:8443,*.corp.example.com,10.1.0.0/16")
			continue
		}
		f.AllowedHosts = append(f.AllowedHosts, strings.TrimSpace(host))
	}
	if in.FetchProxy != "" {
		u, err := url.Parse(in.FetchProxy) // of which nothing is repeated: it may hold a password
		if err != nil || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			r.wrong("ACKIFY_FETCH_PROXY", "is not an http, https or socks5 address", "http://proxy.example.com:3128")
		} else {
			f.Proxy = u
		}
	}
	r.within("ACKIFY_FETCH_TIMEOUT_SECONDS", in.FetchTimeoutSeconds, 1, 60, "10")
	r.within("ACKIFY_FETCH_RECHECK_HOURS", in.FetchRecheckHours, 0, 8760, "24")
	return f
}

// within checks a number, unless it could not be read at all.
func (r *reader) within(variable string, value, least, most int, example string) {
	unread := slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Variable == variable })
	if !unread && (value < least || value > most) {
		r.wrong(variable, fmt.Sprintf("%d is not between %d and %d", value, least, most), example)
	}
}
