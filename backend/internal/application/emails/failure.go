package emails

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

const (
	maxReason = 500 // characters
	removed   = "[removed]"
	// minPiece is from what length on a piece of a link is looked for by itself: a token is longer, a word is not.
	minPiece = 12
)

// failureOf describes err without any of the secrets. A server may well quote what it refused.
func failureOf(err error, secrets map[string]string) Failure {
	f := Failure{Cause: CauseUnsendable, Reason: err.Error()}
	var known *Failure
	if errors.As(err, &known) {
		f = *known
	}
	if f.Cause == "" {
		f.Cause = f.Classify()
	}
	f.Reason, f.Said = clean(f.Reason, secrets), clean(f.Said, secrets)
	return f
}

// clean makes one line of a text, without any of the secrets.
func clean(text string, secrets map[string]string) string {
	text = without(oneLine(text), secrets)
	if short := []rune(text); len(short) > maxReason {
		return string(short[:maxReason-1]) + "…"
	}
	return text
}

// oneLine replaces what is not printable by single spaces.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "?")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }), " ")
}

// without removes the secrets from a text, and what is long enough in them to be a token.
func without(text string, secrets map[string]string) string {
	var words []string
	for _, secret := range secrets {
		words = append(words, secret)
		words = append(words, strings.FieldsFunc(secret, func(r rune) bool { return strings.ContainsRune("/?&=#:%. ", r) })...)
		if len(secret) == 6 {
			words = append(words, secret[:3]+" "+secret[3:]) // a code, as people read it
		}
	}
	whole := func(word string) bool {
		for _, secret := range secrets {
			if word == secret || strings.ReplaceAll(word, " ", "") == secret {
				return true
			}
		}
		return false
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" || len(word) < minPiece && !whole(word) })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for _, word := range words {
		text = strings.ReplaceAll(text, word, removed)
	}
	return text
}
