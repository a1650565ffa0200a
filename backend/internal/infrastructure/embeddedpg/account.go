package embeddedpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// account is who the server runs as. PostgreSQL refuses to run as root.
type account struct {
	uid, gid   uint32
	switched   bool // another account than this process's
	readSearch bool // needs CAP_DAC_READ_SEARCH to reach its directories
}

// chooseAccount keeps the account of this process, unless that is root: then the existing cluster's owner, else the
// user postgres, else nobody.
func chooseAccount(cluster string) (account, error) {
	if os.Geteuid() != 0 {
		//nolint:gosec // ids are 32 bits
		return account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	if info, err := os.Stat(cluster); err == nil {
		if uid, gid := ownerOf(info); uid != 0 {
			return account{uid: uid, gid: gid, switched: true}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{uid: uint32(uid), gid: uint32(gid), switched: true}, nil
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody: " +
		"run Ackify as another user")
}

func ownerOf(info fs.FileInfo) (uid, gid uint32) {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return owner.Uid, owner.Gid
	}
	return 0, 0
}

// own gives path itself to the account.
func (a account) own(path string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// ownTree gives a directory, and all below it, to the account. It never follows a link out of it.
func (a account) ownTree(dir string) error {
	if !a.switched {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return root.Lchown(path, int(a.uid), int(a.gid))
	})
}

// mayExecute reports whether the account may execute a file, or search a directory, by its mode alone.
func (a account) mayExecute(path string) bool {
	bit := os.FileMode(1)
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	uid, gid := ownerOf(info)
	switch {
	case uid == a.uid:
		bit <<= 6
	case gid == a.gid:
		bit <<= 3
	}
	return info.Mode()&bit != 0
}

// unreachable returns the first directory above path that the account may not search, "" when there is none.
func (a account) unreachable(path string) string {
	blocked := ""
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if !a.mayExecute(dir) {
			blocked = dir
		}
		if dir == filepath.Dir(dir) {
			return blocked
		}
	}
}

// reach sees to it that the account can use the binaries and the data directory, and returns the bin directory to use:
// as they are where modes allow it, else with the capability to search any directory, else with a copy of the binaries.
func (a *account) reach(binDir string, l layout) (string, error) {
	if !a.switched {
		return binDir, nil
	}
	postgres := filepath.Join(binDir, "postgres")
	blockedData, blockedBin := a.unreachable(l.cluster()), a.unreachable(postgres)
	if (blockedData != "" || blockedBin != "") && canGrantReadSearch() {
		a.readSearch = true
		blockedData, blockedBin = "", ""
	}
	if blockedData != "" {
		return "", fmt.Errorf("PostgreSQL runs as user %d, who may not enter %s: allow it with `chmod o+x %s`, "+
			"choose another ACKIFY_DATA_DIR, or run Ackify as another user than root", a.uid, blockedData, blockedData)
	}
	if blockedBin == "" && a.mayExecute(postgres) && a.mayExecute(filepath.Join(binDir, "initdb")) {
		return binDir, nil
	}
	copied, err := copyBinaries(binDir, l.dir)
	if err != nil {
		return "", fmt.Errorf("copy PostgreSQL to where user %d can read it: %w", a.uid, err)
	}
	return copied, nil
}

// environment is all that the server sees: nothing like PGDATA or a secret leaks into it.
func environment() []string { return []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=/"} }

// prepare lets command run as the account; death is sent to it when the thread that starts it ends, where the system
// can do that. It belongs on the thread of onOwnThread, which also starts the command and waits for it.
func (a account) prepare(command *exec.Cmd, death syscall.Signal) error {
	command.Dir, command.Env = "/", environment()
	command.SysProcAttr = a.processAttributes(death)
	return a.prepareThread()
}

// onOwnThread runs f on a thread that does nothing else and ends with it.
func onOwnThread(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		result <- f()
	}()
	return <-result
}
