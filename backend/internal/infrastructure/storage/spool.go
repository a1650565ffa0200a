package storage

import (
	"context"
	"crypto/md5" //nolint:gosec // for comparing with checksums that exist already
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Spool takes streams in to temporary files of a directory. It may be used by several goroutines and processes.
type Spool struct {
	dir    string
	create func(dir string) (*os.File, error)
}

var _ contents.Spool = (*Spool)(nil)

// NewSpool makes the directory if it is missing, for this process's user only, and removes what a crash left there.
func NewSpool(dir string) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory for files that come in: %w", err)
	}
	if err := clearLeftovers(dir); err != nil {
		return nil, fmt.Errorf("directory for files that come in: %w", err)
	}
	return &Spool{dir: dir, create: createTemporary}, nil
}

// Take implements contents.Spool. When ctx ends, its error is returned.
func (s *Spool) Take(ctx context.Context, r io.Reader, limit int64) (contents.Spooled, error) {
	f, err := s.create(s.dir)
	if err != nil {
		return nil, failure("make a temporary file", err)
	}
	spooled, err := take(ctx, f, r, limit)
	if err != nil {
		discard(f)
		return nil, err
	}
	return spooled, nil
}

// take copies and hashes in one pass.
func take(ctx context.Context, f *os.File, r io.Reader, limit int64) (*spooled, error) {
	sha2, sha5, md := sha256.New(), sha512.New(), md5.New() //nolint:gosec // see the import
	sums := io.MultiWriter(sha2, sha5, md)
	var size int64
	for buffer, end := make([]byte, bufferSize), false; !end; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := r.Read(buffer)
		if end = errors.Is(err, io.EOF); err != nil && !end {
			return nil, err
		}
		if size += int64(n); size > limit {
			return nil, domain.ErrFileTooLarge
		}
		if _, err := f.Write(buffer[:n]); err != nil {
			return nil, failure("write a temporary file", err)
		}
		_, _ = sums.Write(buffer[:n]) // hashes do not fail
	}
	if size == 0 {
		return nil, domain.ErrFileEmpty
	}
	return &spooled{file: f, size: size, sums: map[string][]byte{
		domain.SHA256: sha2.Sum(nil), domain.SHA512: sha5.Sum(nil), domain.MD5: md.Sum(nil),
	}}, nil
}

type spooled struct {
	file *os.File
	size int64
	sums map[string][]byte
}

func (s *spooled) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.file.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		err = failure("read a temporary file", err)
	}
	return n, err
}

func (s *spooled) Size() int64 { return s.size }

func (s *spooled) Hash() proof.Hash { return proof.Hash(s.sums[domain.SHA256]) }

func (s *spooled) Checksum(algorithm string) (domain.Checksum, error) {
	sum, known := s.sums[algorithm]
	if !known {
		return domain.Checksum{}, fmt.Errorf("there is no checksum %q", algorithm)
	}
	return domain.Checksum{Algorithm: algorithm, Hex: hex.EncodeToString(sum)}, nil
}

func (s *spooled) Close() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
