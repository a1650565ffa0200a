package embeddedpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is the cluster's postmaster.pid (PostgreSQL source, src/include/utils/pidfile.h).
type pidFile struct {
	pid, port int
	socketDir string
	ready     bool
}

// readPidFile returns ok false when there is no file or it is not one: the cluster was shut down, or is starting.
func readPidFile(cluster string) (p pidFile, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(cluster, "postmaster.pid")) //nolint:gosec // in the data directory
	if errors.Is(err, fs.ErrNotExist) {
		return pidFile{}, false, nil
	}
	if err != nil {
		return pidFile{}, false, err
	}
	lines := strings.Split(string(b), "\n")
	if p.pid, _ = strconv.Atoi(lines[0]); p.pid <= 0 {
		return pidFile{}, false, nil
	}
	if len(lines) > 7 {
		p.port, _ = strconv.Atoi(lines[3])
		p.socketDir = lines[4]
		p.ready = strings.TrimSpace(lines[7]) == "ready"
	}
	return p, true, nil
}

// clearOrphans stops whatever an earlier, killed Ackify left running in the cluster, and removes a pid file that no
// process stands behind: its number may by now be another process's, and PostgreSQL would refuse to start.
func (s *Server) clearOrphans(ctx context.Context) error {
	cluster := s.layout.cluster()
	p, ok, err := readPidFile(cluster)
	if err != nil || !ok {
		return err
	}
	if isPostmaster(p.pid, cluster) {
		s.log.Warn("stopping a PostgreSQL left behind by an earlier process", "pid", p.pid)
		if err := stopProcess(ctx, p.pid, func() bool { return isPostmaster(p.pid, cluster) }); err != nil {
			return err
		}
	}
	return waitForSurvivors(ctx, s.account, cluster)
}

// stopProcess asks for a fast shutdown, then an immediate one, then kills.
func stopProcess(ctx context.Context, pid int, alive func() bool) error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 20 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if err := syscall.Kill(pid, step.signal); errors.Is(err, syscall.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("stop PostgreSQL process %d: %w", pid, err)
		}
		if until(ctx, step.wait, func() bool { return !alive() }) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("PostgreSQL process %d cannot be stopped", pid)
}

// waitForSurvivors waits for the backends of a dead postmaster, which end by themselves, and kills those that do not.
func waitForSurvivors(ctx context.Context, a account, cluster string) error {
	gone := func() bool { pids, _ := a.survivors(cluster); return len(pids) == 0 }
	if !until(ctx, 5*time.Second, gone) {
		pids, _ := a.survivors(cluster)
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		if !until(ctx, 5*time.Second, gone) {
			return errors.Join(ctx.Err(), fmt.Errorf("processes %v of an earlier PostgreSQL do not end", pids))
		}
	}
	if _, complete := a.survivors(cluster); !complete {
		return nil // PostgreSQL checks the file and the shared memory behind it
	}
	err := os.Remove(filepath.Join(cluster, "postmaster.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// until looks every few milliseconds whether done, for at most limit.
func until(ctx context.Context, limit time.Duration, done func() bool) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return false
		case <-deadline.C:
			return done()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return true
}
