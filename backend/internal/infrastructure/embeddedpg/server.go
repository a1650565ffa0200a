package embeddedpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Server is a running PostgreSQL. While it runs, it is started again whenever it ends by itself.
type Server struct {
	config    Config
	log       *slog.Logger
	layout    layout
	account   account
	binDir    string
	state     state
	socketDir string
	lock      *os.File
	dsns      DSNs

	stopping chan struct{} // closed by Stop
	stopOnce sync.Once
	done     chan struct{} // closed when the process has ended for good
	failed   error         // why it did before it ever answered; read after done

	mu      sync.Mutex
	process *os.Process // nil between two lives
}

// Start makes the cluster if there is none, starts the server and returns when it answers. The data directory belongs
// to this process until Stop; a second Start on it fails with ErrInUse. A server that a killed process left running
// there is stopped first.
func Start(ctx context.Context, config Config) (*Server, error) {
	s, err := prepare(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("embedded PostgreSQL: %w", err)
	}
	for attempt := 1; ; attempt++ {
		if err = s.launch(ctx); err == nil {
			return s, nil
		}
		// Between finding a free port and using it, somebody else may have taken it.
		if port, _ := freePort(ctx, s.state.Port); port == s.state.Port || attempt == 3 || ctx.Err() != nil {
			return nil, errors.Join(fmt.Errorf("embedded PostgreSQL: %w", err), unlock(s.lock))
		}
	}
}

// prepare takes the data directory and brings everything to where the server can be launched.
func prepare(ctx context.Context, config Config) (_ *Server, err error) {
	if config.DataDir == "" {
		return nil, errors.New("no data directory is given")
	}
	if err := os.MkdirAll(config.DataDir, dataDirMode()); err != nil {
		return nil, err
	}
	s := &Server{config: config, log: config.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.layout, err = newLayout(config.DataDir); err != nil {
		return nil, err
	}
	if s.lock, err = lockDataDir(s.layout); err != nil {
		return nil, err
	}
	if err = s.ready(ctx); err != nil {
		return nil, errors.Join(err, unlock(s.lock))
	}
	return s, nil
}

// dataDirMode lets others pass through where the server runs as another account than this process.
func dataDirMode() os.FileMode {
	if os.Geteuid() == 0 {
		return 0o711
	}
	return 0o700
}

func (s *Server) ready(ctx context.Context) (err error) {
	if s.account, err = chooseAccount(s.layout.cluster()); err != nil {
		return err
	}
	if s.binDir, err = FindBinaries(s.config.BinDir); err != nil {
		return err
	}
	if s.binDir, err = s.account.reach(s.binDir, s.layout); err != nil {
		return err
	}
	if s.state, err = readState(s.layout); err != nil {
		return err
	}
	if err = s.clearOrphans(ctx); err != nil {
		return err
	}
	return s.ensureCluster(ctx)
}

// launch starts the server and its supervision, and waits until it answers.
func (s *Server) launch(ctx context.Context) error {
	if err := s.choosePlace(ctx); err != nil {
		return err
	}
	s.dsns = makeDSNs(s.state, s.socketDir, s.state.Port)
	s.stopping, s.done = make(chan struct{}), make(chan struct{})
	s.stopOnce, s.failed = sync.Once{}, nil
	if err := rotateLog(s.layout.logFile()); err != nil {
		return err
	}
	answered := make(chan struct{})
	go s.supervise(answered) //nolint:gosec // it outlives Start and its context
	if err := s.waitUntilItAnswers(ctx); err != nil {
		expired, cancel := context.WithCancel(context.Background())
		cancel()
		return errors.Join(err, s.end(expired))
	}
	close(answered)
	return nil
}

// choosePlace settles port and socket and remembers them.
func (s *Server) choosePlace(ctx context.Context) error {
	before := s.state
	port, err := freePort(ctx, s.state.Port)
	if err != nil {
		return err
	}
	if s.socketDir, err = s.account.socketDir(s.layout.cluster(), s.state.SocketDir); err != nil {
		return fmt.Errorf("socket directory: %w", err)
	}
	s.state.Port, s.state.SocketDir = port, ""
	if s.socketDir != s.layout.cluster() {
		s.state.SocketDir = s.socketDir
	}
	if _, err := os.Stat(s.layout.stateFile()); err == nil && before.Port == s.state.Port && before.SocketDir == s.state.SocketDir {
		return nil
	}
	return s.state.write(s.layout)
}

func (s *Server) waitUntilItAnswers(ctx context.Context) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		connection, err := pgconn.Connect(attempt, s.dsns.Owner)
		cancel()
		if err == nil {
			return connection.Close(ctx)
		}
		if wrong := (*pgconn.PgError)(nil); errors.As(err, &wrong) && wrong.Code == "28P01" {
			return fmt.Errorf("the passwords in %s are not the cluster's: remove it, and new ones are made", s.layout.stateFile())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", ctx.Err())
		case <-s.done:
			return s.failed
		case <-time.After(3 * time.Millisecond):
		}
	}
}

const (
	shortestBackOff = 100 * time.Millisecond
	longestBackOff  = 10 * time.Second
	steady          = time.Minute // a server that lived this long begins again with the shortest back-off
)

// supervise runs the server until Stop, starting it again when it ends. Before it ever answered, its end is a failure.
func (s *Server) supervise(answered <-chan struct{}) {
	defer close(s.done)
	backOff := shortestBackOff
	for {
		began := time.Now()
		err := s.live()
		select {
		case <-s.stopping:
			return
		default:
		}
		select {
		case <-answered:
		default:
			s.failed = err
			return
		}
		if time.Since(began) > steady {
			backOff = shortestBackOff
		}
		s.log.Error("PostgreSQL ended unexpectedly; starting it again", "error", err, "after", backOff.String())
		select {
		case <-s.stopping:
			return
		case <-time.After(backOff):
		}
		backOff = min(2*backOff, longestBackOff)
		if err := s.clearOrphans(context.Background()); err != nil {
			s.log.Error("PostgreSQL left something behind", "error", err)
		}
	}
}

// live runs the server once, to its end, which is always an error.
func (s *Server) live() error {
	file, err := os.OpenFile(s.layout.logFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	begin, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	//nolint:gosec,noctx // our own binary; Stop ends it in order
	command := exec.Command(filepath.Join(s.binDir, "postgres"), s.arguments()...)
	command.Stdout, command.Stderr = file, file
	return onOwnThread(func() error {
		// When this process dies, the server is sent SIGINT: a fast shutdown.
		if err := s.account.prepare(command, syscall.SIGINT); err != nil {
			return err
		}
		if err := s.begin(command); err != nil {
			return err
		}
		_ = command.Wait() // ProcessState says it
		s.mu.Lock()
		s.process = nil
		s.mu.Unlock()
		return fmt.Errorf("PostgreSQL ended (%s): %s", command.ProcessState, lastLines(readFrom(s.layout.logFile(), begin)))
	})
}

// begin starts the command unless Stop came first, and makes it the process that Stop signals.
func (s *Server) begin(command *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stopping:
		return errors.New("stopped")
	default:
	}
	if err := command.Start(); err != nil {
		return err
	}
	s.process = command.Process
	return nil
}

// arguments are what an operator cannot change; the rest is in the cluster's postgresql.conf.
func (s *Server) arguments() []string {
	arguments := []string{
		"-D", s.layout.cluster(), "-p", strconv.Itoa(s.state.Port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + quoteList(s.socketDir),
		"-c", "cluster_name=ackify", "-c", "logging_collector=off", "-c", "log_destination=stderr",
	}
	if s.config.FsyncOff {
		return append(arguments, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	return append(arguments, "-c", "fsync=on")
}

// DSNs returns every address of the server. They stay the same until Stop.
func (s *Server) DSNs() DSNs { return s.dsns }

// AppDSN is the address for the server's own role, by socket.
func (s *Server) AppDSN() string { return s.dsns.App }

// MigrateDSN is the address for migrations, by socket.
func (s *Server) MigrateDSN() string { return s.dsns.Migrate }

// OwnerDSN is the superuser's address, by socket.
func (s *Server) OwnerDSN() string { return s.dsns.Owner }

// AppTCPDSN is AppDSN by 127.0.0.1.
func (s *Server) AppTCPDSN() string { return s.dsns.AppTCP }

// MigrateTCPDSN is MigrateDSN by 127.0.0.1.
func (s *Server) MigrateTCPDSN() string { return s.dsns.MigrateTCP }

// OwnerTCPDSN is OwnerDSN by 127.0.0.1.
func (s *Server) OwnerTCPDSN() string { return s.dsns.OwnerTCP }

// Done is closed when the server has been stopped for good. An unexpected end does not close it: the server is started
// again.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server: a fast shutdown (open transactions are rolled back), and when that takes longer than ctx or 30
// seconds, an immediate one.
// It returns when no process is left and the data directory is free again. A second call does nothing.
func (s *Server) Stop(ctx context.Context) error {
	return errors.Join(s.end(ctx), unlock(s.lock))
}

func (s *Server) end(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stopping) })
	fast, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	immediate, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, step := range []struct {
		signal syscall.Signal
		ctx    context.Context
	}{{syscall.SIGINT, fast}, {syscall.SIGQUIT, immediate}, {syscall.SIGKILL, context.Background()}} {
		s.signal(step.signal)
		select {
		case <-s.done:
			return s.afterEnd(step.signal)
		case <-step.ctx.Done():
		}
	}
	return nil
}

func (s *Server) signal(signal syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.Signal(signal)
	}
}

func (s *Server) afterEnd(last syscall.Signal) error {
	if last != syscall.SIGKILL {
		return nil
	}
	return waitForSurvivors(context.Background(), s.account, s.layout.cluster())
}
