package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// decodeObject reads one JSON object (RFC 8259) of at most 1 MiB and refuses what encoding/json lets pass: a key that
// appears twice, invalid UTF-8, trailing data.
func decodeObject(b []byte) (map[string]any, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%d bytes, more than %d", len(b), MaxSize)
	}
	if !utf8.Valid(b) {
		return nil, errors.New("not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	value, err := decodeValue(d, 1)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("trailing data")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	return object, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errors.New("not JSON")
	}
	if depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			token, err := d.Token()
			key, ok := token.(string)
			if err != nil || !ok {
				return nil, errors.New("not JSON")
			}
			if _, twice := object[key]; twice {
				return nil, fmt.Errorf("duplicate key %s", printable(key))
			}
			if object[key], err = decodeValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		return object, endOf(d)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			item, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		return list, endOf(d)
	}
	return token, nil
}

func endOf(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errors.New("not JSON")
	}
	return nil
}

// strictReader reads an object's fields, keeps the first error, and at finish refuses fields nobody asked for.
type strictReader struct {
	fields map[string]any
	path   string
	read   []string
	err    error
}

func (r *strictReader) fail(key, reason string) {
	r.adopt(invalid("%s: %s: %s", r.path, key, reason))
}

func (r *strictReader) adopt(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *strictReader) text(key string) string {
	r.read = append(r.read, key)
	s, ok := r.fields[key].(string)
	if _, present := r.fields[key]; present && !ok {
		r.fail(key, "not a string")
	}
	return s
}

// list reads a list of at least one object.
func (r *strictReader) list(key string) []map[string]any {
	r.read = append(r.read, key)
	list, ok := r.fields[key].([]any)
	if !ok || len(list) == 0 {
		r.fail(key, "not a list of at least one key")
	}
	var objects []map[string]any
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			r.fail(key, "not a list of objects")
		}
		objects = append(objects, object)
	}
	return objects
}

// window reads notBefore and the optional notAfter.
func (r *strictReader) window() Window {
	var w Window
	var err error
	if w.NotBefore, err = ParseTime(r.text("notBefore")); err != nil {
		r.fail("notBefore", err.Error())
	}
	if end := r.text("notAfter"); r.fields["notAfter"] != nil {
		if w.NotAfter, err = ParseTime(end); err != nil {
			r.fail("notAfter", err.Error())
		}
		if w.NotAfter.Before(w.NotBefore) || w.NotAfter.Equal(time.Time{}) {
			r.fail("notAfter", "earlier than notBefore")
		}
	}
	return w
}

func (r *strictReader) finish() error {
	for _, key := range slices.Sorted(maps.Keys(r.fields)) {
		if !slices.Contains(r.read, key) {
			r.fail(printable(key), "unknown key")
		}
	}
	return r.err
}
