package api

import (
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Timestamp is a time in JSON: UTC with exactly six digits, as in signed statements, so that the two compare as text.
type Timestamp time.Time

// MarshalText writes 2006-01-02T15:04:05.000000Z.
func (t Timestamp) MarshalText() ([]byte, error) { return []byte(proof.FormatTime(time.Time(t))), nil }

// UnmarshalText reads any time of RFC 3339: what people send need not be as exact as what they get.
func (t *Timestamp) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339Nano, string(text))
	*t = Timestamp(parsed.UTC())
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
