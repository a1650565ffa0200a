package embeddedpg

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
)

// state is what postgres.json remembers.
type state struct {
	Port      int               `json:"port"`
	SocketDir string            `json:"socketDir,omitempty"` // where the cluster's own directory is too long a path
	Passwords map[string]string `json:"passwords"`           // by role, in hex
}

func newPasswords() map[string]string {
	passwords := map[string]string{}
	for _, role := range []string{ownerRole, migrateRole, appRole} {
		b := make([]byte, 24)
		_, _ = rand.Read(b) // never fails
		passwords[role] = hex.EncodeToString(b)
	}
	return passwords
}

// readState returns a zero state when there is no file.
func readState(l layout) (s state, err error) {
	b, err := os.ReadFile(l.stateFile())
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return state{}, fmt.Errorf("%s is damaged (%w): remove it, and new passwords are made", l.stateFile(), err)
	}
	return s, nil
}

func (s state) complete() bool {
	return s.Passwords[ownerRole] != "" && s.Passwords[migrateRole] != "" && s.Passwords[appRole] != ""
}

// write replaces the file as a whole, readable by this process's account only.
func (s state) write(l layout) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(l.stateFile(), append(b, '\n'))
}

// writeFile writes durably: either the old or the new content is there after a crash. Mode 0600.
func writeFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".tmp-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path) //nolint:gosec // in the data directory
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// freePort returns remembered where nobody listens on it, else another port that is free now.
func freePort(ctx context.Context, remembered int) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", "127.0.0.1:"+strconv.Itoa(remembered))
	if err != nil {
		listener, err = config.Listen(ctx, "tcp4", "127.0.0.1:0")
	}
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := netip.MustParseAddrPort(listener.Addr().String()).Port()
	return int(port), listener.Close()
}
