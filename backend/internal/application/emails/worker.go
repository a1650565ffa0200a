package emails

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Worker sends what is in the queue. Any number of workers may share one queue.
//
// A job is claimed with a lease, so that no two workers send it, and sending never outlasts the lease. One window cannot be closed: when the mail
// server has accepted an email but its answer is lost or late, or the worker or the database dies before it is recorded, the job is sent again.
// The copy has the same Message-ID.
type Worker struct {
	Queue    Queue
	Sender   Sender
	Renderer Renderer
	Sealer   Sealer
	Clock    func() time.Time
	Logger   *slog.Logger
	Runs     *workers.Recorder // nil: nobody asks
	Gates    map[string]Gate   // of reference types; emails about all else are always wanted
	Pace     Pace              // nil: as fast as it goes
	Domain   string            // the right part of Message-IDs
	Wake     <-chan struct{}   // ends an idle worker's sleep; nil: nothing does

	Batch     int           // jobs claimed at once; 0: 10
	Parallel  int           // mails sent at a time; 0: 5
	Idle      time.Duration // sleep when nothing is due; 0: 5 seconds
	Lease     time.Duration // how long a claim lasts; 0: 2 minutes. Sending ends after three quarters of it
	Goodbye   time.Duration // how long mails under way may take once the worker is told to stop; 0: 10 seconds
	Retention time.Duration // how long ended jobs are kept; 0: 7 days
	Cleanup   time.Duration // between deletions of ended jobs; 0: an hour
	// Random spreads retries; it returns numbers in [0, 1). nil: a random one. 0.5 means no spread.
	Random func() float64
}

// withDefaults fills in what is zero.
func (w Worker) withDefaults() Worker {
	w.Batch = or(w.Batch, 10)
	w.Parallel = or(w.Parallel, 5)
	w.Idle = or(w.Idle, 5*time.Second)
	w.Lease = or(w.Lease, 2*time.Minute)
	w.Goodbye = or(w.Goodbye, 10*time.Second)
	w.Retention = or(w.Retention, 7*24*time.Hour)
	w.Cleanup = or(w.Cleanup, time.Hour)
	if w.Random == nil {
		w.Random = rand.Float64 // spreads load, hides nothing
	}
	return w
}

func or[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}

// Run sends until ctx ends. Mails under way then are finished if that does not take long, and else tried again; claimed ones that were not begun are given back.
func (w Worker) Run(ctx context.Context) {
	w = w.withDefaults()
	var cleaned time.Time
	ended := w.Runs.Watch("mail", w.Idle)
	for ctx.Err() == nil {
		unclean := false
		if now := w.Clock(); now.Sub(cleaned) >= w.Cleanup {
			var err error
			unclean, err = w.Clean(ctx)
			w.warn(ctx, "ended emails could not be deleted", err)
			if !unclean {
				cleaned = now
			}
		}
		claimed, err := w.RunOnce(ctx)
		ended.Run(ctx, err)
		w.warn(ctx, "the email queue could not be worked on", err)
		if (claimed > 0 || unclean) && err == nil {
			continue // there may be more
		}
		idle := time.NewTimer(w.Idle)
		select {
		case <-idle.C:
		case <-w.Wake:
		case <-ctx.Done():
		}
		idle.Stop()
	}
}

func (w Worker) warn(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		w.Logger.Warn(what, "error", err)
	}
}

// RunOnce claims one batch, sends it, and says how many jobs it claimed. An error is the queue's; what goes wrong with an email is
// recorded there.
func (w Worker) RunOnce(ctx context.Context) (claimed int, err error) {
	w = w.withDefaults()
	now := w.now()
	again, failed, err := w.Queue.TakeBack(ctx, now)
	if err != nil {
		return 0, err
	}
	if len(again)+len(failed) > 0 {
		w.Logger.Warn("emails were left behind by a worker that is gone", "due_again", again, "failed", failed)
	}
	jobs, err := w.Queue.Claim(ctx, now, now.Add(w.Lease), w.Batch)
	if err != nil {
		return 0, err
	}
	// What is under way is finished also when ctx ends, within the lease and a little patience: a mail cut off may have been sent, or not.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), now.Add(w.Lease*3/4).Sub(w.Clock()))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.Goodbye, cancel) })()
	var (
		senders sync.WaitGroup
		mutex   sync.Mutex
		slots   = make(chan struct{}, w.Parallel)
	)
	for _, job := range jobs {
		slots <- struct{}{}
		senders.Go(func() {
			defer func() { <-slots }()
			if jobErr := w.work(ctx, sending, job); jobErr != nil {
				mutex.Lock()
				defer mutex.Unlock()
				err = jobErr
			}
		})
	}
	senders.Wait()
	return len(jobs), err
}

// endedAtOnce is how many ended jobs are deleted before emails are sent again.
const endedAtOnce = 1_000

// Clean deletes jobs that ended long enough ago, and with them what was kept of their secrets: so many at once, and says whether there may be more.
func (w Worker) Clean(ctx context.Context) (more bool, err error) {
	w = w.withDefaults()
	deleted, err := w.Queue.DeleteEnded(ctx, w.now().Add(-w.Retention), endedAtOnce)
	if err == nil && deleted > 0 {
		w.Logger.Info("ended emails deleted", "emails", deleted)
	}
	return deleted == endedAtOnce, err
}

func (w Worker) now() time.Time { return w.Clock().UTC().Truncate(time.Microsecond) }

// work sends one job and records what became of it.
func (w Worker) work(ctx, sending context.Context, job Job) error {
	if w.begin(ctx, sending) != nil {
		return w.release(ctx, job)
	}
	job, unwanted, err := w.current(sending, job)
	if err != nil {
		return errors.Join(err, w.release(ctx, job))
	}
	var failure *Failure
	if unwanted == "" {
		failure = w.send(sending, job)
	}
	record, cancel := w.recording(ctx)
	defer cancel()
	held, err := w.record(record, job, unwanted, failure)
	if err == nil && !held {
		w.Logger.Warn("an email was deleted, or claimed by another worker, while it was sent", "id", job.ID, "sent", failure == nil)
	}
	return err
}

// begin waits until a job's turn has come. It fails when the server stops, or the time for sending is over, before that.
func (w Worker) begin(ctx, sending context.Context) error {
	if w.Pace == nil {
		return errors.Join(ctx.Err(), sending.Err())
	}
	deadline, _ := sending.Deadline()
	turn, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if err := w.Pace.Wait(turn); err != nil {
		return err
	}
	return turn.Err()
}

func (w Worker) release(ctx context.Context, job Job) error {
	record, cancel := w.recording(ctx)
	defer cancel()
	_, err := w.Queue.Release(record, job)
	return err
}

// current is a job as it is by now, and why it is not sent; it is asked immediately before sending.
func (w Worker) current(ctx context.Context, job Job) (now Job, unwanted Cause, err error) {
	if gate, guarded := w.Gates[job.ReferenceType]; guarded {
		job.Data, unwanted, err = gate.Current(ctx, job)
	}
	return job, unwanted, err
}

// recording lasts when ctx ends, and when the time for sending is over: the lease is a little longer.
func (w Worker) recording(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), w.Lease/4)
}

// send sends one job; nil when the mail server has it. No transaction is open meanwhile.
func (w Worker) send(ctx context.Context, job Job) *Failure {
	permanent := func(err error, secrets map[string]string) *Failure {
		f := failureOf(err, secrets)
		f.Permanent = true
		return &f
	}
	if len(job.Recipients) != 1 {
		return permanent(fmt.Errorf("an email has exactly one recipient, this one has %d", len(job.Recipients)), nil)
	}
	to, err := domain.ParseEmail(job.Recipients[0])
	if err != nil {
		return permanent(err, nil)
	}
	values, secrets, err := open(w.Sealer, job)
	if err != nil {
		return permanent(err, nil)
	}
	content, err := w.Renderer.Render(job.Template, job.Locale, values)
	if err != nil {
		return permanent(err, secrets)
	}
	content.Subject = oneLine(job.Subject)
	if err := w.Sender.Send(ctx, Mail{To: to, MessageID: w.messageID(job), Content: content}); err != nil {
		f := failureOf(err, secrets)
		return &f
	}
	return nil
}

// messageID is the same at each attempt.
func (w Worker) messageID(job Job) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", job.ID, job.CreatedAt.UTC().Format(time.RFC3339Nano), job.Recipients[0]))
	return hex.EncodeToString(sum[:16]) + "@" + w.Domain
}

// record says in the queue what became of a job, and whether it was still this worker's.
func (w Worker) record(ctx context.Context, job Job, unwanted Cause, failure *Failure) (held bool, err error) {
	switch {
	case unwanted != "":
		return w.Queue.Drop(ctx, job, w.now(), unwanted)
	case failure == nil:
		return w.Queue.Sent(ctx, job, w.messageID(job), w.now())
	case failure.Permanent || job.Retries >= job.MaxRetries:
		w.Logger.Warn("an email could not be sent", "id", job.ID, "template", job.Template, "reason", failure.Reason)
		return w.Queue.Failed(ctx, job, w.now(), *failure)
	default:
		w.Logger.Info("an email will be tried again", "id", job.ID, "template", job.Template, "reason", failure.Reason)
		now := w.now()
		return w.Queue.Again(ctx, job, now, now.Add(w.backOff(job.Retries)), *failure)
	}
}

// backOff is 1, 2, 4, … minutes, and up to a fifth less or more, so that what failed together is not tried again together.
func (w Worker) backOff(retries int) time.Duration {
	const longest = 10 // doublings: 17 hours
	wait := time.Minute << min(max(retries, 0), longest)
	return time.Duration(float64(wait) * (0.8 + 0.4*w.Random())).Truncate(time.Microsecond)
}
