package embeddedpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ensureCluster makes the cluster where there is none. It is made beside its final place and renamed when complete, so
// an interrupted attempt is begun again. A directory that Ackify did not make is refused, never removed. Lost passwords
// are replaced.
func (s *Server) ensureCluster(ctx context.Context) error {
	if err := s.clearUnfinished(ctx); err != nil {
		return err
	}
	_, err := os.Stat(s.layout.marker())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.makeCluster(ctx)
	case err != nil:
		return err
	}
	if err := s.adopt(); err != nil || s.state.complete() {
		return err
	}
	s.log.Warn("postgres.json is missing or incomplete: making new passwords")
	s.state.Passwords = newPasswords()
	if err := s.singleUser(ctx, s.layout.cluster(), alterPasswords(s.state.Passwords)); err != nil {
		return err
	}
	return s.state.write(s.layout)
}

// clearUnfinished removes what an interrupted makeCluster left, once nothing writes to it any more.
func (s *Server) clearUnfinished(ctx context.Context) error {
	if _, err := os.Stat(s.layout.unfinished()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := waitForSurvivors(ctx, s.account, s.layout.unfinished()); err != nil {
		return err
	}
	return os.RemoveAll(s.layout.unfinished())
}

// adopt gives the cluster to the account where root owns it, as after a restore by root.
func (s *Server) adopt() error {
	info, err := os.Stat(s.layout.cluster())
	if err != nil {
		return err
	}
	if uid, _ := ownerOf(info); uid == s.account.uid {
		return nil
	}
	return s.account.ownTree(s.layout.cluster())
}

func (s *Server) makeCluster(ctx context.Context) error {
	// Remove takes an empty directory, such as a mount prepared for us, and nothing else.
	if err := os.Remove(s.layout.cluster()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds something that Ackify did not make: move it away, or choose another ACKIFY_DATA_DIR", s.layout.cluster())
	}
	dir := s.layout.unfinished()
	s.log.Info("making a PostgreSQL cluster", "directory", s.layout.cluster())
	s.state.Passwords = newPasswords()
	err := s.initdb(ctx, dir)
	if err == nil {
		err = s.singleUser(ctx, dir, setup(s.state.Passwords))
	}
	if err != nil {
		return err
	}
	// The passwords first: a cluster in place always has its passwords beside it.
	if err := s.state.write(s.layout); err != nil {
		return err
	}
	marker := filepath.Join(dir, markerName)
	if err := writeFile(marker, []byte("made by Ackify\n")); err != nil {
		return err
	}
	if err := s.account.own(marker); err != nil {
		return err
	}
	if err := os.Rename(dir, s.layout.cluster()); err != nil {
		return err
	}
	return syncDir(s.layout.dir)
}

func (s *Server) initdb(ctx context.Context, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	// initdb wants an empty directory and, as another account, a password file that it can read.
	passwordFile := dir + ".pw"
	defer func() { _ = os.Remove(passwordFile) }()
	if err := writeFile(passwordFile, []byte(s.state.Passwords[ownerRole]+"\n")); err != nil {
		return err
	}
	if err := errors.Join(s.account.own(dir), s.account.own(passwordFile)); err != nil {
		return err
	}
	version, err := s.run(ctx, "", "postgres", "--version")
	if err != nil {
		return err
	}
	major, err := majorVersion(version)
	if err != nil {
		return err
	}
	_, err = s.run(ctx, "", "initdb", initdbArguments(major, dir, passwordFile, s.config.FsyncOff)...)
	return err
}

// majorVersion reads "postgres (PostgreSQL) 18.4".
func majorVersion(text string) (int, error) {
	_, number, _ := strings.Cut(strings.TrimSpace(text), ") ")
	digits := strings.IndexFunc(number+".", func(r rune) bool { return r < '0' || r > '9' })
	major, err := strconv.Atoi(number[:digits])
	if err != nil {
		return 0, fmt.Errorf("postgres --version says %q", text)
	}
	if major < oldestMajor {
		return 0, fmt.Errorf("PostgreSQL %d is too old: Ackify needs %d or newer", major, oldestMajor)
	}
	return major, nil
}

func initdbArguments(major int, dir, passwordFile string, noSync bool) []string {
	arguments := []string{
		"-D", dir, "-U", ownerRole, "-A", "scram-sha-256", "--pwfile=" + passwordFile, "-E", "UTF8", "--no-instructions",
		"-c", "shared_buffers=128MB", "-c", "max_connections=100", "-c", "synchronous_commit=on",
		"-c", "timezone=UTC", "-c", "log_timezone=UTC", "-c", "log_line_prefix=%m [%p] %q%u@%d ",
		"-c", "log_checkpoints=off", "-c", "log_lock_waits=on", "-c", "log_parameter_max_length_on_error=0",
	}
	if major >= 17 {
		arguments = append(arguments, "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
	} else {
		arguments = append(arguments, "--locale=C.UTF-8")
	}
	if noSync {
		arguments = append(arguments, "--no-sync")
	}
	return arguments
}

// setup is run in template1, so that every database made later keeps strangers out of its schema public, which belongs
// to the database's owner.
func setup(passwords map[string]string) string {
	return strings.Join([]string{
		"REVOKE ALL ON SCHEMA public FROM PUBLIC",
		"CREATE ROLE ackify_owner NOLOGIN",
		"CREATE ROLE ackify_readonly NOLOGIN",
		"CREATE ROLE " + migrateRole + " LOGIN PASSWORD '" + passwords[migrateRole] + "'",
		"CREATE ROLE " + appRole + " LOGIN PASSWORD '" + passwords[appRole] + "'",
		"GRANT ackify_owner TO " + migrateRole,
		"CREATE DATABASE " + Database + " OWNER ackify_owner",
		"REVOKE ALL ON DATABASE " + Database + ", postgres, template1 FROM PUBLIC",
		"GRANT CONNECT ON DATABASE " + Database + " TO " + migrateRole + ", " + appRole + ", ackify_readonly",
	}, "\n") + "\n"
}

func alterPasswords(passwords map[string]string) string {
	var statements strings.Builder
	for role, password := range passwords {
		fmt.Fprintf(&statements, "ALTER ROLE %s PASSWORD '%s'\n", role, password)
	}
	return statements.String()
}

// singleUser runs statements, one a line, without any network: PostgreSQL's single-user mode.
func (s *Server) singleUser(ctx context.Context, cluster, statements string) error {
	arguments := []string{"--single", "-D", cluster, "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic"}
	if s.config.FsyncOff {
		arguments = append(arguments, "-c", "fsync=off")
	}
	_, err := s.run(ctx, statements, "postgres", append(arguments, "template1")...)
	return err
}

// run runs one of the binaries to its end, as the account, and returns what it wrote to standard output.
func (s *Server) run(ctx context.Context, input, name string, arguments ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	//nolint:gosec // our own binaries
	command := exec.CommandContext(ctx, filepath.Join(s.binDir, name), arguments...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &stdout, &stderr
	err := onOwnThread(func() error {
		if err := s.account.prepare(command, syscall.SIGKILL); err != nil {
			return err
		}
		return command.Run()
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, errors.Join(ctx.Err(), err), lastLines(stderr.String()))
	}
	return stdout.String(), nil
}

// lastLines shortens a log for an error message.
func lastLines(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}
