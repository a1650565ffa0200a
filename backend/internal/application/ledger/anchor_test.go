package ledger

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	anchorSecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	anchorOrigin = "sign.example.com/ledger"
)

// memoryLedger is a tree of entries that are only hashes.
type memoryLedger struct {
	size     int64
	nodes    nodes
	accepted map[string]bool
	notes    [][]byte // by size
	onRead   func()   // runs when the newest checkpoint was read
}

func newMemoryLedger() *memoryLedger {
	return &memoryLedger{nodes: nodes{}, accepted: map[string]bool{}, notes: [][]byte{nil}}
}

func (m *memoryLedger) grow(t *testing.T, what byte) []byte {
	t.Helper()
	stored, err := tlog.StoredHashesForRecordHash(m.size, tlog.Hash{what, byte(m.size)}, m.nodes)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range stored {
		m.nodes[tlog.StoredHashIndex(0, m.size)+int64(i)] = h
	}
	m.size++
	root, err := tlog.TreeHash(m.size, m.nodes)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := proof.ParseSecret(anchorSecret)
	if err != nil {
		t.Fatal(err)
	}
	note, err := proof.SignCheckpoint(keys, proof.Checkpoint{Origin: anchorOrigin, Size: m.size, Root: proof.Hash(root)})
	if err != nil {
		t.Fatal(err)
	}
	m.notes = append(m.notes, note)
	return note
}

// cut goes back to an older ledger.
func (m *memoryLedger) cut(size int64) {
	m.size, m.notes = size, m.notes[:size+1]
	for id := range m.nodes {
		if id >= tlog.StoredHashIndex(0, size) {
			delete(m.nodes, id)
		}
	}
}

func (m *memoryLedger) NewestCheckpoint(context.Context) ([]byte, error) {
	note := m.notes[m.size]
	if m.onRead != nil {
		m.onRead()
	}
	if note == nil {
		return nil, domain.ErrLedgerEmpty
	}
	return note, nil
}

func (m *memoryLedger) Nodes(_ context.Context, ids []int64) (map[int64]tlog.Hash, error) {
	found := map[int64]tlog.Hash{}
	for _, id := range ids {
		if h, ok := m.nodes[id]; ok {
			found[id] = h
		}
	}
	return found, nil
}

func (m *memoryLedger) Accepted(_ context.Context, note []byte) (bool, error) {
	return m.accepted[string(note)], nil
}

type memoryFile struct {
	notes [][]byte
	full  error // why nothing can be appended
}

func (f *memoryFile) Path() string         { return "memory" }
func (f *memoryFile) WrittenAt() time.Time { return time.Time{} }

func (f *memoryFile) Each(fn func([]byte) error) error {
	for _, note := range f.notes {
		if err := fn(note); err != nil {
			return err
		}
	}
	return nil
}

func (f *memoryFile) Append(note []byte) error {
	if f.full == nil {
		f.notes = append(f.notes, note)
	}
	return f.full
}

func (f *memoryFile) Last() ([]byte, error) {
	if len(f.notes) == 0 {
		return nil, nil
	}
	return f.notes[len(f.notes)-1], nil
}

func newAnchor(t *testing.T, m *memoryLedger, f *memoryFile) *Anchor {
	t.Helper()
	a := &Anchor{Store: m, File: f, Origin: anchorOrigin, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
	if err := a.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnAnchorPublishesWhatGrew(t *testing.T) {
	t.Parallel()
	m, f := newMemoryLedger(), &memoryFile{}
	a := newAnchor(t, m, f)
	for range 5 {
		m.grow(t, 'a')
		for range 2 { // the second time there is nothing new
			if err := errors.Join(a.RunOnce(t.Context()), a.May()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(f.notes) != 5 || a.State().Size != 5 {
		t.Errorf("%d notes, %+v", len(f.notes), a.State())
	}
}

func TestAnAnchorNoticesWhatDoesNotContinue(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(m *memoryLedger){
		"an old backup":                       func(m *memoryLedger) { m.cut(3) },
		"an empty database":                   func(m *memoryLedger) { m.cut(0) },
		"an old backup that has grown since":  func(m *memoryLedger) { m.cut(3); m.grow(t, 'b'); m.grow(t, 'b'); m.grow(t, 'b') },
		"an old backup, as large as it was":   func(m *memoryLedger) { m.cut(4); m.grow(t, 'b') },
		"a tree whose stored hashes are gone": func(m *memoryLedger) { clear(m.nodes) },
	} {
		m, f := newMemoryLedger(), &memoryFile{}
		for range 5 {
			m.grow(t, 'a')
		}
		running := newAnchor(t, m, f)
		published := len(f.notes)
		change(m)
		if err := running.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		for who, a := range map[string]*Anchor{"a running process": running, "one that starts": newAnchor(t, m, f)} {
			if err := a.May(); !errors.Is(err, domain.ErrInconsistent) {
				t.Errorf("%s, %s: %v", name, who, err)
			}
			if err := a.Trust(t.Context(), Tail{Size: m.size}); !errors.Is(err, domain.ErrInconsistent) {
				t.Errorf("%s, %s trusts it: %v", name, who, err)
			}
		}
		if len(f.notes) != published {
			t.Errorf("%s: published all the same", name)
		}
		last, _ := f.Last()
		m.accepted[string(last)] = true
		if m.size > 0 && name != "a tree whose stored hashes are gone" {
			m.grow(t, 'c') // the entry that says so
			if err := errors.Join(running.RunOnce(t.Context()), running.May()); err != nil {
				t.Errorf("%s, accepted: %v", name, err)
			}
			if again := newAnchor(t, m, f); again.May() != nil || again.State().Size != m.size {
				t.Errorf("%s, accepted, after a restart: %v", name, again.May())
			}
		}
	}
}

// An older checkpoint, written once more after newer ones, takes nothing back.
func TestAnAnchorGoesByTheLargestCheckpoint(t *testing.T) {
	t.Parallel()
	m, f := newMemoryLedger(), &memoryFile{}
	old := m.grow(t, 'a')
	for range 4 {
		m.grow(t, 'a')
	}
	newAnchor(t, m, f)
	f.notes = append(f.notes, old)
	m.cut(2)
	a := newAnchor(t, m, f)
	if !errors.Is(a.May(), domain.ErrInconsistent) || string(a.Contradicted()) != string(f.notes[0]) {
		t.Errorf("an old backup beside an old checkpoint: %v", a.May())
	}
}

// A file that no longer holds what was written to it is said to, and written again; one that cannot be written is said too.
func TestAnAnchorWatchesItsFile(t *testing.T) {
	t.Parallel()
	m, f := newMemoryLedger(), &memoryFile{}
	for range 3 {
		m.grow(t, 'a')
	}
	var said strings.Builder
	a := newAnchor(t, m, f)
	a.Logger = slog.New(slog.NewTextHandler(&said, nil))
	f.notes = nil
	if err := a.RunOnce(t.Context()); err != nil || len(f.notes) != 1 || !strings.Contains(said.String(), "no longer holds") {
		t.Errorf("an emptied file: %v, %d notes, said %q", err, len(f.notes), said.String())
	}
	m.grow(t, 'a')
	f.full = errors.New("no space left on device")
	if err := a.RunOnce(t.Context()); err == nil || a.State().Silent == nil || a.May() != nil {
		t.Errorf("a full disk: %v, %+v", err, a.State())
	}
	f.full = nil
	if err := a.RunOnce(t.Context()); err != nil || a.State().Silent != nil || a.State().Size != 4 {
		t.Errorf("with room again: %v, %+v", err, a.State())
	}
}

// What this process appended counts before it is published, and is not forgotten when it ends.
func TestAnAnchorRemembersWhatWasAppendedAndNotPublished(t *testing.T) {
	t.Parallel()
	m, f := newMemoryLedger(), &memoryFile{}
	m.grow(t, 'a')
	a := newAnchor(t, m, f)
	appended := m.grow(t, 'a')
	a.Appended(appended)
	m.cut(1)
	if err := a.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.May(); !errors.Is(err, domain.ErrInconsistent) {
		t.Errorf("lost unnoticed: %v", err)
	}
	if last, _ := f.Last(); string(last) != string(appended) {
		t.Errorf("the file does not say what is lost: %q", last)
	}
}

// The ledger grows and is published between two reads: that is no contradiction.
func TestAnAnchorIsNotConfusedByGrowth(t *testing.T) {
	t.Parallel()
	m, f := newMemoryLedger(), &memoryFile{}
	m.grow(t, 'a')
	a := newAnchor(t, m, f)
	m.onRead = func() {
		m.onRead = nil
		a.Appended(m.grow(t, 'a'))
	}
	if err := errors.Join(a.RunOnce(t.Context()), a.May()); err != nil {
		t.Error(err)
	}
}

func TestAnAnchorRefusesAnotherLedgersFile(t *testing.T) {
	t.Parallel()
	m, f := newMemoryLedger(), &memoryFile{}
	m.grow(t, 'a')
	newAnchor(t, m, f)
	a := &Anchor{Store: m, File: f, Origin: "elsewhere.example.com/ledger", Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
	if err := a.Open(t.Context()); err == nil {
		t.Error("accepted")
	}
}
