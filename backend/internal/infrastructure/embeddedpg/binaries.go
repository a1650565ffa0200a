package embeddedpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// FindBinaries returns the directory that holds postgres and initdb. It looks at explicit (that directory, or one with
// them in bin/), then at postgres/ beside the running executable, then at /usr/lib/postgresql/<newest>/bin, 16 or newer.
// An explicit directory without them is an error: nothing else is tried.
func FindBinaries(explicit string) (string, error) {
	executable, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find postgres: %w", err)
	}
	if real, err := filepath.EvalSymlinks(executable); err == nil {
		executable = real
	}
	return findBinaries(explicit, filepath.Join(filepath.Dir(executable), "postgres"), "/usr/lib/postgresql")
}

const oldestMajor = 16

func findBinaries(explicit, bundled, system string) (string, error) {
	if explicit != "" {
		if dir, ok := binDirIn(explicit); ok {
			return dir, nil
		}
		return "", fmt.Errorf("%s holds no postgres and initdb, nor does its bin directory", explicit)
	}
	if dir, ok := binDirIn(bundled); ok {
		return dir, nil
	}
	newest, found := oldestMajor-1, ""
	versions, _ := filepath.Glob(filepath.Join(system, "*"))
	for _, dir := range versions {
		major, err := strconv.Atoi(filepath.Base(dir))
		if bin, ok := binDirIn(dir); ok && err == nil && major > newest {
			newest, found = major, bin
		}
	}
	if found == "" {
		return "", errors.New("no PostgreSQL found: `make build` puts one beside the executable (" + bundled +
			"), or install PostgreSQL 16 or newer, or set ACKIFY_DB_DSN to use a server of your own")
	}
	return found, nil
}

func binDirIn(dir string) (string, bool) {
	for _, candidate := range []string{dir, filepath.Join(dir, "bin")} {
		if isFile(filepath.Join(candidate, "postgres")) && isFile(filepath.Join(candidate, "initdb")) {
			// postgres finds its libraries from where it really is.
			real, err := filepath.EvalSymlinks(candidate)
			if err != nil {
				return "", false
			}
			absolute, err := filepath.Abs(real)
			return absolute, err == nil
		}
	}
	return "", false
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// copyBinaries copies the installation that binDir belongs to into dataDir, readable by everybody, and returns the
// copy's bin directory. An earlier copy of the same files is used again; others are removed.
func copyBinaries(binDir, dataDir string) (string, error) {
	info, err := os.Stat(filepath.Join(binDir, "postgres"))
	if err != nil {
		return "", err
	}
	target := filepath.Join(dataDir, fmt.Sprintf("postgres-bin-%x-%x", info.Size(), info.ModTime().Unix()))
	if isFile(filepath.Join(target, "bin", "postgres")) {
		return filepath.Join(target, "bin"), nil
	}
	old, _ := filepath.Glob(filepath.Join(dataDir, "postgres-bin-*"))
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	unfinished := target + ".part"
	if err := os.CopyFS(unfinished, os.DirFS(filepath.Dir(binDir))); err != nil {
		return "", err
	}
	if err := makeReadable(unfinished); err != nil {
		return "", err
	}
	return filepath.Join(target, "bin"), os.Rename(unfinished, target)
}

// makeReadable gives everybody what the owner may read and execute in dir.
func makeReadable(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&os.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if entry.IsDir() || info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		return root.Chmod(path, mode)
	})
}
