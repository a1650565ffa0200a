package embeddedpg

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// processAttributes start a child as the account, in a session of its own so that a terminal's Ctrl-C reaches Ackify
// only. macOS cannot tie a child's life to its parent's: an orphan is stopped at the next start.
func (a account) processAttributes(syscall.Signal) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if a.switched {
		attributes.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attributes
}

func (account) prepareThread() error { return nil }

func canGrantReadSearch() bool { return false }

// isPostmaster reports whether pid is a server of this cluster, by its command line.
func isPostmaster(pid int, cluster string) bool {
	line, err := exec.Command("/bin/ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(line)+" ", " -D "+cluster+" ")
}

// survivors cannot be told apart from another cluster's here: PostgreSQL itself refuses to start while they live.
func (account) survivors(string) (pids []int, complete bool) { return nil, false }
