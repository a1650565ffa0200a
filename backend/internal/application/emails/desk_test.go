package emails

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// register holds one email.
type register struct {
	Register
	email   Queued
	retried bool
}

func (r *register) Email(context.Context, int64) (Queued, error) { return r.email, nil }

func (r *register) Retry(context.Context, Queued, time.Time, domain.Outbox) (bool, error) {
	r.retried = true
	return true, nil
}

func queuedOf(t *testing.T, m domain.Message) Queued {
	t.Helper()
	job := jobOf(t, m)
	return Queued{
		ID: 1, To: string(m.To), Subject: job.Subject, Template: job.Template, Locale: job.Locale, Status: Failed, CreatedAt: now, Data: job.Data,
		ReferenceType: m.ReferenceType, ReferenceID: m.ReferenceID,
	}
}

func desk(r Register) Desk {
	return Desk{Register: r, Renderer: plainWords{}, Configured: true, Clock: func() time.Time { return now.Add(10 * time.Minute) }}
}

func TestAdministratorsNeverSeeWhatLetsSomebodyIn(t *testing.T) {
	t.Parallel()
	details, err := desk(&register{email: queuedOf(t, message())}).Email(t.Context(), 1)
	if err != nil || !strings.Contains(details.Text, "minutes=15;") || details.Content.Subject != "fr Acme" {
		t.Errorf("%+v, %v", details, err)
	}
	for _, secret := range []string{"123456", "0123456789abcdef", "sealed", "code=", "link="} {
		if strings.Contains(details.Text+details.HTML+details.Content.Subject, secret) {
			t.Errorf("%q is shown: %s", secret, details.Text)
		}
	}
	odd := queuedOf(t, message())
	odd.Template, odd.Data = "unknown", []byte(`[1]`)
	if details, err := desk(&register{email: odd}).Email(t.Context(), 1); err != nil || details.Text != "" || details.Content.Subject != "fr Acme" {
		t.Errorf("an email of another version: %+v, %v", details, err)
	}
}

// purpose says what something says by now, and why it is not wanted.
type purpose struct {
	data []byte // nil: as it was
	why  Cause
	err  error
}

func (p purpose) Current(_ context.Context, job Job) ([]byte, Cause, error) {
	if p.data != nil {
		job.Data = p.data
	}
	return job.Data, p.why, p.err
}

func TestWhatIsNotSentAgain(t *testing.T) {
	t.Parallel()
	reminder := message()
	reminder.ReferenceType, reminder.Secrets = domain.ReferenceReminder, nil
	for name, c := range map[string]struct {
		message domain.Message
		after   time.Duration
		why     Cause
		code    string
	}{
		"a link that still works":  {message(), 10 * time.Minute, "", ""},
		"a link that has expired":  {message(), 15 * time.Minute, "", "email.not_retryable"},
		"a reminder still wanted":  {reminder, time.Hour, "", ""},
		"a reminder of no purpose": {reminder, time.Hour, "signed", "email.not_retryable"},
	} {
		r := &register{email: queuedOf(t, c.message)}
		d := desk(r)
		d.Clock = func() time.Time { return now.Add(c.after) }
		d.Gates = map[string]Gate{domain.ReferenceReminder: purpose{why: c.why}}
		_, err := d.Retry(t.Context(), domain.User{}, 1)
		if code := codeOf(err); code != c.code || r.retried != (c.code == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := desk(&register{})
	d.Configured = false
	if _, err := d.Retry(t.Context(), domain.User{}, 1); codeOf(err) != "mail.not_configured" {
		t.Error(err)
	}
}

// several are emails by their numbers.
type several struct {
	register
	emails map[int64]Queued
	failed []int64 // the newest first
	again  []int64
}

func (s *several) Email(_ context.Context, id int64) (Queued, error) {
	if queued, there := s.emails[id]; there {
		return queued, nil
	}
	return Queued{}, ErrEmailNotFound
}

func (s *several) NewestFailed(_ context.Context, before int64, limit int) ([]int64, error) {
	at := max(0, slices.Index(s.failed, before)+1)
	return s.failed[at:min(len(s.failed), at+limit)], nil
}

func (s *several) Retry(_ context.Context, queued Queued, _ time.Time, out domain.Outbox) (bool, error) {
	if len(out.Audit) != 1 {
		return false, errors.New("nobody is told")
	}
	s.again = append(s.again, queued.ID)
	return true, nil
}

func TestFailedEmailsAreSentAgainInBatches(t *testing.T) {
	t.Parallel()
	s := &several{emails: map[int64]Queued{}}
	for id := int64(700); id > 0; id-- {
		s.emails[id] = queuedOf(t, message())
		queued := s.emails[id]
		queued.ID = id
		if id == 699 {
			queued.CreatedAt = queued.CreatedAt.Add(-time.Hour) // its link has expired
		}
		s.emails[id] = queued
		s.failed = append(s.failed, id)
	}
	first, err := desk(s).RetryFailed(t.Context(), domain.User{}, RetryInput{})
	if err != nil || first != (Retried{Retried: MaxRetried - 1, Left: 1, Next: 201}) {
		t.Errorf("the first: %+v, %v", first, err)
	}
	rest, err := desk(s).RetryFailed(t.Context(), domain.User{}, RetryInput{Before: first.Next})
	if err != nil || rest != (Retried{Retried: 200}) || len(s.again) != 699 {
		t.Errorf("the rest: %+v, %v", rest, err)
	}
	waits := s.emails[1]
	waits.Status = Pending
	s.emails[1] = waits
	some, err := desk(s).RetryFailed(t.Context(), domain.User{}, RetryInput{IDs: []int64{1, 2, 999}})
	if err != nil || some != (Retried{Retried: 1, Left: 2}) {
		t.Errorf("given ones: %+v, %v", some, err)
	}
	d := desk(s)
	d.Configured = false
	if _, err := d.RetryFailed(t.Context(), domain.User{}, RetryInput{}); codeOf(err) != "mail.not_configured" {
		t.Error(err)
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return domain.AsError(err).Code
}

func TestTheGateIsAskedBeforeSending(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gate    purpose
		outcome string
		sent    int
		fails   bool
	}{
		"wanted":     {purpose{}, "sent", 1, false},
		"rewritten":  {purpose{data: []byte(`{"organisation":"Newer"}`)}, "sent", 1, false},
		"not wanted": {purpose{why: CauseSigned}, "dropped", 0, false},
		"unknown":    {purpose{err: domain.ErrDatabase}, "released", 0, true},
	} {
		job := jobOf(t, message())
		job.ReferenceType = "login"
		q, s := newQueue(job), &sender{}
		w := worker(q, s)
		w.Gates = map[string]Gate{"login": c.gate}
		if _, err := w.RunOnce(t.Context()); (err != nil) != c.fails || q.outcome[1] != c.outcome || len(s.mails) != c.sent || q.why[1].Cause != c.gate.why {
			t.Errorf("%s: %v, %v, %v", name, q.outcome, q.why, err)
		}
		if c.gate.data != nil && !strings.Contains(s.mails[0].Text, "organisation=Newer;") {
			t.Errorf("%s: %q", name, s.mails[0].Text)
		}
		w.Gates = map[string]Gate{"other": c.gate}
		q.jobs = []Job{job}
		if _, err := w.RunOnce(t.Context()); err != nil || q.outcome[1] != "sent" {
			t.Errorf("%s, of others: %v", name, err)
		}
	}
}

func TestASteadyPace(t *testing.T) {
	t.Parallel()
	s := NewSteady(4)
	var turns []time.Duration
	for range 3 {
		turns = append(turns, s.turn(now).Sub(now))
	}
	turns = append(turns, s.turn(now.Add(time.Minute)).Sub(now))
	if want := []time.Duration{0, time.Second / 4, time.Second / 2, time.Minute}; !slices.Equal(turns, want) {
		t.Errorf("%v", turns)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := NewSteady(1).Wait(ended); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// hurry lets so many go, and then nobody any more.
type hurry struct {
	mutex sync.Mutex
	left  int
}

func (h *hurry) Wait(ctx context.Context) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.left--; h.left < 0 {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

func TestWhoseTurnDoesNotComeIsGivenBack(t *testing.T) {
	t.Parallel()
	first, second := jobOf(t, message()), jobOf(t, message())
	second.ID = 2
	q := newQueue(first, second)
	w := worker(q, &sender{})
	w.Pace, w.Parallel = &hurry{left: 1}, 1
	if _, err := w.RunOnce(t.Context()); err != nil || q.outcome[1] != "sent" || q.outcome[2] != "released" {
		t.Errorf("%v, %v", q.outcome, err)
	}
}

func TestAWorkerCanBeWoken(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	bell := make(chan struct{}, 1)
	q := newQueue()
	q.idle = func() {
		if q.claims == 2 {
			stop()
		}
		bell <- struct{}{}
	}
	w := worker(q, &sender{})
	w.Idle, w.Wake = time.Hour, bell // asleep, it would outlast the test
	w.Run(ctx)
	if q.claims != 2 {
		t.Errorf("%d claims", q.claims)
	}
}
