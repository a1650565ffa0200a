package storage

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/ackify/ackify/backend/internal/domain"
)

func newSpool(t *testing.T) *Spool {
	t.Helper()
	s, err := NewSpool(filepath.Join(t.TempDir(), "new", "spool"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSpool(t *testing.T) {
	t.Parallel()
	s := newSpool(t)
	taken, err := s.Take(t.Context(), iotest.OneByteReader(strings.NewReader("abc")), 3)
	if err != nil {
		t.Fatal(err)
	}
	for algorithm, want := range map[string]string{ // FIPS 180-4 examples, RFC 1321 test suite
		domain.MD5:    "900150983cd24fb0d6963f7d28e17f72",
		domain.SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		domain.SHA512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	} {
		if got, err := taken.Checksum(algorithm); err != nil || got != (domain.Checksum{Algorithm: algorithm, Hex: want}) {
			t.Errorf("%s: %+v, %v", algorithm, got, err)
		}
	}
	if hash := taken.Hash(); taken.Size() != 3 || hex.EncodeToString(hash[:4]) != "ba7816bf" {
		t.Errorf("%d bytes, %x", taken.Size(), hash)
	}
	if _, err := taken.Checksum("SHA-1"); err == nil {
		t.Error("a checksum that nobody made")
	}
	got := make([]byte, 2)
	if n, err := taken.ReadAt(got, 1); n != 2 || err != nil || string(got) != "bc" {
		t.Errorf("%q, %v", got[:n], err)
	}
	if _, err := taken.ReadAt(got, 2); !errors.Is(err, io.EOF) {
		t.Errorf("over the end: %v", err)
	}
	dir, err := os.Stat(s.dir)
	files := fixture{dir: s.dir}.stored(t)
	if err != nil || dir.Mode().Perm() != 0o700 || len(files) != 1 {
		t.Errorf("%v, %v, %v", dir.Mode(), files, err)
	}
	if info, err := os.Stat(filepath.Join(s.dir, files[0])); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := taken.Close(); err != nil || len(fixture{dir: s.dir}.stored(t)) != 0 {
		t.Errorf("closed: %v", err)
	}
	if _, err := taken.ReadAt(got, 0); !errors.Is(err, domain.ErrStorage) {
		t.Errorf("closed: %v", err)
	}
}

func TestSpoolOfManyBytes(t *testing.T) {
	t.Parallel()
	b, hash := content(3*bufferSize + 5)
	taken, err := newSpool(t).Take(t.Context(), iotest.DataErrReader(bytes.NewReader(b)), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	got, err := io.ReadAll(io.NewSectionReader(taken, 0, taken.Size()))
	if err != nil || !bytes.Equal(got, b) || taken.Hash() != hash {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestSpoolKeepsNothingThatFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the browser left")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	during, giveUp := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		ctx    context.Context
		r      io.Reader
		create func(string) (*os.File, error)
		want   error
	}{
		"nothing":                {t.Context(), strings.NewReader(""), createTemporary, domain.ErrFileEmpty},
		"too much":               {t.Context(), strings.NewReader("12345678901"), createTemporary, domain.ErrFileTooLarge},
		"too much, drop by drop": {t.Context(), iotest.OneByteReader(strings.NewReader("12345678901")), createTemporary, domain.ErrFileTooLarge},
		"a reader that fails":    {t.Context(), io.MultiReader(strings.NewReader("123"), iotest.ErrReader(broken)), createTemporary, broken},
		"one that is too large":  {t.Context(), iotest.ErrReader(domain.ErrURLTooLarge), createTemporary, domain.ErrURLTooLarge},
		"a caller who is gone":   {ended, strings.NewReader("123"), createTemporary, context.Canceled},
		"a caller who gives up":  {during, readerFunc(func(p []byte) (int, error) { giveUp(); return copy(p, "1"), nil }), createTemporary, context.Canceled},
		"a full disk":            {t.Context(), strings.NewReader("123"), fullDisk, domain.ErrStorageFull},
		"no directory":           {t.Context(), strings.NewReader("123"), func(string) (*os.File, error) { return nil, os.ErrNotExist }, domain.ErrStorage},
		"a used up quota":        {t.Context(), strings.NewReader("123"), func(string) (*os.File, error) { return nil, syscall.EDQUOT }, domain.ErrStorageFull},
	} {
		s := newSpool(t)
		s.create = c.create
		taken, err := s.Take(c.ctx, c.r, 10)
		if !errors.Is(err, c.want) || taken != nil || len(fixture{dir: s.dir}.stored(t)) != 0 {
			t.Errorf("%s: %v, left %v", name, err, fixture{dir: s.dir}.stored(t))
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
