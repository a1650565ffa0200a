// Package storage keeps files under the SHA-256 of their bytes, in a directory or in a bucket of an S3-compatible server, and takes streams in
// to temporary files before that.
package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	bufferSize  = 256 << 10 // bytes that are copied at once
	leftoverAge = 24 * time.Hour
	// temporary begins the name of every file that is not whole yet.
	temporary = "incoming-"
)

var (
	errWrongBytes = errors.New("the bytes are not those of the hash")
	errShort      = errors.New("there are fewer bytes than said")
)

// name is where a file is, in both stores: ab/cdef…, so that what is in the one can be copied to the other.
func name(hash proof.Hash) string {
	text := hex.EncodeToString(hash[:])
	return text[:2] + "/" + text[2:]
}

// verified reads size bytes, and holds back the last ones when all of them are not those of the hash: who is given the end was given the
// right bytes. It cannot be rewound; each attempt needs one of its own.
type verified struct {
	ctx       context.Context
	r         io.ReaderAt
	off, size int64
	want      proof.Hash
	sum       hash.Hash
}

func verify(ctx context.Context, r io.ReaderAt, size int64, want proof.Hash) *verified {
	return &verified{ctx: ctx, r: r, size: size, want: want, sum: sha256.New()}
}

func (v *verified) Read(p []byte) (int, error) {
	p = p[:min(int64(len(p)), v.size-v.off)]
	n, err := v.r.ReadAt(p, v.off)
	if ended := v.ctx.Err(); ended != nil {
		return 0, ended
	}
	if n < len(p) {
		if errors.Is(err, io.EOF) {
			err = errShort
		}
		return 0, err
	}
	v.sum.Write(p)
	if v.off += int64(n); v.off < v.size {
		return n, nil
	}
	if proof.Hash(v.sum.Sum(nil)) != v.want {
		return 0, errWrongBytes
	}
	return n, io.EOF
}

// failure makes of an error what the caller is promised.
func failure(doing string, err error) error {
	cause := fmt.Errorf("%s: %w", doing, err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return domain.ErrStorageFull.Because(cause)
	}
	return domain.ErrStorage.Because(cause)
}

// createTemporary makes a file that only this process's user can read.
func createTemporary(dir string) (*os.File, error) { return os.CreateTemp(dir, temporary+"*") }

// discard removes a file that did not become whole, on the way to an error that says more.
func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// clearLeftovers removes what a crash left half written, a day ago or earlier: another process may be writing what is newer.
func clearLeftovers(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasPrefix(entry.Name(), temporary) || !info.Mode().IsRegular() || time.Since(info.ModTime()) < leftoverAge {
			continue // what is gone by now was another process's
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
