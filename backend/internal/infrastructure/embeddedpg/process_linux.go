package embeddedpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes start a child as the account, in a session of its own so that a terminal's Ctrl-C reaches Ackify
// only, and have the kernel send it death when the thread that started it ends.
func (a account) processAttributes(death syscall.Signal) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true, Pdeathsig: death}
	if a.switched {
		attributes.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	if a.readSearch {
		attributes.AmbientCaps = []uintptr{unix.CAP_DAC_READ_SEARCH}
	}
	return attributes
}

// prepareThread lets the account's capability count from the moment its children are that account, so that their
// program is found, and in access(2), with which PostgreSQL looks for its programs: both go by real user id otherwise
// (capabilities(7), SECBIT_NO_SETUID_FIXUP). At exec a child loses every capability but that one.
func (a account) prepareThread() error {
	if !a.readSearch {
		return nil
	}
	const noSetuidFixup = 1 << 2 // linux/securebits.h
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noSetuidFixup, 0, 0, 0); err != nil {
		return fmt.Errorf("keep CAP_DAC_READ_SEARCH for PostgreSQL: %w", err)
	}
	return nil
}

// canGrantReadSearch reports whether this process has the capability to pass on, and the one to do so.
func canGrantReadSearch() bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	permitted, err := strconv.ParseUint(statusField(status, "CapPrm"), 16, 64)
	const needed = 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_SETPCAP
	return err == nil && permitted&needed == needed
}

// isPostmaster reports whether pid is a server of this cluster. Every PostgreSQL process works in its cluster's
// directory; where that may not be seen (root in a container), the command line tells.
func isPostmaster(pid int, cluster string) bool {
	in, err := os.Readlink(procPath(pid) + "/cwd")
	if err == nil {
		return in == cluster
	}
	return !errors.Is(err, fs.ErrNotExist) && clusterByCommandLine(pid) == cluster
}

// clusterByCommandLine returns what follows -D. Backends overwrite theirs, the postmaster does not.
func clusterByCommandLine(pid int) string {
	line, _ := os.ReadFile(procPath(pid) + "/cmdline")
	_, rest, _ := strings.Cut(string(line), "\x00-D\x00")
	cluster, _, _ := strings.Cut(rest, "\x00")
	return cluster
}

func procPath(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// survivors returns the processes that still work in the cluster: backends outlive a killed postmaster for a moment.
// complete is false where a process may be one of them and could not be looked at.
func (a account) survivors(cluster string) (pids []int, complete bool) {
	complete = true
	directories, _ := filepath.Glob("/proc/[0-9]*")
	for _, directory := range directories {
		pid, err := strconv.Atoi(filepath.Base(directory))
		if err != nil || pid == os.Getpid() {
			continue
		}
		in, err := os.Readlink(procPath(pid) + "/cwd")
		if err == nil && in == cluster {
			pids = append(pids, pid)
		}
		if errors.Is(err, fs.ErrPermission) && a.mayWorkIn(cluster, pid) {
			complete = false
		}
	}
	return pids, complete
}

// mayWorkIn reports whether pid, whose directory may not be seen, is a PostgreSQL of this account that is not known to
// belong to another cluster, by its own or its parent's command line.
func (a account) mayWorkIn(cluster string, pid int) bool {
	status, err := os.ReadFile(procPath(pid) + "/status")
	if err != nil || statusField(status, "Name") != "postgres" || statusField(status, "Uid") != strconv.FormatUint(uint64(a.uid), 10) {
		return false
	}
	parent, _ := strconv.Atoi(statusField(status, "PPid"))
	for _, process := range []int{pid, parent} {
		if other := clusterByCommandLine(process); other != "" && other != cluster {
			return false
		}
	}
	return true
}

// statusField returns the first value of a line of /proc/<pid>/status.
func statusField(status []byte, name string) string {
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name+":" {
			return fields[1]
		}
	}
	return ""
}
