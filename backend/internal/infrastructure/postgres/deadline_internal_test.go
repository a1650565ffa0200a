package postgres

import (
	"testing"
	"time"
)

func TestTheServersTimeOutIsRead(t *testing.T) {
	t.Parallel()
	for parameter, want := range map[string]time.Duration{
		"": 0, "0": 0, "30000": 30 * time.Second, "2s": 2 * time.Second, "1500ms": 1500 * time.Millisecond, "10min": 10 * time.Minute, "1 h": time.Hour,
		"for ever": 0,
	} {
		if got := statementTimeout(parameter); got != want {
			t.Errorf("%q: %s, want %s", parameter, got, want)
		}
	}
}
