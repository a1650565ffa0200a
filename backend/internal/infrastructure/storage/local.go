package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// incoming is the folder of the store in which files are written before they have their name. It also tells the store from the empty
// directory that is left when a volume is not mounted.
const incoming = "incoming"

// Local keeps files in a directory, which only this process's user can read. Several processes may use the same.
type Local struct {
	dir    string
	create func(dir string) (*os.File, error)
}

var _ contents.Store = (*Local)(nil)

// NewLocal makes the directory if it is missing, and removes what a crash left there.
func NewLocal(dir string) (*Local, error) {
	l := &Local{dir: dir, create: createTemporary}
	if err := os.MkdirAll(l.incoming(), 0o700); err != nil {
		return nil, fmt.Errorf("ACKIFY_STORAGE_DIR: %w", err)
	}
	if err := clearLeftovers(l.incoming()); err != nil {
		return nil, fmt.Errorf("ACKIFY_STORAGE_DIR: %w", err)
	}
	return l, nil
}

func (l *Local) incoming() string { return filepath.Join(l.dir, incoming) }

func (l *Local) path(hash proof.Hash) string {
	return filepath.Join(l.dir, filepath.FromSlash(name(hash)))
}

// Put implements contents.Store: when it returns without an error, the file survives a power cut.
func (l *Local) Put(ctx context.Context, hash proof.Hash, r io.ReaderAt, size int64) error {
	path := l.path(hash)
	if holds(path, hash, size) {
		// Whoever put it there may not have come to this yet.
		return storing(syncDir(filepath.Dir(path)))
	}
	f, err := l.create(l.incoming())
	if err != nil {
		return storing(err)
	}
	if err := fill(f, verify(ctx, r, size, hash), size); err != nil {
		discard(f)
		return storing(err)
	}
	if err := l.install(f.Name(), path); err != nil {
		_ = os.Remove(f.Name())
		return storing(err)
	}
	return nil
}

// holds tells whether a file has these very bytes: one that was damaged is replaced.
func holds(path string, hash proof.Hash, size int64) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != size {
		return false
	}
	f, err := os.Open(path) //nolint:gosec // a path made of a hash
	if err != nil {
		return false
	}
	sum := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{f}, make([]byte, bufferSize))
	return errors.Join(err, f.Close()) == nil && proof.Hash(sum.Sum(nil)) == hash
}

func storing(err error) error {
	if err == nil {
		return nil
	}
	return failure("store a file", err)
}

// fill writes a file and waits until it is on disk.
func fill(f *os.File, r io.Reader, size int64) error {
	// Hidden from io.Copy, the file uses the buffer.
	if n, err := io.CopyBuffer(struct{ io.Writer }{f}, r, make([]byte, bufferSize)); err != nil {
		return err
	} else if n != size {
		return errShort
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// install gives a whole file its name, and waits until that is on disk. A whole file that is there already is replaced by the same bytes.
func (l *Local) install(from, to string) error {
	folder := filepath.Dir(to)
	if err := os.Mkdir(folder, 0o700); err == nil {
		if err := syncDir(l.dir); err != nil {
			return err
		}
	} else if !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(folder)
}

func syncDir(path string) (err error) {
	dir, err := os.Open(path) //nolint:gosec // a folder of the store
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	return dir.Sync()
}

// Open implements contents.Store.
func (l *Local) Open(_ context.Context, hash proof.Hash) (contents.Blob, error) {
	const doing = "open a stored file"
	f, err := os.Open(l.path(hash))
	if errors.Is(err, os.ErrNotExist) {
		if _, gone := os.Stat(l.incoming()); gone != nil {
			return nil, failure(doing, gone)
		}
		return nil, domain.ErrContentMissing.Because(err)
	}
	if err != nil {
		return nil, failure(doing, err)
	}
	var s unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &s); err != nil {
		return nil, failure(doing, errors.Join(err, f.Close()))
	}
	if s.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, failure(doing, errors.Join(fmt.Errorf("%s is not a file", f.Name()), f.Close()))
	}
	// A change of the bytes changes the change time, which nobody can set back, even when the modification time is.
	version := fmt.Sprintf("%d-%d-%d-%d-%d", s.Dev, s.Ino, s.Size, s.Mtim.Nano(), s.Ctim.Nano())
	return &localBlob{file: f, size: s.Size, version: version}, nil
}

// Delete implements contents.Store.
func (l *Local) Delete(_ context.Context, hash proof.Hash) error {
	const doing = "delete a stored file"
	path := l.path(hash)
	if err := os.Remove(path); errors.Is(err, os.ErrNotExist) {
		if _, gone := os.Stat(l.incoming()); gone != nil {
			return failure(doing, gone)
		}
		return nil
	} else if err != nil {
		return failure(doing, err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return failure(doing, err)
	}
	return nil
}

// Check implements contents.Store.
func (l *Local) Check(context.Context) error {
	f, err := l.create(l.incoming())
	if err != nil {
		return failure("check the directory of files", err)
	}
	defer discard(f)
	if _, err := f.WriteString("check"); err != nil {
		return failure("check the directory of files", err)
	}
	if err := f.Sync(); err != nil {
		return failure("check the directory of files", err)
	}
	return nil
}

type localBlob struct {
	file    *os.File
	size    int64
	version string
}

func (b *localBlob) Read(p []byte) (int, error) {
	n, err := b.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = failure("read a stored file", err)
	}
	return n, err
}

func (b *localBlob) Seek(offset int64, whence int) (int64, error) { return b.file.Seek(offset, whence) }
func (b *localBlob) Close() error                                 { return b.file.Close() }
func (b *localBlob) Size() int64                                  { return b.size }
func (b *localBlob) Version() string                              { return b.version }
