package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// fullDisk makes files that cannot take a byte, as on a full disk.
func fullDisk(dir string) (*os.File, error) {
	path := filepath.Join(dir, temporary+"full") // a link, so that it is what is removed
	if err := os.Symlink("/dev/full", path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR, 0)
}

func TestLocalFilesAreForOneUser(t *testing.T) {
	t.Parallel()
	s := newLocal(t)
	b, _ := content(10)
	put(t, s, b)
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s is %s", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLocalVersionTellsOfEveryWrite(t *testing.T) {
	t.Parallel()
	s := newLocal(t)
	b, hash := content(10)
	put(t, s, b)
	path := filepath.Join(s.dir, name(hash))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	before := open(t, s, hash).Version()
	// Other bytes of the same size, at the same time as far as one can tell that.
	for after := before; after == before; after = open(t, s, hash).Version() {
		if err := errors.Join(os.WriteFile(path, bytes.Repeat([]byte("x"), 10), 0o600), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
			t.Fatal(err)
		}
	} // the clock of file systems ticks every few milliseconds
}

func TestLocalFailures(t *testing.T) {
	t.Parallel()
	b, hash := content(10)
	for name, c := range map[string]struct {
		spoil func(t *testing.T, s fixture, l *Local)
		want  error // of putting and checking
		open  error
	}{
		"a full disk":      {func(_ *testing.T, _ fixture, l *Local) { l.create = fullDisk }, domain.ErrStorageFull, domain.ErrContentMissing},
		"a directory gone": {func(t *testing.T, s fixture, _ *Local) { must(t, os.RemoveAll(s.dir)) }, domain.ErrStorage, domain.ErrStorage},
		"an unmounted volume": {func(t *testing.T, s fixture, _ *Local) {
			must(t, os.RemoveAll(s.dir))
			must(t, os.Mkdir(s.dir, 0o700))
		}, domain.ErrStorage, domain.ErrStorage},
		"a file in its place": {func(t *testing.T, s fixture, _ *Local) {
			must(t, os.RemoveAll(s.dir))
			must(t, os.WriteFile(s.dir, nil, 0o600))
		}, domain.ErrStorage, domain.ErrStorage},
		"nothing may be written": {func(_ *testing.T, _ fixture, l *Local) {
			l.create = func(string) (*os.File, error) { return nil, &fs.PathError{Op: "open", Err: syscall.EROFS} }
		}, domain.ErrStorage, domain.ErrContentMissing},
	} {
		s := newLocal(t)
		l := s.Store.(*Local)
		c.spoil(t, s, l)
		if err := s.Put(t.Context(), hash, bytes.NewReader(b), 10); !errors.Is(err, c.want) {
			t.Errorf("%s, put: %v", name, err)
		}
		if err := s.Check(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s, check: %v", name, err)
		}
		if _, err := s.Open(t.Context(), hash); !errors.Is(err, c.open) {
			t.Errorf("%s, open: %v", name, err)
		}
		if err := s.Delete(t.Context(), hash); (err != nil) != errors.Is(c.open, domain.ErrStorage) || err != nil && !errors.Is(err, domain.ErrStorage) {
			t.Errorf("%s, delete: %v", name, err)
		}
		if left := s.stored(t); len(left) > 0 && left[0] != s.dir {
			t.Errorf("%s leaves %v", name, left)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLocalNameThatIsNoFile(t *testing.T) {
	t.Parallel()
	s := newLocal(t)
	b, hash := content(10)
	path := filepath.Join(s.dir, name(hash))
	must(t, os.MkdirAll(path, 0o700))
	if _, err := s.Open(t.Context(), hash); !errors.Is(err, domain.ErrStorage) {
		t.Errorf("open: %v", err)
	}
	if err := s.Put(t.Context(), hash, bytes.NewReader(b), 10); !errors.Is(err, domain.ErrStorage) || len(s.stored(t)) != 0 {
		t.Errorf("put: %v, stored %v", err, s.stored(t))
	}
	must(t, os.Remove(path))
	must(t, os.Symlink("/etc/hostname", path))
	put(t, s, b) // takes the link's place
	if got, err := io.ReadAll(open(t, s, hash)); err != nil || !bytes.Equal(got, b) {
		t.Errorf("%q, %v", got, err)
	}
}

// old is when leftovers are left by a crash and not by a process that still writes.
func old(t *testing.T, path string, age time.Duration) {
	t.Helper()
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, os.Chtimes(path, time.Time{}, time.Now().Add(-age)))
}

func TestLeftoversOfACrash(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(dir string) (in string, err error){
		"local": func(dir string) (string, error) {
			_, err := NewLocal(dir)
			return filepath.Join(dir, incoming), err
		},
		"spool": func(dir string) (string, error) {
			_, err := NewSpool(dir)
			return dir, err
		},
	} {
		dir := filepath.Join(t.TempDir(), "new")
		in, err := start(dir)
		must(t, err)
		old(t, filepath.Join(in, temporary+"old"), leftoverAge+time.Minute)
		old(t, filepath.Join(in, temporary+"new"), leftoverAge-time.Minute)
		old(t, filepath.Join(in, "of somebody else"), leftoverAge+time.Minute)
		_, err = start(dir)
		must(t, err)
		if left := fmt.Sprint(fixture{dir: in}.stored(t)); left != "[incoming-new of somebody else]" {
			t.Errorf("%s leaves %s", name, left)
		}
		blocked := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(blocked, nil, 0o600))
		if _, err := start(blocked); err == nil {
			t.Errorf("%s takes a file for a directory", name)
		}
	}
}
