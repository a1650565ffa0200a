package domain

import (
	"testing"
	"time"
)

func TestTheEndOfADayIsItsLastSecondThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, day, want string }{
		{"UTC", "2026-11-22", "2026-11-22T23:59:59Z"},
		{"Europe/Berlin", "2026-03-28", "2026-03-28T22:59:59Z"}, // summer begins the day after
		{"Europe/Berlin", "2026-03-29", "2026-03-29T21:59:59Z"},
		{"Europe/Berlin", "2026-10-24", "2026-10-24T21:59:59Z"},
		{"Europe/Berlin", "2026-10-25", "2026-10-25T22:59:59Z"},       // a day of 25 hours
		{"America/Sao_Paulo", "2018-11-03", "2018-11-04T02:59:59Z"},   // midnight is skipped
		{"America/Sao_Paulo", "2018-11-04", "2018-11-05T01:59:59Z"},   // a day that begins at 01:00
		{"America/Sao_Paulo", "2018-02-17", "2018-02-18T02:59:59Z"},   // 23:59:59 comes twice
		{"America/Sao_Paulo", "2026-11-22", "2026-11-23T02:59:59Z"},   // no summer time any more
		{"Pacific/Apia", "2011-12-29", "2011-12-30T09:59:59Z"},        // before it crossed the date line
		{"Pacific/Apia", "2011-12-30", "2011-12-30T09:59:59Z"},        // the day that there was not
		{"Pacific/Apia", "2011-12-31", "2011-12-31T09:59:59Z"},        // 14 hours ahead
		{"America/St_Johns", "2010-11-06", "2010-11-07T03:29:59Z"},    // put back at 00:01, after a minute of the next day
		{"America/Nuuk", "2026-03-28", "2026-03-29T00:59:59Z"},        // its last hour is skipped
		{"Pacific/Kiritimati", "2026-11-22", "2026-11-22T09:59:59Z"},  // the easternmost
		{"Etc/GMT+12", "2026-11-22", "2026-11-23T11:59:59Z"},          // the westernmost
		{"Australia/Lord_Howe", "2026-04-04", "2026-04-04T12:59:59Z"}, // put back by half an hour the day after
		{"Asia/Kathmandu", "2028-02-29", "2028-02-29T18:14:59Z"},
	} {
		in := zone(t, c.zone)
		if got := EndOfDay(day(c.day), in).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s ends at %s, want %s", c.day, c.zone, got, c.want)
		}
	}
}

// Whatever clocks do, the next second is another day, and the ends are in order.
func TestDaysEndOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "America/Havana", "Asia/Gaza", "Antarctica/Troll", "Africa/Casablanca"} {
		in := zone(t, name)
		for d := day("2010-01-01"); d.Year() < 2030; d = d.AddDate(0, 0, 1) {
			end := EndOfDay(d, in)
			if !Day(end, in).Equal(d) || !Day(end.Add(time.Second), in).After(d) {
				t.Fatalf("%s in %s ends at %s", d.Format(time.DateOnly), name, end.In(in))
			}
		}
	}
}

func TestAJoinersDeadlineIsADayOfTheOrganisation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now, zone string
		days      int
		want      string
	}{
		{"2026-11-22T04:33:00Z", "UTC", 9, "2026-12-01T23:59:59Z"},
		{"2026-03-27T23:30:00Z", "Europe/Berlin", 1, "2026-03-29T21:59:59Z"}, // it is Saturday there already
		{"2026-10-20T12:00:00Z", "Europe/Berlin", 5, "2026-10-25T22:59:59Z"},
		{"2018-11-01T01:00:00Z", "America/Sao_Paulo", 4, "2018-11-05T01:59:59Z"}, // still October there
		{"2011-12-28T12:00:00Z", "Pacific/Apia", 3, "2011-12-31T09:59:59Z"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := JoinerDeadline(now, c.days, zone(t, c.zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if !JoinerDeadline(time.Now(), 0, time.UTC).IsZero() {
		t.Error("a joiner without days has a deadline")
	}
}

// A schedule is never due before the day that it then looks at: it would be due again at once.
func TestAScheduleAtMidnightWaitsForADayThatBeginsLater(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]string{"America/Sao_Paulo": "2018-11-04", "Africa/Cairo": "2026-04-24", "America/Havana": "2026-03-08"} {
		in, s := zone(t, name), Schedule{Hour: 0}
		next := s.Next(day(d).AddDate(0, 0, -1), in)
		if !Day(next, in).Equal(day(d)) || !s.Due(next, in).Equal(day(d)) || !s.Due(next.Add(-time.Second), in).Before(day(d)) {
			t.Errorf("%s: %s", name, next.In(in))
		}
	}
}
