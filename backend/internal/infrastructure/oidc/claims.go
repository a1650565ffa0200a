package oidc

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode"
)

// claims are what a provider says, as decoded JSON; numbers keep their digits.
type claims map[string]any

func parseClaims(content []byte) (claims, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var c claims
	if err := decoder.Decode(&c); err != nil {
		return nil, errors.New("the claims are no JSON object")
	}
	if _, err := decoder.Token(); c == nil || !errors.Is(err, io.EOF) {
		return nil, errors.New("the claims are no JSON object")
	}
	return c, nil
}

// get finds a claim by its name, or by a path of names with dots between.
func (c claims) get(name string) any {
	if value, ok := c[name]; ok {
		return value
	}
	first, rest, ok := strings.Cut(name, ".")
	if !ok {
		return nil
	}
	inner, ok := c[first].(map[string]any)
	if !ok {
		return nil
	}
	return claims(inner).get(rest)
}

// text is a claim that is a string, trimmed and without control characters; "" for anything else.
func (c claims) text(name string) string {
	s, _ := c.get(name).(string)
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}

// isTrue tells whether a claim is true or "true", as some providers write it. Anything else is not.
func (c claims) isTrue(name string) bool {
	switch value := c.get(name).(type) {
	case bool:
		return value
	case string:
		return value == "true"
	}
	return false
}

// maxSubject is the length of the longest subject (OpenID Connect Core 1.0 section 2).
const maxSubject = 255

var digits = regexp.MustCompile(`^[0-9]+$`)

// subject is a claim that names a person: a string, or a whole number in its own digits. "" when it is neither.
func (c claims) subject(name string) string {
	var s string
	switch value := c.get(name).(type) {
	case string:
		s = value
	case json.Number:
		if digits.MatchString(value.String()) {
			s = value.String()
		}
	}
	if len(s) > maxSubject || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return s
}

// name is a person's full name as OpenID Connect Core 1.0 section 5.1 has it, "" when there is none.
func (c claims) name() string {
	if name := c.text("name"); name != "" {
		return name
	}
	return strings.TrimSpace(c.text("given_name") + " " + c.text("family_name"))
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$`)

// locale is the person's language (BCP 47), "" when it is missing or none.
func (c claims) locale() string {
	tag := c.text("locale")
	if len(tag) > 35 || !languageTag.MatchString(tag) {
		return ""
	}
	return strings.ReplaceAll(tag, "_", "-") // as Facebook and old Java write it
}
