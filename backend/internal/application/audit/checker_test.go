package audit

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// emptyStore is a ledger without entries, of a size that it only claims to have.
type emptyStore struct {
	size  int64
	wrong error
}

func (s emptyStore) Size(context.Context) (int64, error)                          { return s.size, nil }
func (s emptyStore) KeySet(context.Context) (proof.KeySet, error)                 { return proof.KeySet{}, s.wrong }
func (s emptyStore) Events(context.Context) ([]StoredEvent, error)                { return nil, nil }
func (s emptyStore) Strays(context.Context) (*Finding, error)                     { return nil, nil }
func (s emptyStore) Explain(err error) error                                      { return err }
func (s emptyStore) Guards(context.Context) (*Finding, error)                     { return nil, nil }
func (s emptyStore) Entries(context.Context, int64, int64) ([]StoredEntry, error) { return nil, nil }
func (s emptyStore) Revisions(context.Context, int64, int64) ([]domain.Revision, error) {
	return nil, nil
}
func (s emptyStore) Checkpoints(context.Context, int64, int64) ([]StoredCheckpoint, error) {
	return nil, nil
}
func (s emptyStore) NodeRange(context.Context, int64, int64) ([]tlog.Hash, error) { return nil, nil }
func (s emptyStore) Nodes(context.Context, []int64) (map[int64]tlog.Hash, error)  { return nil, nil }

// memoryChecks keeps checks in memory.
type memoryChecks struct {
	all   []*Check
	ended chan struct{} // gets one for each check that ended; may be nil
}

func (m *memoryChecks) Begin(_ context.Context, since, size int64, now time.Time) (Check, error) {
	for _, c := range m.all {
		if c.State == Running {
			return Check{}, ErrCheckRunning
		}
	}
	c := Check{ID: int64(len(m.all)), State: Running, Since: since, Size: size, StartedAt: now}
	m.all = append(m.all, &c)
	return c, nil
}

func (m *memoryChecks) Advance(context.Context, int64, int64, time.Time) error { return nil }
func (m *memoryChecks) DropBefore(context.Context, time.Time) error            { return nil }

func (m *memoryChecks) End(_ context.Context, c Check) error {
	*m.all[c.ID] = c
	if m.ended != nil {
		m.ended <- struct{}{}
	}
	return nil
}

func (m *memoryChecks) find(matches func(*Check) bool) (*Check, error) {
	for i := len(m.all) - 1; i >= 0; i-- {
		if matches(m.all[i]) {
			return m.all[i], nil
		}
	}
	return nil, nil
}

func (m *memoryChecks) Running(context.Context, time.Time) (*Check, error) {
	return m.find(func(c *Check) bool { return c.State == Running })
}

func (m *memoryChecks) Last(_ context.Context, since int64, states ...CheckState) (*Check, error) {
	return m.find(func(c *Check) bool { return slices.Contains(states, c.State) && c.Since <= since })
}

func TestWhatIsDue(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		checks []*Check
		now    time.Time
		since  int64
	}{
		"nothing was checked yet":               {nil, night, 0},
		"what is new":                           {[]*Check{{Size: 9, State: Intact, StartedAt: night}}, night.Add(time.Hour), 9},
		"what is new since the last hour":       {[]*Check{{Size: 9, State: Intact, StartedAt: night}, {Since: 9, Size: 12, State: Intact}}, night.Add(2 * time.Hour), 12},
		"all, as it is night":                   {[]*Check{{Size: 9, State: Intact, StartedAt: night.Add(-time.Minute)}}, night, 0},
		"not yet, just before the night":        {[]*Check{{Size: 9, State: Intact, StartedAt: night.Add(-20 * time.Hour)}}, night.Add(-time.Minute), 9},
		"all, after something was wrong":        {[]*Check{{Size: 9, State: Intact, StartedAt: night}, {Since: 9, Size: 12, State: Disproven}}, night.Add(time.Hour), 0},
		"all, as the night's could not be made": {[]*Check{{Size: 9, State: Failed, StartedAt: night}}, night.Add(time.Hour), 0},
	} {
		checker := NewChecker(Verifier{}, &memoryChecks{all: c.checks}, func() time.Time { return c.now }, slog.New(slog.DiscardHandler))
		if since, err := checker.due(t.Context()); err != nil || since != c.since {
			t.Errorf("%s: since %d, %v, want %d", name, since, err, c.since)
		}
	}
}

// A check that could not be made does not hide what an earlier one found, nor passes for one.
func TestAFailedCheckIsNoVerdict(t *testing.T) {
	t.Parallel()
	wrong := Found("tree.node", "x")
	checks := &memoryChecks{all: []*Check{{State: Disproven, Finding: wrong}, {Since: 3, State: Failed, Finding: Found("check.failed", "y")}}}
	checker := NewChecker(Verifier{}, checks, time.Now, slog.New(slog.DiscardHandler))
	state, err := checker.State(t.Context())
	if err != nil || state.Disproven() != wrong || state.Ended.State != Failed || state.Last != state.Full {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestWhatACheckFoundIsKept(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	away := errors.New("the database is away")
	for name, c := range map[string]struct {
		store Store
		state CheckState
		code  string
	}{
		"an empty ledger": {keyed{}, Intact, ""},
		"keys are gone":   {emptyStore{}, Disproven, "key.unannounced"},
		"keys are none":   {keyed{emptyStore{size: 3}}, Disproven, "key.malformed"},
		"no answer":       {emptyStore{wrong: domain.ErrDatabase.Because(away)}, Failed, "check.failed"},
	} {
		checker := NewChecker(Verifier{Store: c.store}, &memoryChecks{}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
		if err := checker.RunOnce(t.Context()); (err != nil) != (c.state == Failed) {
			t.Errorf("%s: %v", name, err)
		}
		state, err := checker.State(t.Context())
		if err != nil || state.Running != nil || state.Ended.State != c.state || c.code != "" && state.Ended.Finding.Code != c.code {
			t.Errorf("%s: %+v %v", name, state.Ended, err)
		}
		if disproven := state.Disproven(); (disproven != nil) != (c.state == Disproven) {
			t.Errorf("%s: disproven by %v", name, disproven)
		}
	}
}

// keyed has a first pair of keys.
type keyed struct{ emptyStore }

func (k keyed) KeySet(context.Context) (proof.KeySet, error) {
	return proof.KeySet{Statement: make([]proof.StatementKey, 1), Ledger: make([]proof.LedgerKey, 1)}, nil
}

func TestAskingWhileACheckIsUnderWay(t *testing.T) {
	t.Parallel()
	checks := &memoryChecks{ended: make(chan struct{}, 1)}
	checker := NewChecker(Verifier{Store: keyed{}}, checks, time.Now, slog.New(slog.DiscardHandler))
	begun, err := checker.Ask(t.Context())
	if err != nil || begun.State != Running || begun.Since != 0 {
		t.Fatal(begun, err)
	}
	if _, err := checker.Ask(t.Context()); !errors.Is(err, ErrCheckRunning) {
		t.Errorf("asked twice: %v", err)
	}
	if err := checker.RunOnce(t.Context()); err != nil || len(checks.all) != 1 {
		t.Errorf("the hourly check beside it: %d checks, %v", len(checks.all), err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { checker.Run(ctx); close(ended) }()
	<-checks.ended
	stop()
	<-ended
	if last, _ := checks.Last(t.Context(), 0, Intact); last == nil || last.State != Intact {
		t.Errorf("it was not carried out: %+v", last)
	}
}
