package middleware

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ackify/ackify/backend/internal/domain"
)

var (
	errTooLarge = domain.E(domain.KindTooLarge, "request.too_large", "The request is larger than allowed.")
	errTimeout  = domain.E(domain.KindTimeout, "request.timeout", "The request took too long to arrive.")
	// Strictly as RFC 8259 and I-JSON (RFC 7493) want it: one value, names once, proper UTF-8. What is signed must not depend on how a
	// parser reads it.
	errNotJSON   = domain.E(domain.KindMalformed, "request.malformed", "The body is not one JSON value with every name once, in UTF-8.")
	errMalformed = domain.E(domain.KindMalformed, "request.malformed", "The request cannot be read.")
)

// Body reads the whole body before anything else looks at it, up to limit bytes and for at most patience, so that one that
// is too large (413) or too slow (408) holds nothing but its own connection.
func Body(limit int64, patience time.Duration, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body == nil || r.Body == http.NoBody {
				next.ServeHTTP(w, r)
				return
			}
			control := http.NewResponseController(w)
			// A writer without deadlines (a test's) has no slow clients either.
			_ = control.SetReadDeadline(time.Now().Add(patience))
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
			_ = control.SetReadDeadline(time.Time{})
			if err != nil {
				w.Header().Set("Connection", "close")
				fail(w, r, bodyError(err))
				return
			}
			if isJSON(r) && len(body) > 0 && !jsontext.Value(body).IsValid() {
				fail(w, r, errNotJSON)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	}
}

// isJSON tells whether a body says that it is JSON; without a type it is taken for it.
func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err != nil || kind == "application/json"
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTimeout
	}
	return errMalformed.Because(err)
}
