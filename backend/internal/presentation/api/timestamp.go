package api

import (
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Timestamp is a time in JSON: UTC with exactly six digits, as in signed statements, so that the two compare as text.
type Timestamp time.Time

// MarshalText writes 2006-01-02T15:04:05.000000Z.
func (t Timestamp) MarshalText() ([]byte, error) { return []byte(proof.FormatTime(time.Time(t))), nil }

// UnmarshalText reads what MarshalText writes.
func (t *Timestamp) UnmarshalText(text []byte) error {
	parsed, err := proof.ParseTime(string(text))
	*t = Timestamp(parsed)
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
