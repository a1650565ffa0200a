// Package domain holds the rules of Ackify. It imports nothing of ours but pkg/proof.
package domain

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what went wrong in general; the edge maps each to one HTTP status.
type Kind string

// The kinds, with the status each becomes.
const (
	KindMalformed       Kind = "malformed"       // 400
	KindUnauthenticated Kind = "unauthenticated" // 401
	KindForbidden       Kind = "forbidden"       // 403
	KindNotFound        Kind = "not_found"       // 404
	KindNotAllowed      Kind = "not_allowed"     // 405, only for a method that an address does not know
	KindTimeout         Kind = "timeout"         // 408
	KindConflict        Kind = "conflict"        // 409
	KindGone            Kind = "gone"            // 410
	KindTooLarge        Kind = "too_large"       // 413
	KindInvalid         Kind = "invalid"         // 422
	KindRateLimited     Kind = "rate_limited"    // 429
	KindInternal        Kind = "internal"        // 500
	KindUnavailable     Kind = "unavailable"     // 503
)

// Error is the one error type that reaches a user.
type Error struct {
	Kind   Kind
	Code   string        // stable and dotted; also the translation key in the web app
	Detail string        // one English sentence that is safe to show
	Field  string        // the input at fault, as the API names it; "" when none is
	Wait   time.Duration // after which trying again may help; 0: as usual for the kind
	Cause  error         // never leaves the server
}

// E makes an error without a cause.
func E(kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Invalid makes the error for one bad input.
func Invalid(field, code, detail string) *Error {
	return &Error{Kind: KindInvalid, Code: code, Detail: detail, Field: field}
}

// Because returns a copy that carries a cause for the log.
func (e *Error) Because(cause error) *Error {
	with := *e
	with.Cause = cause
	return &with
}

// After returns a copy that says when trying again may help.
func (e *Error) After(wait time.Duration) *Error {
	with := *e
	with.Wait = wait
	return &with
}

func (e *Error) Error() string {
	text := e.Code + ": " + e.Detail
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is compare codes, so that a copy with a cause still matches.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Errors are several bad inputs at once.
type Errors struct {
	Summary *Error   // what all of them come to
	Fields  []*Error // each with its field
}

func (e Errors) Error() string { return e.Summary.Error() }

func (e Errors) Unwrap() error { return e.Summary }

// AsError returns err as the one error type; whatever is not one is internal.
func AsError(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return E(KindInternal, "internal", "Something went wrong on the server.").Because(err)
}

// Errors that more than one place answers.
var (
	ErrUnauthenticated = E(KindUnauthenticated, "auth.required", "Log in first.")
	ErrForbidden       = E(KindForbidden, "role.forbidden", "Your role does not allow this.")
	ErrBadCursor       = E(KindMalformed, "cursor.invalid", "The cursor is not one that this server gave out.")
	ErrTooManyAttempts = E(KindRateLimited, "auth.too_many_attempts", "Too many failed attempts; wait a moment and try again.")
	ErrDatabase        = E(KindUnavailable, "database.unavailable", "The database cannot be reached right now; try again in a moment.")
)

// Wrap gives a layer's words to an error: defer domain.Wrap(&err, "sign %q", id).
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf(format+": %w", append(args, *err)...)
	}
}
