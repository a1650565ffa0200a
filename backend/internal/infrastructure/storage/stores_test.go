package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// fixture is a new, empty store.
type fixture struct {
	contents.Store
	dir string // where its files are in the end
}

// stored lists all files.
func (f fixture) stored(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(f.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(path, f.dir+"/"))
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func newLocal(t *testing.T) fixture {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "files")
	l, err := NewLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return fixture{l, dir}
}

var stores = map[string]func(*testing.T) fixture{
	"local": newLocal,
	"S3":    func(t *testing.T) fixture { return newBucket(t, nil) },
}

// onEach runs a test with each store.
func onEach(t *testing.T, test func(*testing.T, fixture)) {
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

// content is the same for the same size.
func content(size int) ([]byte, proof.Hash) {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size)}).Read(b)
	return b, sha256.Sum256(b)
}

func put(t *testing.T, s contents.Store, b []byte) {
	t.Helper()
	if err := s.Put(t.Context(), sha256.Sum256(b), bytes.NewReader(b), int64(len(b))); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, s contents.Store, hash proof.Hash) contents.Blob {
	t.Helper()
	blob, err := s.Open(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blob.Close() })
	return blob
}

func TestWhatIsPutIsThere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s fixture) {
		for _, size := range []int{0, 1, 1000, bufferSize, bufferSize + 1, 3 << 20} {
			b, hash := content(size)
			put(t, s, b)
			blob := open(t, s, hash)
			got, err := io.ReadAll(blob)
			if err != nil || !bytes.Equal(got, b) || blob.Size() != int64(size) {
				t.Errorf("%d bytes: %d, size %d, %v", size, len(got), blob.Size(), err)
			}
			version := blob.Version()
			put(t, s, b)
			if again := open(t, s, hash).Version(); version == "" || again != version {
				t.Errorf("put twice, %s became %s", version, again)
			}
		}
		if got := s.stored(t); len(got) != 6 {
			t.Errorf("stored: %v", got)
		}
	})
}

// What is there with another size was not written by us, and is replaced.
func TestWrongSizeIsReplaced(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s fixture) {
		b, hash := content(1000)
		put(t, s, b)
		before := open(t, s, hash).Version()
		if err := os.WriteFile(filepath.Join(s.dir, name(hash)), b[:999], 0o600); err != nil {
			t.Fatal(err)
		}
		put(t, s, b)
		blob := open(t, s, hash)
		if got, err := io.ReadAll(blob); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if _, local := s.Store.(*Local); local && blob.Version() == before {
			t.Error("the version stayed") // an ETag may: it is of the bytes
		}
	})
}

// failing breaks in the middle.
type failing struct {
	io.ReaderAt
	at  int64
	err error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.at {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(p, off)
}

func TestWhatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk broke")
	onEach(t, func(t *testing.T, s fixture) {
		for _, size := range []int{0, 1000, 2 << 20} {
			b, hash := content(size)
			more := append(bytes.Clone(b), 1)
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			for name, c := range map[string]struct {
				ctx  context.Context
				hash proof.Hash
				r    io.ReaderAt
				size int
				want error
			}{
				"bytes of another":        {t.Context(), proof.Hash{1}, bytes.NewReader(b), size, errWrongBytes},
				"fewer bytes than said":   {t.Context(), sha256.Sum256(more), bytes.NewReader(b), size + 1, errShort},
				"more bytes than said":    {t.Context(), sha256.Sum256(more), bytes.NewReader(more), size, errWrongBytes},
				"a reader that fails":     {t.Context(), sha256.Sum256(more), failing{bytes.NewReader(more), int64(size / 2), broken}, size + 1, broken},
				"a caller who is gone":    {gone, hash, bytes.NewReader(b), size, context.Canceled},
				"a caller who gives up":   {ctx: nil, hash: sha256.Sum256(more), size: size + 1, want: context.Canceled},
				"another byte in the end": {t.Context(), hash, bytes.NewReader(append(bytes.Clone(b[:max(size-1, 0)]), 'x')), max(size, 1), errWrongBytes},
			} {
				if c.ctx == nil {
					during, cancel := context.WithCancel(t.Context())
					c.ctx, c.r = during, readerAt(func(p []byte, off int64) (int, error) {
						cancel()
						return bytes.NewReader(more).ReadAt(p, off)
					})
				}
				err := s.Put(c.ctx, c.hash, c.r, int64(c.size))
				if !errors.Is(err, domain.ErrStorage) || !errors.Is(err, c.want) {
					t.Errorf("%d bytes, %s: %v", size, name, err)
				}
			}
		}
		if got := s.stored(t); len(got) != 0 {
			t.Errorf("stored: %v", got)
		}
	})
}

type readerAt func(p []byte, off int64) (int, error)

func (r readerAt) ReadAt(p []byte, off int64) (int, error) { return r(p, off) }

func TestReadingHereAndThere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s fixture) {
		const size = 2 << 20
		b, hash := content(size)
		put(t, s, b)
		blob, want := open(t, s, hash), bytes.NewReader(b)
		random := rand.New(rand.NewPCG(1, 2))
		for range 60 {
			offset, whence, length := random.Int64N(size+10), io.SeekStart, random.IntN(200<<10)
			switch random.IntN(3) {
			case 0:
				offset, whence = -random.Int64N(size), io.SeekEnd
			case 1:
				offset, whence = random.Int64N(1000), io.SeekCurrent
			}
			at, err := blob.Seek(offset, whence)
			wantAt, wantErr := want.Seek(offset, whence)
			if at != wantAt || (err == nil) != (wantErr == nil) {
				t.Fatalf("seek %d from %d: %d, %v", offset, whence, at, err)
			}
			got, err := io.ReadAll(io.LimitReader(blob, int64(length)))
			expected, _ := io.ReadAll(io.LimitReader(want, int64(length)))
			if err != nil || !bytes.Equal(got, expected) {
				t.Fatalf("%d bytes at %d: %d, %v", length, at, len(got), err)
			}
		}
		if _, err := blob.Seek(-1, io.SeekStart); err == nil {
			t.Error("a position before the beginning")
		}
		for _, asked := range []string{"", "bytes=0-0", "bytes=100-70000", "bytes=-10", "bytes=1000000-", "bytes=0-9,500000-500009"} {
			answers := [2]*httptest.ResponseRecorder{}
			for i, r := range []io.ReadSeeker{open(t, s, hash), bytes.NewReader(b)} {
				answers[i] = httptest.NewRecorder()
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
				request.Header.Set("Range", asked)
				answers[i].Header().Set("Content-Type", "application/pdf")
				http.ServeContent(answers[i], request, "", time.Time{}, r)
			}
			got, want := answers[0], answers[1]
			if same := bytes.Equal(got.Body.Bytes(), want.Body.Bytes()); got.Code != want.Code || !same && !strings.Contains(asked, ",") || got.Body.Len() != want.Body.Len() {
				t.Errorf("%s: %d, %d bytes", asked, got.Code, got.Body.Len())
			}
		}
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s fixture) {
		b, hash := content(1000)
		put(t, s, b)
		for range 2 {
			if err := s.Delete(t.Context(), hash); err != nil {
				t.Error(err)
			}
			if _, err := s.Open(t.Context(), hash); !errors.Is(err, domain.ErrContentMissing) {
				t.Errorf("deleted: %v", err)
			}
		}
		put(t, s, b)
		if got, err := io.ReadAll(open(t, s, hash)); err != nil || !bytes.Equal(got, b) {
			t.Errorf("put again: %d bytes, %v", len(got), err)
		}
	})
}

func TestSameFileFromManySides(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s fixture) {
		b, hash := content(1 << 20)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := s.Put(t.Context(), hash, bytes.NewReader(b), int64(len(b))); err != nil {
					t.Error(err)
				}
				blob, err := s.Open(t.Context(), hash)
				if err != nil {
					t.Error(err)
					return
				}
				defer blob.Close()
				if got, err := io.ReadAll(blob); err != nil || !bytes.Equal(got, b) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			})
		}
		all.Wait()
		if got := fmt.Sprint(s.stored(t)); got != "["+name(hash)+"]" {
			t.Errorf("stored: %s", got)
		}
	})
}

func TestCheckLeavesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s fixture) {
		if err := s.Check(t.Context()); err != nil || len(s.stored(t)) != 0 {
			t.Errorf("%v, %v", err, s.stored(t))
		}
	})
}
