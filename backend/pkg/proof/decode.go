package proof

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// decodeCanonical reads an object that is its own JCS form, by accepting nothing else: one spelling for every string,
// no white space, keys in strictly rising order (so none twice), string leaves only.
func decodeCanonical(b []byte) (Fields, error) {
	if !utf8.Valid(b) {
		return nil, errors.New("not valid UTF-8")
	}
	d := decoder{rest: string(b)}
	f, err := d.object(1)
	if err == nil && d.rest != "" {
		err = errors.New("trailing data")
	}
	return f, err
}

type decoder struct{ rest string }

func (d *decoder) take(c byte) bool {
	if d.rest == "" || d.rest[0] != c {
		return false
	}
	d.rest = d.rest[1:]
	return true
}

func (d *decoder) object(depth int) (Fields, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("objects are nested deeper than %d", maxDepth)
	}
	if !d.take('{') {
		return nil, errors.New("not an object in canonical form")
	}
	f := Fields{}
	for last := ""; !d.take('}'); {
		if len(f) > 0 && !d.take(',') {
			return nil, errors.New("not an object in canonical form")
		}
		key, err := d.text()
		if err != nil {
			return nil, err
		}
		if _, twice := f[key]; twice {
			return nil, fmt.Errorf("duplicate key %s", printable(key))
		}
		if len(f) > 0 && compareUTF16(last, key) > 0 {
			return nil, fmt.Errorf("not canonical: key %s is out of order", printable(key))
		}
		if !d.take(':') {
			return nil, errors.New("not an object in canonical form")
		}
		if f[key], err = d.value(depth); err != nil {
			return nil, fieldError(key, err)
		}
		last = key
	}
	return f, nil
}

func (d *decoder) value(depth int) (any, error) {
	switch {
	case strings.HasPrefix(d.rest, `"`):
		return d.text()
	case strings.HasPrefix(d.rest, `{`):
		return d.object(depth + 1)
	case d.take('['):
		list := []string{}
		for !d.take(']') {
			if len(list) > 0 && !d.take(',') {
				return nil, errors.New("not a list in canonical form")
			}
			s, err := d.text()
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
		return list, nil
	}
	return nil, errors.New("not a string, a list of strings or an object in canonical form")
}

// text reads one string and refuses every spelling but the one appendString writes.
func (d *decoder) text() (string, error) {
	if !d.take('"') {
		return "", errors.New("not a string in canonical form")
	}
	end := strings.IndexFunc(d.rest, func(r rune) bool { return r < 0x20 || r == '"' || r == '\\' })
	if end >= 0 && d.rest[end] == '"' {
		s := d.rest[:end]
		d.rest = d.rest[end+1:]
		return s, nil
	}
	return d.escapedText()
}

func (d *decoder) escapedText() (string, error) {
	var s strings.Builder
	for i := 0; i < len(d.rest); i++ {
		switch c := d.rest[i]; {
		case c == '"':
			d.rest = d.rest[i+1:]
			return s.String(), nil
		case c < 0x20:
			return "", errors.New("not canonical: a control character is not escaped")
		case c == '\\':
			r, n := unescape(d.rest[i:])
			if n == 0 {
				return "", errors.New("not canonical: a needless or unknown escape")
			}
			s.WriteByte(r)
			i += n - 1
		default:
			s.WriteByte(c)
		}
	}
	return "", errors.New("a string does not end")
}

// unescape reads one of the 34 escapes of the canonical form and returns its length, 0 for any other.
func unescape(s string) (c byte, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	if j := strings.IndexByte(`"\btnfr`, s[1]); j >= 0 {
		return "\"\\\b\t\n\f\r"[j], 2
	}
	for c := byte(0); c < 0x20; c++ {
		if spelt := string(appendString(nil, string(rune(c)))); strings.HasPrefix(s, spelt[1:len(spelt)-1]) {
			return c, len(spelt) - 2
		}
	}
	return 0, 0
}
