package proof

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Fields is a JSON object. Every leaf is a string or a list of strings; an object is a nested Fields (or
// map[string]any, which Encode takes as the same).
type Fields map[string]any

// maxDepth bounds the nesting of objects, the outermost being 1.
const maxDepth = 32

// Encode writes the JCS form (RFC 8785) of f: UTF-8, no white space, keys sorted by their UTF-16 code units. An empty
// string, an empty list and an object with nothing left in it are absent. It refuses a leaf that is neither string nor
// []string, invalid UTF-8, nesting deeper than 32 and results above 1 MiB.
func Encode(f Fields) ([]byte, error) {
	b, err := appendObject(make([]byte, 0, 2048), f, 1)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxSize {
		return nil, fmt.Errorf("payload has %d bytes, more than %d", len(b), MaxSize)
	}
	return b, nil
}

func appendObject(b []byte, f map[string]any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("objects are nested deeper than %d", maxDepth)
	}
	keys := make([]string, 0, len(f))
	for k := range f {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareUTF16)
	b = append(b, '{')
	start := len(b)
	for _, k := range keys {
		before := len(b)
		if before > start {
			b = append(b, ',')
		}
		if !utf8.ValidString(k) {
			return nil, errors.New("a field's name is not valid UTF-8")
		}
		b = appendString(b, k)
		b = append(b, ':')
		longer, absent, err := appendValue(b, f[k], depth)
		if err != nil {
			return nil, fieldError(k, err)
		}
		b = longer
		if absent {
			b = b[:before]
		}
	}
	return append(b, '}'), nil
}

func appendValue(b []byte, value any, depth int) (_ []byte, absent bool, err error) {
	switch v := value.(type) {
	case string:
		if !utf8.ValidString(v) {
			return nil, false, errors.New("not valid UTF-8")
		}
		return appendString(b, v), v == "", nil
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if !utf8.ValidString(s) {
				return nil, false, errors.New("not valid UTF-8")
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']'), len(v) == 0, nil
	case Fields:
		return appendNested(b, v, depth)
	case map[string]any:
		return appendNested(b, v, depth)
	}
	return nil, false, fmt.Errorf("a %T is neither a string, a list of strings nor an object", value)
}

func appendNested(b []byte, f map[string]any, depth int) (_ []byte, absent bool, err error) {
	before := len(b)
	b, err = appendObject(b, f, depth+1)
	return b, len(b)-before == len("{}"), err
}

// fieldError names the path of the field at fault, outermost first.
func fieldError(key string, err error) error { return fmt.Errorf("%s: %w", printable(key), err) }

// appendString writes s as ECMAScript's JSON.stringify does (RFC 8785 section 3.2.2.2). s is valid UTF-8.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	plain := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[plain:i]...)
		plain = i + 1
		if j := strings.IndexByte("\"\\\b\t\n\f\r", c); j >= 0 {
			b = append(b, '\\', `"\btnfr`[j])
		} else {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[plain:]...)
	return append(b, '"')
}

// compareUTF16 orders two valid UTF-8 strings by their UTF-16 code units (RFC 8785 section 3.2.3). That differs from
// the order of their bytes only where a character above U+FFFF meets one from U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		r, n := utf8.DecodeRuneInString(a)
		s, m := utf8.DecodeRuneInString(b)
		if r != s {
			return cmp.Compare(unitOrder(r), unitOrder(s))
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

// unitOrder maps a character to a number that sorts as its UTF-16 form does, surrogates being below U+E000.
func unitOrder(r rune) int64 {
	if utf16.RuneLen(r) == 2 {
		high, low := utf16.EncodeRune(r)
		return int64(high)<<16 | int64(low)
	}
	return int64(r) << 16
}
