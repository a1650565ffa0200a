package domain

import "time"

// Day is the day of a moment somewhere, as midnight UTC.
func Day(at time.Time, in *time.Location) time.Time {
	y, m, d := at.In(in).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// EndOfDay is the last second of a day somewhere, in UTC; midnight UTC stands for the day. Where clocks are put back over midnight it is the second
// 23:59:59; of a day that a place has skipped it is that of the day before.
func EndOfDay(day time.Time, in *time.Location) time.Time {
	midnight := day.AddDate(0, 0, 1)
	// Clocks are at most a day from UTC: from there back, over the times between two changes of the clocks.
	for until := midnight.Add(24 * time.Hour); ; {
		last := until.Add(-time.Second).In(in)
		_, ahead := last.Zone()
		begun, _ := last.ZoneBounds()
		if end := midnight.Add(-time.Duration(ahead)*time.Second - time.Second); end.Before(last) {
			last = end
		}
		if begun.IsZero() || !last.Before(begun) {
			return last.UTC()
		}
		until = begun
	}
}
