package domain

import (
	"slices"
	"testing"
	"time"
)

func day(s string) time.Time {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return at
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	in, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestWhenAScheduleWorks(t *testing.T) {
	t.Parallel()
	paris := zone(t, "Europe/Paris")
	s := Schedule{Weekdays: []int{1, 2, 3, 4, 5}, Hour: 9}
	for _, c := range []struct{ now, begun, due, next string }{
		{"2026-11-20T07:59:59Z", "2026-11-19", "2026-11-19", "2026-11-20T08:00:00Z"}, // Friday, before nine in Paris
		{"2026-11-20T08:00:00Z", "2026-11-20", "2026-11-20", "2026-11-23T08:00:00Z"},
		{"2026-11-22T12:00:00Z", "2026-11-22", "2026-11-20", "2026-11-23T08:00:00Z"}, // Sunday
		{"2026-03-27T09:00:00Z", "2026-03-27", "2026-03-27", "2026-03-30T07:00:00Z"}, // summer begins in between
		{"2026-06-30T23:00:00Z", "2026-06-30", "2026-06-30", "2026-07-01T07:00:00Z"}, // tomorrow already in Paris
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		begun, due := s.Begun(now, paris), s.Due(now, paris)
		if next := s.Next(due, paris); !begun.Equal(day(c.begun)) || !due.Equal(day(c.due)) || next.Format(time.RFC3339) != c.next || !next.After(now) {
			t.Errorf("%s: begun %s, due %s, next %s", c.now, begun, due, next)
		}
	}
}

func TestWhomAScheduleReminds(t *testing.T) {
	t.Parallel()
	s := Schedule{DaysBefore: []int{0, 7}, DaysAfter: []int{3}, EscalateAfterDays: 5}
	deadline := time.Date(2026, 11, 30, 22, 30, 0, 0, time.UTC) // the 30th in London, the 1st in Helsinki
	for _, c := range []struct {
		zone, since, until string
		want               bool
	}{
		{"Europe/London", "2026-11-22", "2026-11-23", true},
		{"Europe/Helsinki", "2026-11-22", "2026-11-23", false},
		{"Europe/Helsinki", "2026-11-23", "2026-11-24", true},
		{"Europe/London", "2026-11-23", "2026-11-29", false},
		{"Europe/London", "2026-11-29", "2026-11-30", true},
		{"Europe/London", "2026-11-30", "2026-12-02", false},
		{"Europe/London", "2026-12-02", "2026-12-10", true}, // a server that was away
		{"Europe/London", "2026-12-03", "2026-12-10", false},
	} {
		if got := s.Reminds(deadline, day(c.since), day(c.until), zone(t, c.zone)); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if s.Escalates(deadline, day("2026-12-04"), zone(t, "Europe/London")) || !s.Escalates(deadline, day("2026-12-05"), zone(t, "Europe/London")) {
		t.Error("the manager is told on another day")
	}
}

func TestSchedulesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Schedule){
		"eleven days":          func(s *Schedule) { s.DaysBefore = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11} },
		"days before, below 0": func(s *Schedule) { s.DaysBefore = []int{-1} },
		"days after, from 0":   func(s *Schedule) { s.DaysAfter = []int{0} },
		"no weekday":           func(s *Schedule) { s.Weekdays = nil },
		"an eighth weekday":    func(s *Schedule) { s.Weekdays = []int{8} },
		"25 hours":             func(s *Schedule) { s.Hour = 24 },
		"no reminder":          func(s *Schedule) { s.MaxReminders = 0 },
		"nobody to tell":       func(s *Schedule) { s.EscalateAfterDays = 1 },
		"a manager for never":  func(s *Schedule) { s.ManagerEmail = "boss@example.com" },
		"nothing to do":        func(s *Schedule) { s.Enabled, s.DaysBefore, s.DaysAfter = true, nil, nil },
	} {
		s := DefaultSchedule("x")
		change(&s)
		if err := s.Check(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	s := DefaultSchedule("x")
	s.DaysBefore = []int{7, 1, 7}
	if err := s.Check(); err != nil || !slices.Equal(s.DaysBefore, []int{1, 7}) {
		t.Errorf("%v, %v", s.DaysBefore, err)
	}
}
