package domain

import "slices"

// Locale is a language of the interface, as a two-letter ISO 639 code.
type Locale string

// Locales lists the languages everything is translated into; the first is the default.
var Locales = []Locale{"en", "fr", "es", "de", "it"}

// ParseLocale refuses a language that Ackify does not speak; "" is the fallback.
func ParseLocale(s string, fallback Locale) (Locale, error) {
	if s == "" {
		return fallback, nil
	}
	if l := Locale(s); slices.Contains(Locales, l) {
		return l, nil
	}
	return "", Invalid("locale", "locale.invalid", "The language is one of en, fr, es, de, it.")
}
