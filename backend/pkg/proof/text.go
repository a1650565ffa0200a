package proof

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

const timeLayout = "2006-01-02T15:04:05.000000Z"

// FormatTime writes t in UTC, truncated to microseconds, always with six digits: 2006-01-02T15:04:05.000000Z.
func FormatTime(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format(timeLayout)
}

// ParseTime reads exactly what FormatTime writes and refuses every other spelling.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || FormatTime(t) != s {
		return time.Time{}, invalid("time is not of the form %s", timeLayout)
	}
	return t, nil
}

// parseHash reads 64 lower-case hex digits.
func parseHash(s string) (h Hash, ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) || hex.EncodeToString(b) != s {
		return h, false
	}
	return Hash(b), true
}

// decodeBase64 reads standard base64 (RFC 4648 section 4) in its one canonical spelling. The library's decoder skips
// line breaks and tolerates stray bits, hence the comparison.
func decodeBase64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, false
	}
	return b, true
}

// parseDecimal reads a number from 0 to 2^63-1 without sign or leading zeros.
func parseDecimal(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > math.MaxInt64 || strconv.FormatUint(n, 10) != s {
		return 0, false
	}
	return int64(n), true
}
