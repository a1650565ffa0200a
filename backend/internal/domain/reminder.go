package domain

import (
	"slices"
	"time"
)

// ReminderKind is what an email about missing signatures says.
type ReminderKind string

// The kinds of reminders.
const (
	KindReminder   ReminderKind = "reminder"
	KindOverdue    ReminderKind = "overdue"
	KindEscalation ReminderKind = "escalation" // to a manager
	KindCompleted  ReminderKind = "completed"  // to the author
)

// Template is the email's.
func (k ReminderKind) Template() string {
	switch k {
	case KindOverdue:
		return MailReminderOverdue
	case KindEscalation:
		return MailEscalation
	case KindCompleted:
		return MailCompleted
	}
	return MailReminder
}

// ReminderKindOf is the kind of a template; any that is none of them is a reminder.
func ReminderKindOf(template string) ReminderKind {
	for _, k := range []ReminderKind{KindOverdue, KindEscalation, KindCompleted} {
		if k.Template() == template {
			return k
		}
	}
	return KindReminder
}

// ReminderStatus is what became of a reminder.
type ReminderStatus string

// What becomes of reminders.
const (
	ReminderQueued    ReminderStatus = "queued"
	ReminderSent      ReminderStatus = "sent"
	ReminderFailed    ReminderStatus = "failed"
	ReminderBounced   ReminderStatus = "bounced"
	ReminderCancelled ReminderStatus = "cancelled"
)

// Reminder is one email to somebody who was asked to sign.
type Reminder struct {
	ID         int64
	DocID      string
	Email      Email
	Kind       ReminderKind
	Status     ReminderStatus
	QueuedAt   time.Time
	SentAt     time.Time // zero unless it was sent
	By         string    // name of who sent it; "" when erased, or by the schedule
	Automatic  bool      // by the schedule
	Error      string    // why it was not sent, in English; "" when it was, or nothing went wrong
	ErrorCode  string    // the same as a code; "" also when it is older than codes
	ServerSaid string    // by the mail server; "": nothing
	EmailID    int64     // in the queue; 0 when it is no longer there
}

// Schedule says when Ackify reminds those who are to sign a document by itself.
type Schedule struct {
	DocID             string
	Enabled           bool
	DaysBefore        []int // before the deadline; 0: on the day
	DaysAfter         []int
	Weekdays          []int // on which it is done; ISO 8601: Monday is 1
	Hour              int   // 0 to 23, in the organisation's time zone
	MaxReminders      int   // to one person, of one material revision
	EscalateAfterDays int   // after the deadline; 0: nobody is told
	ManagerEmail      Email
	ManagerName       string
	RunUntil          time.Time // the last day that was looked at; midnight UTC stands for the day
	NextRunAt         time.Time
}

// DefaultSchedule is what is offered where nobody has chosen yet. It is off.
func DefaultSchedule(docID string) Schedule {
	return Schedule{DocID: docID, DaysBefore: []int{7, 1}, DaysAfter: []int{1, 7}, Weekdays: []int{1, 2, 3, 4, 5}, Hour: 9, MaxReminders: 5}
}

// Check refuses a schedule that cannot be kept to, and puts the days in order.
func (s *Schedule) Check() error {
	slices.Sort(s.DaysBefore)
	slices.Sort(s.DaysAfter)
	slices.Sort(s.Weekdays)
	s.DaysBefore, s.DaysAfter, s.Weekdays = slices.Compact(s.DaysBefore), slices.Compact(s.DaysAfter), slices.Compact(s.Weekdays)
	outside := func(days []int, least, most int) bool {
		return slices.ContainsFunc(days, func(d int) bool { return d < least || d > most })
	}
	switch {
	case len(s.DaysBefore) > 10 || outside(s.DaysBefore, 0, 365):
		return Invalid("daysBefore", "schedule.days", "There are at most ten days before the deadline and ten after it, each within a year.")
	case len(s.DaysAfter) > 10 || outside(s.DaysAfter, 1, 365):
		return Invalid("daysAfter", "schedule.days", "There are at most ten days before the deadline and ten after it, each within a year.")
	case len(s.Weekdays) == 0 || outside(s.Weekdays, 1, 7):
		return Invalid("weekdays", "schedule.weekdays", "Choose at least one day of the week, from 1 (Monday) to 7.")
	case s.Hour < 0 || s.Hour > 23:
		return Invalid("hour", "schedule.hour", "The hour is from 0 to 23.")
	case s.MaxReminders < 1 || s.MaxReminders > 50:
		return Invalid("maxReminders", "schedule.max_reminders", "One person is reminded 1 to 50 times.")
	case s.EscalateAfterDays < 0 || s.EscalateAfterDays > 365:
		return Invalid("escalateAfterDays", "schedule.escalation", "A manager is told 1 to 365 days after the deadline; both are needed, or neither.")
	case (s.EscalateAfterDays == 0) != (s.ManagerEmail == ""):
		return Invalid("managerEmail", "schedule.escalation", "A manager is told 1 to 365 days after the deadline; both are needed, or neither.")
	case s.Enabled && len(s.DaysBefore)+len(s.DaysAfter) == 0 && s.EscalateAfterDays == 0:
		return Invalid("daysBefore", "schedule.nothing", "Choose at least one day on which somebody is reminded, or a manager who is told.")
	}
	return nil
}

// at is the moment of the schedule's hour on a day, or its beginning where clocks are put forward over that hour at midnight.
func (s Schedule) at(day time.Time, in *time.Location) time.Time {
	y, m, d := day.Date()
	at := time.Date(y, m, d, s.Hour, 0, 0, 0, in)
	if Day(at, in).Before(day) {
		return EndOfDay(day.AddDate(0, 0, -1), in).Add(time.Second)
	}
	return at
}

// Begun is the newest day whose hour has passed, whether it is one of the weekdays or not.
func (s Schedule) Begun(now time.Time, in *time.Location) time.Time {
	today := Day(now, in)
	if s.at(today, in).After(now) {
		return today.AddDate(0, 0, -1)
	}
	return today
}

// Due is the newest of the weekdays whose hour has passed.
func (s Schedule) Due(now time.Time, in *time.Location) time.Time {
	day := s.Begun(now, in)
	for !s.works(day) {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

// Next is when it is to be looked at again after a day.
func (s Schedule) Next(after time.Time, in *time.Location) time.Time {
	day := after.AddDate(0, 0, 1)
	for !s.works(day) {
		day = day.AddDate(0, 0, 1)
	}
	return s.at(day, in).UTC()
}

// works tells whether a day is one of the weekdays; of no weekdays at all every day is one.
func (s Schedule) works(day time.Time) bool {
	iso := (int(day.Weekday())+6)%7 + 1
	return len(s.Weekdays) == 0 || slices.Contains(s.Weekdays, iso)
}

// Reminds tells whether somebody with a deadline is to be reminded of it for the days after since, up to and with until.
func (s Schedule) Reminds(due, since, until time.Time, in *time.Location) bool {
	deadline := Day(due, in)
	falls := func(days int) bool {
		day := deadline.AddDate(0, 0, days)
		return day.After(since) && !day.After(until)
	}
	return slices.ContainsFunc(s.DaysBefore, func(d int) bool { return falls(-d) }) || slices.ContainsFunc(s.DaysAfter, falls)
}

// Escalates tells whether somebody with a deadline has been late for long enough on a day.
func (s Schedule) Escalates(due, day time.Time, in *time.Location) bool {
	return s.EscalateAfterDays > 0 && !Day(due, in).AddDate(0, 0, s.EscalateAfterDays).After(day)
}
