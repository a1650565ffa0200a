package embeddedpg

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

const largestLog = 16 << 20 // bytes, beyond which a start keeps the log as postgres.log.1

func rotateLog(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && info.Size() < largestLog) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Rename(path, path+".1")
}

// readFrom returns the log from an offset on, for an error message.
func readFrom(path string, offset int64) string {
	file, err := os.Open(path) //nolint:gosec // in the data directory
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	b, _ := io.ReadAll(io.NewSectionReader(file, offset, 64<<10))
	return string(b)
}

// quoteList makes one path an element of a PostgreSQL list setting.
func quoteList(path string) string { return `"` + strings.ReplaceAll(path, `"`, `""`) + `"` }
