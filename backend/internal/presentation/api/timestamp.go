package api

import (
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Timestamp is a time in JSON: UTC with exactly six digits, as in signed statements, so that the two compare as text.
type Timestamp time.Time

// MarshalText writes 2006-01-02T15:04:05.000000Z.
func (t Timestamp) MarshalText() ([]byte, error) { return []byte(proof.FormatTime(time.Time(t))), nil }

// UnmarshalText reads any RFC 3339 time, to the microsecond: what callers send need not look like what we answer.
func (t *Timestamp) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339, string(text))
	*t = Timestamp(parsed.UTC().Truncate(time.Microsecond))
	return err
}

// timestamp is nil, absent in JSON, for a zero time.
func timestamp(t time.Time) *Timestamp {
	if t.IsZero() {
		return nil
	}
	out := Timestamp(t)
	return &out
}
