package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	connectTimeout = 5 * time.Second
	// silence is how long the server may neither take nor send a byte in the middle of a request.
	silence = 30 * time.Second
	// attempts of one request. An upload that the server had no time for is begun again once.
	attempts = 2
)

// S3Config says which bucket to use, and how. The credentials need s3:ListBucket (without it, the server does not tell what is missing),
// s3:GetObject, s3:PutObject and s3:DeleteObject.
type S3Config struct {
	Endpoint  *url.URL // http or https, without a path
	Bucket    string   // exists
	Region    string
	AccessKey string
	SecretKey string
	Prefix    string // before every name, without slashes at its ends; may be ""
	PathStyle bool   // the bucket is in the path and not in the host's name, as most servers but Amazon's want it
	// Watch is put around what sends requests; nil: nothing is.
	Watch func(http.RoundTripper) http.RoundTripper
}

// S3 keeps files in a bucket.
type S3 struct {
	core   minio.Core
	bucket string
	prefix string
}

var _ contents.Store = (*S3)(nil)

// NewS3 makes a store; nothing is connected yet. Proxies of the environment (HTTPS_PROXY) are used, as in many networks there is no other
// way out.
func NewS3(cfg S3Config) (*S3, error) {
	return newS3(cfg, &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialPatiently, TLSHandshakeTimeout: connectTimeout,
		MaxIdleConnsPerHost: 16, IdleConnTimeout: silence - time.Second, DisableCompression: true,
	})
}

func newS3(cfg S3Config, transport http.RoundTripper) (*S3, error) {
	if cfg.Endpoint == nil || cfg.Bucket == "" {
		return nil, errors.New("an S3 server and a bucket are needed")
	}
	if cfg.Watch != nil {
		transport = cfg.Watch(transport)
	}
	lookup := minio.BucketLookupDNS
	if cfg.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.New(cfg.Endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""), Secure: cfg.Endpoint.Scheme == "https", Region: cfg.Region,
		BucketLookup: lookup, MaxRetries: attempts, Transport: transport,
	})
	if err != nil {
		return nil, err
	}
	prefix := strings.Trim(cfg.Prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &S3{core: minio.Core{Client: client}, bucket: cfg.Bucket, prefix: prefix}, nil
}

// dialPatiently makes connections that end when nothing moves, and not after a fixed time: a large file may take long.
func dialPatiently(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return patient{conn, silence}, nil
}

type patient struct {
	net.Conn
	silence time.Duration
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.SetDeadline(time.Now().Add(p.silence)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.SetDeadline(time.Now().Add(p.silence)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

func (s *S3) key(hash proof.Hash) string { return s.prefix + name(hash) }

// Put implements contents.Store. The file goes up in one request, in which its hash is part of the signature: a server refuses other bytes,
// and also those that it has when an upload breaks off. That needs no memory for parts, and leaves no parts behind; Amazon takes 5 GiB so.
// What is there already is written again: that it has the right size does not tell that it is whole.
func (s *S3) Put(ctx context.Context, hash proof.Hash, r io.ReaderAt, size int64) error {
	const doing = "store a file in S3"
	for attempt := 1; ; attempt++ {
		err := s.upload(ctx, s.key(hash), hash, r, size)
		if err == nil {
			return nil
		}
		if attempt == attempts || ctx.Err() != nil || !mayPass(err) {
			return s3Failure(doing, err)
		}
	}
}

func (s *S3) upload(ctx context.Context, key string, hash proof.Hash, r io.ReaderAt, size int64) error {
	body := verify(ctx, r, size, hash)
	if size == 0 { // of which a request reads nothing
		if _, err := body.Read(nil); !errors.Is(err, io.EOF) {
			return err
		}
	}
	_, err := s.core.PutObject(ctx, s.bucket, key, body, size, "", hex.EncodeToString(hash[:]), minio.PutObjectOptions{
		ContentType: "application/octet-stream", DisableContentSha256: true, // the server gets the hash of it all, not one for each chunk
	})
	return err
}

// mayPass tells whether trying at once again may help.
func mayPass(err error) bool {
	if errors.Is(err, errWrongBytes) || errors.Is(err, errShort) {
		return false
	}
	status := answer(err).StatusCode
	return status == 0 || status >= http.StatusInternalServerError && !isFull(err)
}

// Open implements contents.Store. The file is read as long as ctx lasts.
func (s *S3) Open(ctx context.Context, hash proof.Hash) (contents.Blob, error) {
	const doing = "open a file in S3"
	info, err := s.core.StatObject(ctx, s.bucket, s.key(hash), minio.StatObjectOptions{})
	if answer(err).Code == minio.NoSuchKey {
		// The answer to HEAD does not tell a missing file from a missing bucket.
		if exists, err := s.core.BucketExists(ctx, s.bucket); err == nil && !exists {
			return nil, s3Failure(doing, errors.New("there is no such bucket"))
		}
		return nil, domain.ErrContentMissing.Because(err)
	}
	if err != nil {
		return nil, s3Failure(doing, err)
	}
	if info.ETag == "" {
		return nil, s3Failure(doing, errors.New("the server gives no ETag"))
	}
	return &s3Blob{ctx: ctx, store: s, key: s.key(hash), size: info.Size, etag: info.ETag}, nil
}

// Delete implements contents.Store.
func (s *S3) Delete(ctx context.Context, hash proof.Hash) error {
	err := s.core.RemoveObject(ctx, s.bucket, s.key(hash), minio.RemoveObjectOptions{})
	if err != nil && answer(err).Code != minio.NoSuchKey {
		return s3Failure("delete a file in S3", err)
	}
	return nil
}

// Check implements contents.Store.
func (s *S3) Check(ctx context.Context) error {
	const doing = "check the bucket of files"
	key, content := s.prefix+"check-"+rand.Text(), []byte("check")
	if err := s.upload(ctx, key, sha256.Sum256(content), bytes.NewReader(content), int64(len(content))); err != nil {
		return s3Failure(doing, err)
	}
	if err := s.core.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}); err != nil {
		return s3Failure(doing, err)
	}
	return nil
}

// answer is what the server said; nothing when the error is not its.
func answer(err error) (said minio.ErrorResponse) {
	errors.As(err, &said)
	return said
}

// full are the codes of Ceph, MinIO and others when there is no room.
var full = []string{"QuotaExceeded", "EntityTooLarge", "InsufficientStorage", "InsufficientCapacity", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}

func isFull(err error) bool {
	said := answer(err)
	return said.StatusCode == http.StatusInsufficientStorage || slices.Contains(full, said.Code)
}

// s3Failure is failure, in the words of S3.
func s3Failure(doing string, err error) error {
	switch failed := failure(doing, err); {
	case answer(err).Code == minio.NoSuchKey:
		return domain.ErrContentMissing.Because(err)
	case isFull(err):
		return domain.ErrStorageFull.Because(errors.Unwrap(failed))
	default:
		return failed
	}
}
