// Package checkpointfile keeps published checkpoints in a text file that only grows: signed notes (C2SP tlog-checkpoint), five lines
// each, one after the other. A note that a crash left half written is passed over.
package checkpointfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	linesOfNote = 5
	// tail is how much of the file's end is read to find the last note.
	tail = 64 << 10
	mark = "— " // a signature line, the last of a note
	torn = " (half written)\n"
)

// File is one checkpoint file. Several processes may append to the same.
type File struct {
	path string
	mu   sync.Mutex
}

// Open makes the file if it is missing, and its directory, and makes sure that it can be written.
func Open(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("ACKIFY_CHECKPOINT_FILE: %w", err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644) //nolint:gosec // public by nature, and auditors read it
	if err != nil {
		return nil, fmt.Errorf("ACKIFY_CHECKPOINT_FILE: %w", err)
	}
	return &File{path: path}, f.Close()
}

// Existing is the file for reading, nil when there is none.
func Existing(path string) (*File, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return &File{path: path}, nil
}

// Path is where the file is.
func (f *File) Path() string { return f.path }

// WrittenAt is when the file was written last; zero when that is not known.
func (f *File) WrittenAt() time.Time {
	info, err := os.Stat(f.path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime().UTC()
}

// Append adds a note and waits until it is on disk; nothing is added when it is the last one already.
func (f *File) Append(note []byte) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644) //nolint:gosec // see Open
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	end, err := readEnd(out)
	if err != nil {
		return err
	}
	if bytes.Equal(lastNote(end), note) {
		return nil
	}
	if len(end) > 0 && end[len(end)-1] != '\n' {
		note = append([]byte(torn), note...)
	}
	if _, err := out.Write(note); err != nil {
		return err
	}
	return out.Sync()
}

// Last returns the newest note, nil when there is none.
func (f *File) Last() (_ []byte, err error) {
	in, err := os.Open(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	end, err := readEnd(in)
	if err != nil {
		return nil, err
	}
	if note := lastNote(end); note != nil {
		return note, nil
	}
	if len(end) > 0 {
		return nil, fmt.Errorf("%s is not a file of checkpoints", f.path)
	}
	return nil, nil
}

func readEnd(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-tail), tail))
}

// lastNote finds the last complete note of a text; nil when there is none.
func lastNote(text []byte) (note []byte) {
	_ = each(bytes.NewReader(text), func(found []byte) error {
		note = found
		return nil
	})
	return note
}

// Each passes every note to fn, the oldest first, until fn fails.
func (f *File) Each(fn func(note []byte) error) (err error) {
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return each(in, fn)
}

func each(in io.Reader, fn func(note []byte) error) error {
	lines := bufio.NewReader(in)
	var last []string
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil // a line without an end is half written
		}
		if err != nil {
			return err
		}
		if last = append(last, line); len(last) > linesOfNote {
			last = last[1:]
		}
		if strings.HasPrefix(line, mark) && len(last) == linesOfNote {
			if note := strings.Join(last, ""); !strings.HasSuffix(note, torn) {
				if err := fn([]byte(note)); err != nil {
					return err
				}
			}
			last = nil
		}
	}
}

// SameVolume tells whether the file and a directory are on one file system; unknown is false.
func SameVolume(path, dir string) (same, known bool) {
	file, err := os.Stat(path)
	if err != nil {
		return false, false
	}
	other, err := os.Stat(dir)
	if err != nil {
		return false, false
	}
	a, ok := file.Sys().(*syscall.Stat_t)
	b, also := other.Sys().(*syscall.Stat_t)
	return ok && also && a.Dev == b.Dev, ok && also
}
