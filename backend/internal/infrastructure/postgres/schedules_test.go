package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
)

// scheduled is an office whose document has a schedule: every day at nine.
func scheduled(t *testing.T, change func(*domain.Schedule)) *office {
	t.Helper()
	o := newOffice(t)
	o.now = day(0, 8)
	s := domain.Schedule{
		DocID: o.document.ID, Enabled: true, DaysBefore: []int{1}, DaysAfter: []int{1, 2, 3}, Weekdays: []int{1, 2, 3, 4, 5, 6, 7}, Hour: 9, MaxReminders: 10,
	}
	if change != nil {
		change(&s)
	}
	if _, err := o.service.SetSchedule(t.Context(), o.ledger.author, s); err != nil {
		t.Fatal(err)
	}
	return o
}

// day is an hour of a day, counted from a Monday to come.
func day(n, hour int) time.Time { return time.Date(2035, 1, 1+n, hour, 0, 0, 0, time.UTC) }

// turns lets the scheduler do what is due, and returns how many schedules were.
func (o *office) turns(t *testing.T) int {
	t.Helper()
	n, err := reminders.Scheduler{Service: o.service}.RunOnce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// daily lets each day from one to another pass at nine, and says how many emails went out on each.
func (o *office) daily(t *testing.T, from, to int) (sent []int) {
	t.Helper()
	for n := from; n <= to; n++ {
		o.now = day(n, 9)
		o.turns(t)
		sent = append(sent, len(o.drain(t)))
	}
	return sent
}

// at is the end of a working day.
func at(n int) *time.Time {
	moment := day(n, 17)
	return &moment
}

func TestAScheduleRemindsBeforeAndAfterTheDeadline(t *testing.T) {
	t.Parallel()
	o := scheduled(t, nil)
	o.ask(t, at(2), "ada@example.com")
	o.ask(t, nil, "free@example.com")
	if got := o.daily(t, 0, 7); !slices.Equal(got, []int{0, 1, 0, 1, 1, 1, 0, 0}) {
		t.Errorf("%v", got)
	}
	h := o.history(t)
	if len(h) != 4 || h[0].Kind != domain.KindReminder || h[1].Kind != domain.KindOverdue || !h[0].Automatic || h[0].By != "" {
		t.Errorf("%+v", h)
	}
	o.now = day(8, 10)
	if o.turns(t) != 1 || o.turns(t) != 0 {
		t.Error("a schedule is due again at once")
	}
}

func TestWhatIsDueTodayIsStillDoneWhenTheHourIsMovedBeforeNow(t *testing.T) {
	t.Parallel()
	o := scheduled(t, func(s *domain.Schedule) { s.Hour = 17 })
	o.ask(t, at(2), "ada@example.com")
	o.daily(t, 0, 0)
	o.now = day(1, 10)
	s, err := o.service.Schedule(t.Context(), o.ledger.author, o.document.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Hour = 9
	if _, err := o.service.SetSchedule(t.Context(), o.ledger.author, s); err != nil {
		t.Fatal(err)
	}
	o.turns(t)
	if sent := o.drain(t); len(sent) != 1 {
		t.Errorf("on the day before: %v", sent)
	}
	o.turns(t)
	if sent := o.drain(t); len(sent) != 0 {
		t.Errorf("twice: %v", sent)
	}
}

func TestTheDocumentsDeadlineCountsForWhoHasNone(t *testing.T) {
	t.Parallel()
	o := scheduled(t, nil)
	o.ask(t, nil, "ada@example.com")
	if _, err := o.queue.Pool.Exec(t.Context(), `UPDATE documents SET due_at = $1`, day(1, 17)); err != nil {
		t.Fatal(err)
	}
	if got := o.daily(t, 0, 1); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("%v", got)
	}
}

func TestWhatFallsOnAnotherDayWaitsForTheNextWeekday(t *testing.T) {
	t.Parallel()
	o := scheduled(t, func(s *domain.Schedule) { s.Weekdays = []int{1, 3} }) // Mondays and Wednesdays
	o.ask(t, at(2), "ada@example.com")                                       // due on Wednesday: to be reminded on Tuesday, Thursday, Friday, Saturday
	if got := o.daily(t, 0, 9); !slices.Equal(got, []int{0, 0, 1, 0, 0, 0, 0, 1, 0, 0}) {
		t.Errorf("%v", got)
	}
}

func TestAServerThatWasAwayMakesUpForItOnce(t *testing.T) {
	t.Parallel()
	o := scheduled(t, nil)
	o.ask(t, at(2), "ada@example.com")
	o.now = day(20, 12)
	if o.turns(t) != 1 {
		t.Fatal("it is not due")
	}
	if got := o.drain(t); len(got) != 1 || o.history(t)[0].Kind != domain.KindOverdue {
		t.Errorf("%v", got)
	}
	if got := o.daily(t, 21, 24); !slices.Equal(got, []int{0, 0, 0, 0}) {
		t.Errorf("afterwards: %v", got)
	}
}

func TestAScheduleStopsAfterSoManyReminders(t *testing.T) {
	t.Parallel()
	o := scheduled(t, func(s *domain.Schedule) { s.MaxReminders = 2 })
	o.ask(t, at(2), "ada@example.com")
	if got := o.daily(t, 0, 7); !slices.Equal(got, []int{0, 1, 0, 1, 0, 0, 0, 0}) {
		t.Errorf("%v", got)
	}
}

func TestNobodyIsRemindedWhoNeedNotBe(t *testing.T) {
	t.Parallel()
	o := scheduled(t, nil)
	o.ask(t, at(1), "signed@example.com", "gone@example.com", "muted@example.com", "waiting@example.com")
	o.set(t, "signed@example.com", "signed_revision = 1, signed_at = now()")
	o.set(t, "gone@example.com", "withdrawn_at = now()")
	o.set(t, "muted@example.com", "muted = true")
	o.remind(t, "waiting@example.com")
	o.now = day(0, 9)
	o.turns(t)
	if h := o.history(t); len(h) != 1 {
		t.Errorf("%+v", h)
	}
}

func TestTwoServersRunAScheduleOnce(t *testing.T) {
	t.Parallel()
	o := scheduled(t, nil)
	for i := range 50 {
		o.ask(t, at(1), fmt.Sprintf("p%d@example.com", i))
	}
	o.now = day(0, 9)
	var servers sync.WaitGroup
	for range 4 {
		servers.Go(func() {
			if _, err := (reminders.Scheduler{Service: o.service}).RunOnce(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	servers.Wait()
	if h := o.history(t); len(h) != 50 {
		t.Errorf("%d reminders", len(h))
	}
}

// A worker that is slower than its lease has nothing to say any more.
func TestALostTurnLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	o := scheduled(t, nil)
	o.ask(t, at(1), "ada@example.com")
	o.now = day(0, 9)
	claims, err := o.service.Repository.DueSchedules(t.Context(), o.now, o.now.Add(time.Minute), 10)
	if err != nil || len(claims) != 1 || o.turns(t) != 0 {
		t.Fatal(claims, err)
	}
	o.now = o.now.Add(2 * time.Minute)
	if o.turns(t) != 1 {
		t.Fatal("nobody takes over")
	}
	run := reminders.Run{Schedule: claims[0].Schedule, HeldUntil: claims[0].HeldUntil}
	if held, err := o.service.Repository.Ran(t.Context(), run); held || err != nil || len(o.history(t)) != 1 {
		t.Errorf("%v, %v", held, err)
	}
}

func TestSwitchingOnMakesUpForNothing(t *testing.T) {
	t.Parallel()
	o := scheduled(t, func(s *domain.Schedule) { s.Enabled = false })
	o.ask(t, at(2), "ada@example.com")
	if got := o.daily(t, 0, 3); !slices.Equal(got, []int{0, 0, 0, 0}) {
		t.Errorf("off: %v", got)
	}
	s, err := o.service.Schedule(t.Context(), o.ledger.author, o.document.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Enabled = true
	o.now = day(3, 10)
	if _, err := o.service.SetSchedule(t.Context(), o.ledger.author, s); err != nil {
		t.Fatal(err)
	}
	o.turns(t)
	if got := o.drain(t); len(got) != 0 {
		t.Errorf("at once: %v", got)
	}
	if got := o.daily(t, 4, 5); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("on: %v", got)
	}
}

func TestTheManagerIsToldOnceWhoIsMissing(t *testing.T) {
	t.Parallel()
	o := scheduled(t, func(s *domain.Schedule) {
		s.DaysBefore, s.DaysAfter, s.EscalateAfterDays, s.ManagerEmail, s.ManagerName = nil, nil, 2, "Boss@example.com ", "The Boss"
	})
	for i := range 60 {
		o.ask(t, at(0), fmt.Sprintf("p%02d@example.com", i))
	}
	o.ask(t, at(30), "later@example.com")
	o.set(t, "p00@example.com", "name = 'Ada & King'")
	o.set(t, "p01@example.com", "name = 'Visit evil.example'")
	if got := o.daily(t, 0, 5); !slices.Equal(got, []int{0, 0, 1, 0, 0, 0}) {
		t.Errorf("%v", got)
	}
	m := o.mailbox.mails[0]
	if m.To != "boss@example.com" || !strings.Contains(m.Text, "- Ada & King (p00@example.com)\n- p01@example.com\n") || !strings.Contains(m.Text, "and 10 more") ||
		strings.Count(m.Text, "@example.com") != 50 || strings.Contains(m.Text, "later") || !strings.Contains(m.HTML, "Ada &amp; King") || !strings.Contains(m.Text, "Hello The Boss,") {
		t.Errorf("%s", m.Text)
	}
}

func TestTheAuthorIsToldOnceWhenEverybodyHasSigned(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.ask(t, nil, "ada@example.com", "bob@example.com", "gone@example.com")
	o.set(t, "gone@example.com", "withdrawn_at = now()")
	look := func() int {
		t.Helper()
		n, err := reminders.Completer{Service: o.service}.RunOnce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	sign := func(email string) {
		t.Helper()
		u := o.ledger.user(t, email, domain.RoleSigner)
		if _, _, err := o.ledger.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: o.document.ID}); err != nil {
			t.Fatal(err)
		}
	}
	sign("ada@example.com")
	if look() != 1 || look() != 0 || len(o.drain(t)) != 0 {
		t.Error("the author is told too early")
	}
	before, err := o.service.Documents.Document(t.Context(), o.document.ID)
	if err != nil {
		t.Fatal(err)
	}
	sign("bob@example.com")
	sign("unexpected@example.com")
	look()
	if got := o.drain(t); !slices.Equal(got, []string{"author@example.com"}) {
		t.Fatalf("told: %v", got)
	}
	if m := o.mailbox.mails[0]; !strings.Contains(m.Text, "Confirmations: 2\n") || !strings.HasPrefix(m.Subject, "Everyone has confirmed “Title of policy”") {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
	after, err := o.service.Documents.Document(t.Context(), o.document.ID)
	if err != nil || !after.UpdatedAt.Equal(before.UpdatedAt) {
		t.Errorf("telling its author changed the document: %v", err)
	}
	if err := o.exec(t, `INSERT INTO completion_checks SELECT doc_id FROM documents`); err != nil {
		t.Fatal(err)
	}
	if look() != 1 || len(o.drain(t)) != 0 {
		t.Error("the author is told twice")
	}
}

func TestErasingSomebodyReachesWhatManagersWereTold(t *testing.T) {
	t.Parallel()
	o := scheduled(t, func(s *domain.Schedule) { s.EscalateAfterDays, s.ManagerEmail = 1, "boss@example.com" })
	o.ask(t, at(0), "ada@example.com", "bob@example.com")
	o.set(t, "ada@example.com", "name = 'Ada'")
	o.now = day(1, 9)
	o.turns(t)
	owner := o.database.AsOwner(t)
	if _, err := owner.Pool.Exec(t.Context(), `SELECT erase_person('ada@example.com', 0, now())`); err != nil {
		t.Fatal(err)
	}
	var missing string
	if err := o.queue.Pool.QueryRow(t.Context(), `SELECT data->>'missing' FROM email_queue WHERE template = 'escalation'`).Scan(&missing); err != nil || missing != "bob@example.com" {
		t.Errorf("%q, %v", missing, err)
	}
}
