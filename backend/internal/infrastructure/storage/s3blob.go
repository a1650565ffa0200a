package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"
)

const (
	// firstWindow is how much is asked for after a jump, in bytes; each request that goes on from there asks for windowGrowth times more.
	// So a reader that wants some bytes in the middle costs little, and one that wants all makes few requests.
	firstWindow  = 256 << 10
	windowGrowth = 4
)

// s3Blob reads an object with ranged requests, each of which fails when the object is no longer the one that was opened.
type s3Blob struct {
	ctx    context.Context
	store  *S3
	key    string
	size   int64
	etag   string
	off    int64         // where Read goes on
	body   io.ReadCloser // of the running request; nil: none
	at     int64         // where the body goes on
	end    int64         // of the body
	window int64         // how much the running request was asked for
}

func (b *s3Blob) Size() int64     { return b.size }
func (b *s3Blob) Version() string { return b.etag }

// Read asks again, once, when the connection breaks: a slow reader may have been too slow for the server.
func (b *s3Blob) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for broken := false; b.off < b.size; {
		if err := b.request(); err != nil {
			return 0, s3Failure("read a file in S3", err)
		}
		n, err := b.body.Read(p)
		b.off, b.at = b.off+int64(n), b.at+int64(n)
		if n > 0 {
			return n, nil // an error comes again
		}
		if err == nil || b.at == b.end {
			continue
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if broken || b.ctx.Err() != nil {
			return 0, s3Failure("read a file in S3", err)
		}
		broken = true
		b.drop()
	}
	return 0, io.EOF
}

// request makes sure that a request gives what is at off.
func (b *s3Blob) request() error {
	if b.body != nil && b.at == b.off && b.at < b.end {
		return nil
	}
	if b.body != nil && b.at == b.off {
		b.window *= windowGrowth
	} else {
		b.window = firstWindow
	}
	b.drop()
	end := min(b.off+b.window, b.size)
	var options minio.GetObjectOptions
	if err := errors.Join(options.SetRange(b.off, end-1), options.SetMatchETag(b.etag)); err != nil {
		return err
	}
	body, info, header, err := b.store.core.GetObject(b.ctx, b.store.bucket, b.key, options)
	if err != nil {
		return err
	}
	// Not every server knows both headers.
	if got := header.Get("Content-Range"); info.ETag != b.etag || !strings.HasPrefix(got, fmt.Sprintf("bytes %d-%d/", b.off, end-1)) {
		return errors.Join(fmt.Errorf("the server gave %q of %s", got, info.ETag), body.Close())
	}
	b.body, b.at, b.end = body, b.off, end
	return nil
}

// drop ends the running request. Its connection can be used again when little is left in it.
func (b *s3Blob) drop() {
	if b.body == nil {
		return
	}
	if b.end-b.at <= firstWindow/4 {
		_, _ = io.Copy(io.Discard, b.body)
	}
	_ = b.body.Close()
	b.body = nil
}

// Seek asks for nothing; the next Read does.
func (b *s3Blob) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.off
	case io.SeekEnd:
		offset += b.size
	}
	if offset < 0 {
		return 0, errors.New("a position before the beginning")
	}
	b.off = offset
	return offset, nil
}

func (b *s3Blob) Close() error {
	b.drop()
	return nil
}
