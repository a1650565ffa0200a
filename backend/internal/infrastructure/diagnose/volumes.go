package diagnose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ackify/ackify/backend/internal/infrastructure/checkpointfile"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

const (
	mib = 1 << 20
	// hardlyAny is from where on a volume counts as full; little and low are worth a word.
	hardlyAny = 16 * mib
	little    = 500 * mib
)

// place is a directory, or the checkpoint file, that the server writes to.
type place struct {
	variable string
	path     string
	isFile   bool
}

func places(cfg config.Config) []place {
	all := []place{{"ACKIFY_DATA_DIR", cfg.DataDir, false}, {"ACKIFY_CHECKPOINT_FILE", cfg.CheckpointFile, true}}
	if cfg.Storage.Kind == config.StorageLocal {
		all = append(all, place{"ACKIFY_STORAGE_DIR", cfg.Storage.Dir, false})
	}
	return all
}

// Writable is the problem with what the server writes to, before it starts: a volume that is read-only, full, or somebody else's.
func Writable(cfg config.Config) error {
	var problems config.Problems
	for _, p := range places(cfg) {
		if err := p.try(); err != nil {
			problems = append(problems, config.Problem{Variable: p.variable, Wrong: p.path + ": " + reason(err) + ". " + p.remedy(err), Example: exampleOf(p)})
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

func exampleOf(p place) string {
	switch {
	case p.isFile:
		return "/var/lib/ackify-checkpoints/checkpoints"
	case p.variable == "ACKIFY_STORAGE_DIR":
		return "/var/lib/ackify/files"
	}
	return "/var/lib/ackify"
}

// Full names a place that has no room left, "" when there is none. It is cheap.
func Full(cfg config.Config) string {
	for _, p := range places(cfg) {
		if room, err := roomAt(existing(p.path)); err == nil && room.free < hardlyAny {
			return p.variable
		}
	}
	return ""
}

var errNoRoom = fmt.Errorf("%w: less than %d MiB are free", syscall.ENOSPC, hardlyAny/mib)

// try writes something where it can be removed again. What does not exist is made at the start: then what is there of its path has to be
// writable. A checkpoint file that exists is only opened, as it may only grow.
func (p place) try() error {
	dir := existing(p.path)
	if dir == p.path && p.isFile {
		f, err := os.OpenFile(p.path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	} else if err := tryDir(dir); err != nil {
		return err
	}
	if room, err := roomAt(dir); err == nil && room.free < hardlyAny {
		return errNoRoom
	}
	return nil
}

// existing is the path, or the nearest directory above that is there.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

// tryDir writes a file, reads it back and removes it.
func tryDir(dir string) (err error) {
	f, err := os.CreateTemp(dir, ".ackify-probe-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	const content = "Ackify looks whether it can write here."
	if _, err := f.WriteString(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	back := make([]byte, len(content))
	if _, err := f.ReadAt(back, 0); err != nil {
		return err
	}
	if string(back) != content {
		return errors.New("what was written is not what is read")
	}
	return nil
}

func reason(err error) string {
	switch {
	case errors.Is(err, syscall.EROFS):
		return "the volume is read-only"
	case errors.Is(err, syscall.ENOSPC):
		return "the volume is full"
	case errors.Is(err, syscall.EDQUOT):
		return "the quota is used up"
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("user %d may not write there", os.Getuid())
	case errors.Is(err, syscall.ENOTDIR):
		return "something on the way there is no directory"
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// remedy is what mends it.
func (p place) remedy(err error) string {
	dir := p.path
	if p.isFile {
		dir = filepath.Dir(p.path)
	}
	switch {
	case errors.Is(err, syscall.EROFS):
		return fmt.Sprintf("Mount it writable (in compose: a volume on %s without :ro), or: mount -o remount,rw %s", dir, dir)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "Make room, or enlarge the volume: df -h " + existing(dir)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("Give it to the user: chown -R %d:%d %s", os.Getuid(), os.Getgid(), existing(dir))
	}
	return "Set " + p.variable + " to a place that the server can write to"
}

// room is what a volume has, in bytes.
type room struct {
	free, all uint64
	volume    any // the same for two paths on one volume
}

func roomAt(path string) (room, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return room{}, err
	}
	if s.Blocks == 0 {
		return room{}, errors.New("the file system does not say")
	}
	var at unix.Stat_t
	if err := unix.Stat(path, &at); err != nil {
		return room{}, err
	}
	size := uint64(s.Bsize)                                            //nolint:gosec // positive
	return room{s.Bavail * size, s.Blocks * size, uint64(at.Dev)}, nil //nolint:unconvert // of another type elsewhere
}

// Volumes looks at room and rights of what the server writes to.
func (d Doctor) Volumes(context.Context) []Finding {
	var r report
	seen := map[any]bool{}
	for _, p := range places(d.Config) {
		if err := p.try(); err != nil && !errors.Is(err, errNoRoom) {
			r.wrong("volumes", fmt.Sprintf("%s=%s: %s; the server does not start so", p.variable, p.path, reason(err)), p.remedy(err))
			continue
		}
		at, err := roomAt(existing(p.path))
		if err != nil || seen[at.volume] {
			continue
		}
		seen[at.volume] = true
		judgeRoom(&r, p, at)
	}
	return r.findings
}

func judgeRoom(r *report, p place, at room) {
	percent := 100 * float64(at.free) / float64(at.all)
	text := fmt.Sprintf("%s is writable; %s of %s are free (%.0f %%)", p.path, size(at.free), size(at.all), percent)
	remedy := "make room or enlarge the volume of " + p.variable + ": df -h " + existing(p.path)
	switch {
	case percent < 2 || at.free < little:
		r.wrong("volumes", text+": it is nearly full", remedy)
	case percent < 10:
		r.warn("volumes", text, remedy)
	default:
		r.ok("volumes", "%s", text)
	}
}

func size(bytes uint64) string {
	if bytes < 10<<30 {
		return fmt.Sprintf("%d MiB", bytes/mib)
	}
	return fmt.Sprintf("%d GiB", bytes>>30)
}

// Checkpoints looks at the checkpoint file.
func (d Doctor) Checkpoints(context.Context) []Finding {
	const check = "checkpoints"
	var r report
	path := d.Config.CheckpointFile
	file, err := checkpointfile.Existing(path)
	var last []byte
	if err == nil && file != nil {
		last, err = file.Last()
	}
	switch {
	case err != nil:
		r.wrong(check, "the checkpoint file cannot be read: "+err.Error(), "put the file of this ledger back, or give the right one: ACKIFY_CHECKPOINT_FILE=…")
		return r.findings
	case file == nil:
		r.warn(check, path+" does not exist: what happened so far could not be compared. Before the first start that is as it should be", "if Ackify has run here already, mount the file's volume, or put the file back before you start")
		return r.findings
	case last == nil:
		r.ok(check, "%s is there, and has no checkpoint yet", path)
	default:
		r.ok(check, "%s is there; written last at %s", path, file.WrittenAt().Format("2006-01-02 15:04:05 UTC"))
	}
	d.volumeOfCheckpoints(&r)
	return r.findings
}

func (d Doctor) volumeOfCheckpoints(r *report) {
	const check = "checkpoints"
	if !d.Config.Embedded() {
		r.skipped(check, "whether it is on another volume than the database's is not known here: the database is a server of its own. It should be")
		return
	}
	same, known := checkpointfile.SameVolume(d.Config.CheckpointFile, d.Config.DataDir)
	switch {
	case !known:
		r.skipped(check, "which volume the checkpoint file is on is not known")
	case same:
		r.warn(check, "the checkpoint file is on the database's volume: who restores or loses the one restores or loses the other, and nothing is noticed",
			"move it to another volume: stop Ackify; mv "+quote(d.Config.CheckpointFile)+" /var/lib/ackify-checkpoints/checkpoints; ACKIFY_CHECKPOINT_FILE=/var/lib/ackify-checkpoints/checkpoints")
	default:
		r.ok(check, "it is on another volume than the database's")
	}
}

// quote makes one word of a path for a shell.
func quote(s string) string {
	if strings.ContainsAny(s, " '\"$`\\!*?[](){}<>|&;#~\n\t") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
