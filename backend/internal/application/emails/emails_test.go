package emails

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

var now = time.Date(2026, 11, 22, 4, 33, 0, 0, time.UTC)

// plainWords shows all values, also in the subject those that begin with "s".
type plainWords struct{}

func (plainWords) Render(template string, locale domain.Locale, values map[string]string) (Content, error) {
	if template == "unknown" {
		return Content{}, errors.New("no such template")
	}
	c := Content{Subject: string(locale) + " " + values[domain.ValueOrganisation]}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		c.Text += name + "=" + values[name] + ";"
		if strings.HasPrefix(name, "s") {
			c.Subject += " " + values[name]
		}
	}
	return c, nil
}

func (w plainWords) Subject(template string, locale domain.Locale, values map[string]string) (string, error) {
	content, err := w.Render(template, locale, values)
	return content.Subject, err
}

func (w plainWords) RenderShown(template string, locale domain.Locale, values map[string]string) (Content, error) {
	return w.Render(template, locale, values)
}

// reverser seals in a way that tests can see through.
type reverser struct{ key byte }

func (r reverser) Seal(plain, context []byte) []byte {
	sealed := slices.Concat([]byte{r.key}, context, []byte{0, 0}, plain)
	slices.Reverse(sealed)
	return sealed
}

func (r reverser) Open(sealed, context []byte) ([]byte, error) {
	sealed = bytes.Clone(sealed)
	slices.Reverse(sealed)
	plain, ok := bytes.CutPrefix(sealed, slices.Concat([]byte{r.key}, context, []byte{0, 0}))
	if !ok {
		return nil, errors.New("another key or context")
	}
	return plain, nil
}

func composer() Composer {
	return Composer{Renderer: plainWords{}, Sealer: reverser{1}, Clock: func() time.Time { return now }, Organisation: "Acme", Configured: true}
}

func message() domain.Message {
	return domain.Message{
		To: "ada@example.com", Locale: "fr", Template: domain.MailMagicLink, Data: map[string]string{"minutes": "15"},
		Secrets: map[string]string{"link": "https://x.example/#token=0123456789abcdef", "code": "123456"}, Priority: domain.PriorityUrgent,
		ReferenceType: "login", ReferenceID: "7", CreatedBy: "u",
	}
}

func TestComposeSealsSecrets(t *testing.T) {
	t.Parallel()
	m := message()
	queued, err := composer().Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	var data map[string]string
	if err := json.Unmarshal(queued.Data, &data); err != nil {
		t.Fatal(err)
	}
	if data["minutes"] != "15" || data["organisation"] != "Acme" || data["sealed"] == "" || len(data) != 3 || strings.Contains(string(queued.Data), "123456") {
		t.Errorf("data %s", queued.Data)
	}
	queued.Data = nil
	want := domain.QueuedMail{
		To: m.To, Subject: "fr Acme", Template: m.Template, Locale: "fr", Priority: 100, ReferenceType: "login", ReferenceID: "7", CreatedBy: "u",
		MaxRetries: 3, At: now,
	}
	if queued.Data = nil; !equalMail(queued, want) {
		t.Errorf("%+v", queued)
	}
}

func equalMail(a, b domain.QueuedMail) bool {
	return bytes.Equal(a.Data, b.Data) && a.To == b.To && a.Subject == b.Subject && a.Template == b.Template && a.Locale == b.Locale &&
		a.Priority == b.Priority && a.ReferenceType == b.ReferenceType && a.ReferenceID == b.ReferenceID && a.CreatedBy == b.CreatedBy &&
		a.MaxRetries == b.MaxRetries && a.At.Equal(b.At)
}

func TestWhatCannotBeComposed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*domain.Message){
		"an unknown template":        func(m *domain.Message) { m.Template = "unknown" },
		"a value given twice":        func(m *domain.Message) { m.Data["link"] = "x" },
		"a value called sealed":      func(m *domain.Message) { m.Data["sealed"] = "x" },
		"a secret called sealed":     func(m *domain.Message) { m.Secrets["sealed"] = "x" },
		"a secret in the subject":    func(m *domain.Message) { m.Secrets["secret"] = "x" },
		"the organisation, secretly": func(m *domain.Message) { m.Secrets["organisation"] = "x" },
	} {
		m := message()
		change(&m)
		if _, err := composer().Compose(m); err == nil {
			t.Errorf("%s is composed", name)
		}
	}
}

func jobOf(t *testing.T, m domain.Message) Job {
	t.Helper()
	queued, err := composer().Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	return Job{
		ID: 1, Recipients: []string{string(queued.To)}, Subject: queued.Subject, Template: queued.Template, Locale: queued.Locale, Data: queued.Data,
		MaxRetries: queued.MaxRetries, CreatedAt: queued.At,
	}
}

// queue has one batch of jobs and remembers what became of them.
type queue struct {
	Queue
	mutex   sync.Mutex
	jobs    []Job
	claims  int
	outcome map[int64]string
	again   map[int64]time.Time
	why     map[int64]Failure
	lost    bool // no job is this worker's any more
	down    error
	idle    func() // called when there is nothing to claim
}

func newQueue(jobs ...Job) *queue {
	return &queue{jobs: jobs, outcome: map[int64]string{}, again: map[int64]time.Time{}, why: map[int64]Failure{}}
}

func (q *queue) TakeBack(context.Context, time.Time) (again, failed []int64, err error) {
	return nil, nil, q.down
}

func (q *queue) Claim(_ context.Context, _, heldUntil time.Time, limit int) ([]Job, error) {
	q.claims++
	claimed := q.jobs[:min(limit, len(q.jobs))]
	q.jobs = q.jobs[len(claimed):]
	for i := range claimed {
		claimed[i].HeldUntil = heldUntil
	}
	if len(claimed) == 0 && q.idle != nil {
		q.idle()
	}
	return claimed, nil
}

func (q *queue) end(job Job, outcome string, why Failure, at time.Time) (bool, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.outcome[job.ID], q.why[job.ID], q.again[job.ID] = outcome, why, at
	return !q.lost, nil
}

func (q *queue) Sent(_ context.Context, job Job, _ string, _ time.Time) (bool, error) {
	return q.end(job, "sent", Failure{}, time.Time{})
}

func (q *queue) Again(_ context.Context, job Job, _, at time.Time, why Failure) (bool, error) {
	return q.end(job, "again", why, at)
}

func (q *queue) Failed(_ context.Context, job Job, _ time.Time, why Failure) (bool, error) {
	return q.end(job, "failed", why, time.Time{})
}

func (q *queue) Drop(_ context.Context, job Job, _ time.Time, why Cause) (bool, error) {
	return q.end(job, "dropped", Failure{Cause: why}, time.Time{})
}

func (q *queue) Release(_ context.Context, job Job) (bool, error) {
	return q.end(job, "released", Failure{}, time.Time{})
}

func (q *queue) DeleteEnded(context.Context, time.Time, int) (int64, error) { return 0, nil }

// sender answers what a test wants and remembers what it was given.
type sender struct {
	mutex  sync.Mutex
	mails  []Mail
	answer func(Mail) error
}

func (s *sender) Send(_ context.Context, m Mail) error {
	s.mutex.Lock()
	s.mails = append(s.mails, m)
	s.mutex.Unlock()
	if s.answer != nil {
		return s.answer(m)
	}
	return nil
}

func worker(q Queue, s Sender) Worker {
	return Worker{
		Queue: q, Sender: s, Renderer: plainWords{}, Sealer: reverser{1}, Clock: func() time.Time { return now },
		Logger: slog.New(slog.DiscardHandler), Random: func() float64 { return 0.5 }, Domain: "sign.example.com",
	}
}

func TestAJobIsSentWithItsSecrets(t *testing.T) {
	t.Parallel()
	q, s := newQueue(jobOf(t, message())), &sender{}
	if claimed, err := worker(q, s).RunOnce(t.Context()); err != nil || claimed != 1 || q.outcome[1] != "sent" || len(s.mails) != 1 {
		t.Fatalf("%d, %v, %+v", claimed, err, q.outcome)
	}
	m := s.mails[0]
	if m.To != "ada@example.com" || m.Subject != "fr Acme" || !strings.Contains(m.Text, "code=123456;link=https://x.example/#token=0123456789abcdef;minutes=15;") ||
		strings.Contains(m.Text, "sealed") {
		t.Errorf("%+v", m)
	}
	if again := worker(q, s).messageID(jobOf(t, message())); m.MessageID != again || len(m.MessageID) != len("@sign.example.com")+32 {
		t.Errorf("a copy has another id: %s, %s", m.MessageID, again)
	}
}

func TestWhatBecomesOfAFailure(t *testing.T) {
	t.Parallel()
	temporary, permanent := &Failure{Code: 451, Reason: "later"}, &Failure{Code: 550, Permanent: true, Reason: "never"}
	for name, c := range map[string]struct {
		answer  error
		retries int
		want    string
		wait    time.Duration
	}{
		"the first time":       {temporary, 0, "again", time.Minute},
		"the second time":      {temporary, 1, "again", 2 * time.Minute},
		"the third time":       {temporary, 2, "again", 4 * time.Minute},
		"the last time":        {temporary, 3, "failed", 0},
		"for good":             {permanent, 0, "failed", 0},
		"something unforeseen": {errors.New("oops"), 0, "again", time.Minute},
	} {
		job := jobOf(t, message())
		job.Retries = c.retries
		q := newQueue(job)
		if _, err := worker(q, &sender{answer: func(Mail) error { return c.answer }}).RunOnce(t.Context()); err != nil || q.outcome[1] != c.want {
			t.Errorf("%s: %s, %v", name, q.outcome[1], err)
		}
		if c.want == "again" && !q.again[1].Equal(now.Add(c.wait)) {
			t.Errorf("%s: again at %s", name, q.again[1])
		}
	}
}

func TestBackOffIsSpreadAndBounded(t *testing.T) {
	t.Parallel()
	for random, want := range map[float64]time.Duration{0: 48 * time.Second, 0.5: time.Minute, 1: 72 * time.Second} {
		w := Worker{Random: func() float64 { return random }}
		if got := w.backOff(0); got.Round(time.Millisecond) != want {
			t.Errorf("%v: %s", random, got)
		}
		if got := w.backOff(1000); got > 24*time.Hour || got < time.Hour {
			t.Errorf("after a thousand: %s", got)
		}
	}
}

func TestJobsThatCanNeverBeSentFailAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Job)
		says   string
	}{
		"sealed with another key":     {func(j *Job) { j.Data = bytes.Replace(j.Data, []byte(`"sealed":"`), []byte(`"sealed":"AAAA`), 1) }, "ACKIFY_OAUTH_COOKIE_SECRET"},
		"sealed for somebody else":    {func(j *Job) { j.Recipients = []string{"eve@example.com"} }, "ACKIFY_OAUTH_COOKIE_SECRET"},
		"sealed for another template": {func(j *Job) { j.Template = domain.MailInvitation }, "ACKIFY_OAUTH_COOKIE_SECRET"},
		"an unknown template":         {func(j *Job) { j.Template, j.Data = "unknown", []byte(`{}`) }, "no such template"},
		"two recipients":              {func(j *Job) { j.Recipients = append(j.Recipients, "eve@example.com") }, "exactly one recipient"},
		"no recipient":                {func(j *Job) { j.Recipients = nil }, "exactly one recipient"},
		"no address":                  {func(j *Job) { j.Recipients, j.Data = []string{"ada"}, []byte(`{}`) }, "An email address has an @"},
		"no texts":                    {func(j *Job) { j.Data = []byte(`[1]`) }, "not an object of texts"},
	} {
		job := jobOf(t, message())
		c.change(&job)
		q, s := newQueue(job), &sender{}
		if _, err := worker(q, s).RunOnce(t.Context()); err != nil || q.outcome[1] != "failed" || len(s.mails) != 0 ||
			!q.why[1].Permanent || !strings.Contains(q.why[1].Reason, c.says) {
			t.Errorf("%s: %s, %+v, %v", name, q.outcome[1], q.why[1], err)
		}
	}
}

// A spam filter quotes the address it does not like.
func TestNoReasonHoldsASecret(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	q := newQueue(jobOf(t, message()))
	w := worker(q, &sender{answer: func(m Mail) error {
		return &Failure{Permanent: true, Code: 554, Reason: "blocked\r\n " + m.Text + " 123 456 token 0123456789abcdef " + strings.Repeat("é", 1000)}
	}})
	w.Logger = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := w.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{q.why[1].Reason, log.String()} {
		for _, secret := range []string{"123456", "123 456", "0123456789abcdef", "https://x.example/#"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q holds %q", text, secret)
			}
		}
		if !strings.Contains(text, "blocked") || !strings.Contains(text, "minutes=15") {
			t.Errorf("%q says nothing any more", text)
		}
	}
	if reason := q.why[1].Reason; len([]rune(reason)) != maxReason || strings.ContainsAny(reason, "\r\n") {
		t.Errorf("%d characters: %q", len([]rune(reason)), reason)
	}
}

func TestABatchIsSentSeveralAtATime(t *testing.T) {
	t.Parallel()
	var jobs []Job
	for i := range 12 {
		job := jobOf(t, message())
		job.ID = int64(i)
		jobs = append(jobs, job)
	}
	q := newQueue(jobs...)
	together := make(chan struct{}, 5)
	var five sync.WaitGroup
	five.Add(5)
	w := worker(q, &sender{answer: func(Mail) error {
		select {
		case together <- struct{}{}:
			five.Done()
			five.Wait() // the first five are under way at once, or this never ends
		default:
		}
		return nil
	}})
	if claimed, err := w.RunOnce(t.Context()); err != nil || claimed != 10 || len(q.outcome) != 10 {
		t.Errorf("%d, %d, %v", claimed, len(q.outcome), err)
	}
}

func TestRunClaimsAgainWhileThereIsWorkAndStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var jobs []Job
	for i := range 3 {
		job := jobOf(t, message())
		job.ID = int64(i)
		jobs = append(jobs, job)
	}
	q := newQueue(jobs...)
	q.idle = stop
	w := worker(q, &sender{})
	w.Batch, w.Idle = 1, time.Hour // an idle worker would outlast the test
	w.Run(ctx)
	if q.claims != 4 || len(q.outcome) != 3 {
		t.Errorf("%d claims, %v", q.claims, q.outcome)
	}
}

func TestWhatIsUnderWayIsFinishedAndTheRestGivenBack(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	first, second := jobOf(t, message()), jobOf(t, message())
	second.ID = 2
	q := newQueue(first, second)
	w := worker(q, &sender{answer: func(Mail) error { stop(); return nil }})
	w.Parallel = 1
	if _, err := w.RunOnce(ctx); err != nil || q.outcome[1] != "sent" || q.outcome[2] != "released" {
		t.Errorf("%v, %v", q.outcome, err)
	}
}

func TestTheQueueIsAway(t *testing.T) {
	t.Parallel()
	q := newQueue()
	q.down = domain.ErrDatabase
	if _, err := worker(q, &sender{}).RunOnce(t.Context()); !errors.Is(err, domain.ErrDatabase) {
		t.Error(err)
	}
	lost := newQueue(jobOf(t, message()))
	lost.lost = true
	if _, err := worker(lost, &sender{}).RunOnce(t.Context()); err != nil {
		t.Errorf("a job that was deleted meanwhile: %v", err)
	}
}
