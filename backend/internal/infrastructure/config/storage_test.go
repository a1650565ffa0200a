package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

func TestFilesByDefault(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"ACKIFY_DATA_DIR=/var/lib/ackify"}, true)
	if err != nil {
		t.Fatal(err)
	}
	storage := Storage{Kind: StorageLocal, Dir: "/var/lib/ackify/files", MaxSize: 50 << 20, S3: S3{Region: "us-east-1", PathStyle: true}}
	fetch := Fetch{On: true, Timeout: 10 * time.Second, Recheck: 24 * time.Hour}
	if c.Storage != storage || !reflect.DeepEqual(c.Fetch, fetch) || c.DocumentAccess != domain.AccessAuthenticated {
		t.Errorf("%+v, %+v, %s", c.Storage, c.Fetch, c.DocumentAccess)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	secret, proxy := filepath.Join(t.TempDir(), "secret"), filepath.Join(t.TempDir(), "proxy")
	if err := errors.Join(os.WriteFile(secret, []byte("hunter2\n"), 0o600), os.WriteFile(proxy, []byte("socks5://a:hunter2@proxy.example.com:1080\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	c, err := Load([]string{
		"ACKIFY_STORAGE=s3", "ACKIFY_STORAGE_DIR=files", "ACKIFY_STORAGE_MAX_SIZE_MB=2048", "ACKIFY_STORAGE_S3_ENDPOINT=http://minio:9000/",
		"ACKIFY_STORAGE_S3_BUCKET=ackify-files", "ACKIFY_STORAGE_S3_REGION=garage", "ACKIFY_STORAGE_S3_ACCESS_KEY=a",
		"ACKIFY_STORAGE_S3_SECRET_KEY_FILE=" + secret, "ACKIFY_STORAGE_S3_PREFIX=/a/b.c/", "ACKIFY_STORAGE_S3_PATH_STYLE=false",
		"ACKIFY_FETCH=false", "ACKIFY_FETCH_ALLOWED_HOSTS=wiki:8080, *.corp.test,10.0.0.0/8", "ACKIFY_FETCH_PROXY_FILE=" + proxy,
		"ACKIFY_FETCH_TIMEOUT_SECONDS=60", "ACKIFY_FETCH_RECHECK_HOURS=0", "ACKIFY_DOCUMENT_ACCESS=expected",
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := c.Storage.S3.Endpoint
	want := Storage{Kind: StorageS3, Dir: c.Storage.Dir, MaxSize: 2 << 30, S3: S3{
		Endpoint: endpoint, Bucket: "ackify-files", Region: "garage", AccessKey: "a", SecretKey: "hunter2", Prefix: "a/b.c",
	}}
	if c.Storage != want || endpoint.String() != "http://minio:9000" || !filepath.IsAbs(c.Storage.Dir) || filepath.Base(c.Storage.Dir) != "files" {
		t.Errorf("%+v, %s", c.Storage, endpoint)
	}
	password, _ := c.Fetch.Proxy.User.Password()
	if f := c.Fetch; f.On || !slices.Equal(f.AllowedHosts, []string{"wiki:8080", "*.corp.test", "10.0.0.0/8"}) || f.Proxy.Host != "proxy.example.com:1080" ||
		password != "hunter2" || f.Timeout != time.Minute || f.Recheck != 0 || c.DocumentAccess != domain.AccessExpected {
		t.Errorf("%+v, %s", f, c.DocumentAccess)
	}
}

func TestFilesThatCannotWork(t *testing.T) {
	t.Parallel()
	good := []string{
		"ACKIFY_STORAGE=s3", "ACKIFY_STORAGE_S3_ENDPOINT=https://s3.example.com", "ACKIFY_STORAGE_S3_BUCKET=files",
		"ACKIFY_STORAGE_S3_ACCESS_KEY=a", "ACKIFY_STORAGE_S3_SECRET_KEY=hunter2",
	}
	for name, c := range map[string]struct {
		environ []string
		wrong   []string
	}{
		"everything at once": {
			[]string{
				"ACKIFY_STORAGE=ftp", "ACKIFY_STORAGE_MAX_SIZE_MB=0", "ACKIFY_STORAGE_S3_ENDPOINT=s3.example.com", "ACKIFY_STORAGE_S3_BUCKET=a/b",
				"ACKIFY_STORAGE_S3_PREFIX=a/../b", "ACKIFY_STORAGE_S3_PATH_STYLE=maybe", "ACKIFY_FETCH=maybe", "ACKIFY_FETCH_ALLOWED_HOSTS=http://wiki,*",
				"ACKIFY_FETCH_PROXY=ftp://a:hunter2@proxy", "ACKIFY_FETCH_TIMEOUT_SECONDS=61", "ACKIFY_FETCH_RECHECK_HOURS=-1", "ACKIFY_DOCUMENT_ACCESS=everyone",
			},
			[]string{
				"ACKIFY_DOCUMENT_ACCESS", "ACKIFY_FETCH", "ACKIFY_FETCH_ALLOWED_HOSTS", "ACKIFY_FETCH_ALLOWED_HOSTS", "ACKIFY_FETCH_PROXY",
				"ACKIFY_FETCH_RECHECK_HOURS", "ACKIFY_FETCH_TIMEOUT_SECONDS", "ACKIFY_STORAGE", "ACKIFY_STORAGE_MAX_SIZE_MB",
				"ACKIFY_STORAGE_S3_BUCKET", "ACKIFY_STORAGE_S3_ENDPOINT", "ACKIFY_STORAGE_S3_PATH_STYLE", "ACKIFY_STORAGE_S3_PREFIX",
			},
		},
		"words for numbers": {
			[]string{"ACKIFY_STORAGE_MAX_SIZE_MB=large", "ACKIFY_FETCH_TIMEOUT_SECONDS=10s", "ACKIFY_FETCH_RECHECK_HOURS=daily"},
			[]string{"ACKIFY_FETCH_RECHECK_HOURS", "ACKIFY_FETCH_TIMEOUT_SECONDS", "ACKIFY_STORAGE_MAX_SIZE_MB"},
		},
		"S3 and nothing else": {[]string{"ACKIFY_STORAGE=s3"}, []string{
			"ACKIFY_STORAGE_S3_ACCESS_KEY", "ACKIFY_STORAGE_S3_BUCKET", "ACKIFY_STORAGE_S3_ENDPOINT", "ACKIFY_STORAGE_S3_SECRET_KEY",
		}},
		"S3":                        {good, nil},
		"an endpoint with a path":   {append(slices.Clone(good), "ACKIFY_STORAGE_S3_ENDPOINT=https://s3.example.com/files"), []string{"ACKIFY_STORAGE_S3_ENDPOINT"}},
		"an endpoint with a secret": {append(slices.Clone(good), "ACKIFY_STORAGE_S3_ENDPOINT=https://a:hunter2@s3.example.com"), []string{"ACKIFY_STORAGE_S3_ENDPOINT"}},
		"a bucket that is not used": {good[1:], []string{"ACKIFY_STORAGE"}},
		"a proxy with a path":       {[]string{"ACKIFY_FETCH_PROXY=http://a:hunter2@proxy/path"}, []string{"ACKIFY_FETCH_PROXY"}},
		"a proxy that is no URL":    {[]string{"ACKIFY_FETCH_PROXY=http://a:hunter2@[proxy"}, []string{"ACKIFY_FETCH_PROXY"}},
		"a file too large to keep":  {[]string{"ACKIFY_STORAGE_MAX_SIZE_MB=2049"}, []string{"ACKIFY_STORAGE_MAX_SIZE_MB"}},
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
