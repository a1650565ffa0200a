package workers

import (
	"context"
	"errors"
	"testing"
	"time"
)

var errAway = errors.New("the database is away")

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func begin() (*clock, *Recorder) {
	c := &clock{time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	return c, NewRecorder(c.Now)
}

func TestRunsAreCounted(t *testing.T) {
	t.Parallel()
	c, r := begin()
	ended := r.Watch("mail", 5*time.Second)
	r.Watch("anchor", 3*time.Second)
	ended.Run(t.Context(), nil)
	c.pass(time.Second)
	ended.Run(t.Context(), errAway)
	c.pass(time.Second)
	ended.Run(t.Context(), errAway)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	ended.Run(stopped, context.Canceled)
	list := r.Workers()
	if len(list) != 2 || list[0].Name != "anchor" || !list[0].LastRun.IsZero() {
		t.Fatal(list)
	}
	if w := list[1]; w.Succeeded != 1 || w.Failed != 2 || !w.LastRun.Equal(c.now) || !w.Failing.Equal(c.now.Add(-time.Second)) {
		t.Error(w)
	}
	ended.Run(t.Context(), nil)
	if w := r.Workers()[1]; !w.Failing.IsZero() || w.Succeeded != 2 {
		t.Error(w)
	}
}

func TestAWorkerThatFailsForLongHasAProblem(t *testing.T) {
	t.Parallel()
	c, r := begin()
	ended := r.Watch("mail", 5*time.Second)
	ended.Run(t.Context(), errAway)
	c.pass(9 * time.Minute)
	ended.Run(t.Context(), errAway)
	if p := r.Workers()[0].Problem(c.now); p != None {
		t.Error("after nine minutes:", p)
	}
	c.pass(time.Minute)
	ended.Run(t.Context(), errAway)
	if p := r.Workers()[0].Problem(c.now); p != Failing {
		t.Error("after ten minutes:", p)
	}
	ended.Run(t.Context(), nil)
	if p := r.Workers()[0].Problem(c.now); p != None {
		t.Error("once it went well:", p)
	}
}

func TestAWorkerThatHangsHasAProblem(t *testing.T) {
	t.Parallel()
	c, r := begin()
	r.Watch("never", time.Hour)
	r.Watch("once", time.Hour).Run(t.Context(), nil)
	c.pass(2*time.Hour + 10*time.Minute)
	for _, w := range r.Workers() {
		if p := w.Problem(c.now); p != None {
			t.Error(w.Name, "too early:", p)
		}
	}
	c.pass(time.Second)
	for _, w := range r.Workers() {
		if p := w.Problem(c.now); p != Late {
			t.Error(w.Name, p)
		}
	}
}

func TestAWorkerWithNothingToDoIsNeitherLateNorFailingForEver(t *testing.T) {
	t.Parallel()
	c, r := begin()
	ended := r.Watch("sequencer", 0)
	ended.Run(t.Context(), errAway)
	c.pass(11 * time.Minute)
	ended.Run(t.Context(), errAway)
	if p := r.Workers()[0].Problem(c.now); p != Failing {
		t.Error("while people try:", p)
	}
	c.pass(24 * time.Hour)
	if p := r.Workers()[0].Problem(c.now); p != None {
		t.Error("when nobody has tried for a day:", p)
	}
}

func TestNobodyHasToRecord(t *testing.T) {
	t.Parallel()
	var r *Recorder
	r.Watch("mail", time.Second).Run(t.Context(), nil)
	if list := r.Workers(); len(list) != 0 {
		t.Error(list)
	}
}
