// Package workers remembers how the runs of everything that works beside the requests went.
package workers

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// allowance is how much later than usual a worker may run, and how long it may fail, before that is a problem.
const allowance = 10 * time.Minute

// Recorder remembers how workers' runs went, since the process began. A nil one remembers nothing.
type Recorder struct {
	clock   func() time.Time
	mutex   sync.Mutex
	workers map[string]*Worker
}

// NewRecorder makes a recorder.
func NewRecorder(clock func() time.Time) *Recorder {
	return &Recorder{clock: clock, workers: map[string]*Worker{}}
}

// Worker is how the runs of one worker went.
type Worker struct {
	Name    string
	Every   time.Duration // between runs; 0: it runs when there is something to do
	Since   time.Time     // when it began
	LastRun time.Time     // when its last run ended; zero before the first
	Failing time.Time     // when the first of its last runs that all failed ended; zero when the last one went well

	Succeeded, Failed uint64 // runs
}

// Ended is told when a run is over, with its error. What fails because ctx ended is no run. A nil one is told nothing.
type Ended func(ctx context.Context, err error)

// Run tells about a run.
func (e Ended) Run(ctx context.Context, err error) {
	if e != nil {
		e(ctx, err)
	}
}

// Watch is called by a worker that begins, and returns what it calls after each run. every is how long it pauses at most; 0: it runs when
// there is something to do.
func (r *Recorder) Watch(name string, every time.Duration) Ended {
	if r == nil {
		return nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	w := &Worker{Name: name, Every: every, Since: r.clock()}
	r.workers[name] = w
	return func(ctx context.Context, err error) {
		if err != nil && ctx.Err() != nil {
			return
		}
		r.mutex.Lock()
		defer r.mutex.Unlock()
		w.ended(r.clock(), err)
	}
}

func (w *Worker) ended(now time.Time, err error) {
	w.LastRun = now
	switch {
	case err == nil:
		w.Succeeded++
		w.Failing = time.Time{}
	case w.Failing.IsZero():
		w.Failing = now
		fallthrough
	default:
		w.Failed++
	}
}

// Workers lists the workers that began, by name.
func (r *Recorder) Workers() []Worker {
	if r == nil {
		return nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	list := make([]Worker, 0, len(r.workers))
	for _, w := range r.workers {
		list = append(list, *w)
	}
	slices.SortFunc(list, func(a, b Worker) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Problem is what is wrong with a worker.
type Problem string

// The problems.
const (
	None    Problem = ""
	Failing Problem = "failing" // all its runs have failed for ten minutes or more
	Late    Problem = "late"    // it should have run long ago: it hangs
)

// Problem tells what is wrong with a worker. One that runs only when there is something to do has none once it has had nothing to do for a while.
func (w Worker) Problem(now time.Time) Problem {
	last := w.LastRun
	if last.IsZero() {
		last = w.Since
	}
	idle := now.Sub(last)
	switch {
	case w.Every > 0 && idle > 2*w.Every+allowance:
		return Late
	case !w.Failing.IsZero() && w.LastRun.Sub(w.Failing) >= allowance && (w.Every > 0 || idle < allowance):
		return Failing
	}
	return None
}
