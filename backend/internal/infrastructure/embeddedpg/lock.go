package embeddedpg

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// lockDataDir takes the data directory for this process until the file is closed or the process ends. The file stays:
// removing it would let two processes hold two files of the same name.
func lockDataDir(l layout) (*os.File, error) {
	file, err := os.OpenFile(l.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(l.lockFile())
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is locked by process %s", ErrInUse, l.dir, strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("lock %s: %w", l.lockFile(), err)
	}
	if err := errors.Join(file.Truncate(0), writeAtStart(file, fmt.Sprintf("%d\n", os.Getpid()))); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func writeAtStart(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// unlock gives the data directory back. It unlocks before it closes: a child that is just being started holds a copy of
// the file for a moment. A second call does nothing.
func unlock(file *os.File) error {
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_UN); errors.Is(err, syscall.EBADF) {
		return nil
	}
	return file.Close()
}
