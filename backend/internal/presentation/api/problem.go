package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// kinds is the one table of errors: status and title of each kind.
var kinds = map[domain.Kind]struct {
	status int
	title  string
}{
	domain.KindMalformed:       {http.StatusBadRequest, "Malformed request"},
	domain.KindUnauthenticated: {http.StatusUnauthorized, "Not logged in"},
	domain.KindForbidden:       {http.StatusForbidden, "Not allowed"},
	domain.KindNotFound:        {http.StatusNotFound, "Not found"},
	domain.KindNotAllowed:      {http.StatusMethodNotAllowed, "Method not allowed"},
	domain.KindTimeout:         {http.StatusRequestTimeout, "Too slow"},
	domain.KindConflict:        {http.StatusConflict, "Conflict"},
	domain.KindGone:            {http.StatusGone, "Gone"},
	domain.KindTooLarge:        {http.StatusRequestEntityTooLarge, "Too large"},
	domain.KindInvalid:         {http.StatusUnprocessableEntity, "Invalid input"},
	domain.KindRateLimited:     {http.StatusTooManyRequests, "Too many requests"},
	domain.KindInternal:        {http.StatusInternalServerError, "Internal error"},
	domain.KindUnavailable:     {http.StatusServiceUnavailable, "Unavailable"},
}

// Problems answers errors as application/problem+json (RFC 9457) and logs those that are the server's own fault.
type Problems struct {
	Logger *slog.Logger
}

// Write answers err.
func (p Problems) Write(w http.ResponseWriter, r *http.Request, err error) {
	var many fieldErrors
	if errors.As(err, &many) {
		p.write(w, r, many.summary(), many)
		return
	}
	known := domain.AsError(err)
	var several domain.Errors
	if errors.As(err, &several) {
		p.write(w, r, known, mapAll(several.Fields, func(e *domain.Error) FieldError {
			return FieldError{Field: e.Field, Code: e.Code, Detail: e.Detail}
		}))
		return
	}
	var fields fieldErrors
	if known.Field != "" {
		fields = fieldErrors{{Field: known.Field, Code: known.Code, Detail: known.Detail}}
	}
	switch {
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		// Whoever asked has left; nothing is wrong here.
	case known.Kind == domain.KindInternal, known.Kind == domain.KindUnavailable:
		p.Logger.ErrorContext(r.Context(), "request failed", "request_id", middleware.RequestID(r.Context()),
			"code", known.Code, "error", err)
	}
	p.write(w, r, known, fields)
}

// Answer answers an error that is no surprise, so that it is not logged.
func (p Problems) Answer(w http.ResponseWriter, r *http.Request, known *domain.Error) {
	p.write(w, r, known, nil)
}

func (p Problems) write(w http.ResponseWriter, r *http.Request, known *domain.Error, fields fieldErrors) {
	kind := kinds[known.Kind]
	problem := Problem{
		Type: "urn:ackify:problem:" + known.Code, Title: kind.title, Status: kind.status, Detail: known.Detail,
		Code: known.Code, RequestId: middleware.RequestID(r.Context()),
	}
	if len(fields) > 0 {
		list := []FieldError(fields)
		problem.Errors = &list
	}
	middleware.NoteProblem(r.Context(), known.Code)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	switch {
	case known.Wait > 0:
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(known.Wait.Seconds()))))
	case known.Kind == domain.KindRateLimited:
		h.Set("Retry-After", "60")
	case known.Kind == domain.KindUnavailable:
		h.Set("Retry-After", "5")
	case known.Kind == domain.KindUnauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="Ackify"`)
	}
	w.WriteHeader(kind.status)
	// A client that has gone cannot be told so.
	_ = json.NewEncoder(w).Encode(problem)
}

// fieldErrors are several bad inputs at once.
type fieldErrors []FieldError

func (f fieldErrors) Error() string { return f.summary().Error() }

func (f fieldErrors) summary() *domain.Error {
	return domain.E(domain.KindInvalid, "request.invalid", f[0].Field+": "+f[0].Detail)
}
