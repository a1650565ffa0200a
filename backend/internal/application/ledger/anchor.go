package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// CheckpointFile keeps published checkpoints where the database cannot reach them.
type CheckpointFile interface {
	// Last returns the newest note, nil when there is none. It fails when the file holds no note and is not empty.
	Last() ([]byte, error)
	// Each passes every note to fn, the oldest first.
	Each(fn func(note []byte) error) error
	// Append adds a note, durably.
	Append(note []byte) error
	// WrittenAt is when the file was written last; zero when that is not known.
	WrittenAt() time.Time
	Path() string
}

// AnchorStore is what an anchor compares with.
type AnchorStore interface {
	// NewestCheckpoint fails with domain.ErrLedgerEmpty.
	NewestCheckpoint(ctx context.Context) ([]byte, error)
	Nodes(ctx context.Context, ids []int64) (map[int64]tlog.Hash, error)
	// Accepted tells whether an entry accepts that the ledger does not continue this note.
	Accepted(ctx context.Context, note []byte) (bool, error)
}

// Anchor holds the ledger to what was published: it writes checkpoints to the file and notices a ledger that does not continue the
// last one, such as an old backup. Then nothing is appended until `ackify ledger accept`.
type Anchor struct {
	Store  AnchorStore
	File   CheckpointFile
	Origin string
	Clock  func() time.Time
	Logger *slog.Logger
	Runs   *workers.Recorder // nil: nobody asks

	mu        sync.Mutex
	last      anchored // what the ledger has to continue: published, or appended by this process
	published anchored
	at        time.Time // when published was written; zero when that is not known
	broken    error     // why nothing may be appended
	silent    error     // why nothing is published
}

type anchored struct {
	note       []byte // nil: nothing yet
	checkpoint proof.Checkpoint
}

func parseAnchored(note []byte) (anchored, error) {
	if note == nil {
		return anchored{}, nil
	}
	c, err := proof.ParseCheckpoint(note)
	return anchored{note: note, checkpoint: c}, err
}

// AnchorState is what is known about publishing.
type AnchorState struct {
	Path        string
	Size        int64     // entries at the last note in the file; 0 when there is none
	PublishedAt time.Time // zero when that is not known
	Broken      error     // why nothing is signed; nil when all is well
	Silent      error     // why nothing is published; nil when all is well
}

// State tells how things are.
func (a *Anchor) State() AnchorState {
	a.mu.Lock()
	defer a.mu.Unlock()
	return AnchorState{Path: a.File.Path(), Size: a.published.checkpoint.Size, PublishedAt: a.at, Broken: a.broken, Silent: a.silent}
}

// May fails with domain.ErrInconsistent while nothing may be appended.
func (a *Anchor) May() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.broken
}

// Appended remembers the checkpoint of a batch of this process.
func (a *Anchor) Appended(note []byte) {
	if appended, err := parseAnchored(note); err == nil {
		a.mu.Lock()
		a.last = appended
		a.mu.Unlock()
	}
}

// Trust checks that a tail continues what was published or appended before.
func (a *Anchor) Trust(ctx context.Context, tail Tail) error { return a.check(ctx, tail.Size) }

// Open reads the file and makes the first check. A ledger that does not continue it is no error of Open's: May says so from then on.
func (a *Anchor) Open(ctx context.Context) error {
	note, err := a.File.Last()
	if err != nil {
		return err
	}
	published, err := parseAnchored(note)
	if err != nil {
		return fmt.Errorf("%s: %w", a.File.Path(), err)
	}
	last, err := a.largest(ctx)
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.last, a.published = last, published
	if note != nil {
		a.at = a.File.WrittenAt()
	}
	a.mu.Unlock()
	if note == nil {
		if _, err := a.Store.NewestCheckpoint(ctx); err == nil {
			a.Logger.Warn("there is no checkpoint file: what happened to the ledger before now cannot be compared with it", "file", a.File.Path())
		}
	}
	return a.RunOnce(ctx)
}

// largest is the note of the file that the ledger has to continue: the one of most entries, and not the newest, so that an older
// one written after it takes nothing back. Where the ledger does not continue it and that was accepted, those after it count.
func (a *Anchor) largest(ctx context.Context) (anchored, error) {
	var all []anchored
	err := a.File.Each(func(note []byte) error {
		one, err := parseAnchored(note)
		if err == nil && one.checkpoint.Origin != a.Origin {
			err = fmt.Errorf("it is of the ledger %s, this database has %s: name the file that belongs to it in ACKIFY_CHECKPOINT_FILE",
				one.checkpoint.Origin, a.Origin)
		}
		all = append(all, one)
		return err
	})
	if err != nil {
		return anchored{}, fmt.Errorf("%s: %w", a.File.Path(), err)
	}
	for len(all) > 0 {
		at := 0
		for i := range all {
			if all[i].checkpoint.Size >= all[at].checkpoint.Size {
				at = i
			}
		}
		accepted, err := a.Store.Accepted(ctx, all[at].note)
		if err != nil || !accepted {
			return all[at], err
		}
		all = all[at+1:]
	}
	return anchored{}, nil
}

// Contradicted is the published note that the ledger does not continue; nil while it does.
func (a *Anchor) Contradicted() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken == nil {
		return nil
	}
	return a.last.note
}

// Run publishes and checks every few seconds until ctx ends, and once more then.
func (a *Anchor) Run(ctx context.Context) {
	const interval = 3 * time.Second
	tick := time.NewTicker(interval)
	defer tick.Stop()
	ended := a.Runs.Watch("anchor", interval)
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), interval)
			_ = a.try(last) // which has said what went wrong
			cancel()
			return
		}
		ended.Run(ctx, a.try(ctx))
	}
}

// try is one run, which says once what goes wrong.
func (a *Anchor) try(ctx context.Context) error {
	before := a.State().Silent
	err := a.RunOnce(ctx)
	if err != nil && before == nil && ctx.Err() == nil && !errors.Is(err, domain.ErrDatabase) {
		a.Logger.Error("the newest checkpoint could not be published", "error", err)
	}
	return err
}

// RunOnce checks the ledger against what was published and, when it has grown, publishes its newest checkpoint.
func (a *Anchor) RunOnce(ctx context.Context) error {
	newest, err := a.newest(ctx)
	if err != nil {
		return err
	}
	if err := a.check(ctx, newest.checkpoint.Size); err != nil {
		if errors.Is(err, domain.ErrInconsistent) {
			return nil // said where it was noticed; May keeps saying it
		}
		return err
	}
	err = a.keepUp(newest)
	a.mu.Lock()
	a.silent = err
	a.mu.Unlock()
	return err
}

// keepUp publishes the newest checkpoint, unless it is published, and notices a file that no longer has what was written to it.
func (a *Anchor) keepUp(newest anchored) error {
	note, err := a.File.Last()
	if err != nil {
		return err
	}
	there, err := parseAnchored(note)
	if err != nil {
		return err
	}
	a.mu.Lock()
	published := a.published
	a.mu.Unlock()
	var lost error
	if there.checkpoint.Size < published.checkpoint.Size || there.note != nil && there.checkpoint.Origin != a.Origin {
		lost = fmt.Errorf("the checkpoint file %s no longer holds what was published: %d entries were, it says %d", a.File.Path(),
			published.checkpoint.Size, there.checkpoint.Size)
	}
	if newest.note != nil && (lost != nil || string(newest.note) != string(published.note)) {
		if err := a.publish(newest); err != nil {
			return err
		}
	}
	if lost != nil {
		a.Logger.Error("the checkpoint file was changed; what was published before must be taken from a copy", "error", lost)
	}
	return nil
}

func (a *Anchor) newest(ctx context.Context) (anchored, error) {
	note, err := a.Store.NewestCheckpoint(ctx)
	if errors.Is(err, domain.ErrLedgerEmpty) {
		return anchored{}, nil
	}
	if err != nil {
		return anchored{}, err
	}
	return parseAnchored(note)
}

func (a *Anchor) size(ctx context.Context) (int64, error) {
	newest, err := a.newest(ctx)
	return newest.checkpoint.Size, err
}

func (a *Anchor) publish(newest anchored) error {
	if err := a.File.Append(newest.note); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.published, a.at = newest, a.Clock().UTC()
	if a.last.checkpoint.Size < newest.checkpoint.Size {
		a.last = newest
	}
	return nil
}

// check compares a ledger of this size with what it has to continue, and remembers the outcome.
func (a *Anchor) check(ctx context.Context, size int64) error {
	a.mu.Lock()
	last, before := a.last, a.broken
	a.mu.Unlock()
	if last.note == nil {
		return nil
	}
	wrong, err := a.contradiction(ctx, last.checkpoint, size)
	if err != nil {
		return err
	}
	if wrong != "" {
		accepted, err := a.Store.Accepted(ctx, last.note)
		if err != nil {
			return err
		}
		if accepted {
			wrong = ""
			a.mu.Lock()
			a.last = anchored{} // the next check begins with what is there now
			a.mu.Unlock()
		}
	}
	return a.conclude(last, before, wrong)
}

func (a *Anchor) conclude(last anchored, before error, wrong string) error {
	var broken error
	if wrong != "" {
		broken = domain.ErrInconsistent.Because(errors.New(wrong))
	}
	a.mu.Lock()
	a.broken = broken
	unpublished := broken != nil && string(a.published.note) != string(last.note)
	a.mu.Unlock()
	if broken != nil && before == nil {
		a.Logger.Error("NOTHING IS SIGNED: the ledger does not continue what was published; was an old backup restored? "+
			"Look at it, then run `ackify ledger accept` to go on from here", "reason", wrong, "file", a.File.Path())
	}
	if broken == nil && before != nil {
		a.Logger.Warn("the ledger was accepted as it is; signing goes on")
	}
	if unpublished {
		// So that it can be accepted, and is not forgotten when this process ends.
		return errors.Join(broken, a.publish(last))
	}
	return broken
}

// contradiction says how a ledger of this size does not continue a checkpoint, "" when it does.
func (a *Anchor) contradiction(ctx context.Context, c proof.Checkpoint, size int64) (string, error) {
	if size < c.Size {
		// It may have grown since its size was read, and been published already: look once more.
		now, err := a.size(ctx)
		if err != nil {
			return "", err
		}
		size = now
	}
	if size < c.Size {
		return fmt.Sprintf("%d entries were published, and the ledger has %d", c.Size, size), nil
	}
	if c.Size == 0 {
		return "", nil
	}
	ids := Frontier(c.Size)
	found, err := a.Store.Nodes(ctx, ids)
	if err != nil {
		return "", err
	}
	if len(found) != len(ids) {
		return fmt.Sprintf("stored hashes of the tree of %d entries are gone", c.Size), nil
	}
	root, err := tlog.TreeHash(c.Size, nodes(found))
	if err != nil {
		return "", err
	}
	if proof.Hash(root) != c.Root {
		return fmt.Sprintf("the first %d entries are not those that were published", c.Size), nil
	}
	return "", nil
}
