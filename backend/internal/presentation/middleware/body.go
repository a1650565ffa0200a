package middleware

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
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
// is too large (413) or too slow (408) holds nothing but its own connection. A list of people may be larger than limit. Files are read as they come,
// up to uploads bytes of body.
func Body(limit, uploads int64, patience time.Duration, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body == nil || r.Body == http.NoBody {
				next.ServeHTTP(w, r)
				return
			}
			control := http.NewResponseController(w)
			if IsUpload(r) {
				uploads := uploads
				if isList(r) {
					uploads = MaxList + limit
				}
				body := &upload{body: http.MaxBytesReader(w, r.Body, uploads), control: control, until: time.Now().Add(uploadPatience)}
				r.Body = body
				next.ServeHTTP(w, r)
				if body.failed {
					w.Header().Set("Connection", "close")
				}
				return
			}
			limit := limit
			if namesPeople(r) {
				limit = max(limit, maxPeople)
			}
			// A writer without deadlines (a test's) has no slow clients either.
			_ = control.SetReadDeadline(time.Now().Add(patience))
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
			_ = control.SetReadDeadline(time.Time{})
			if err != nil {
				w.Header().Set("Connection", "close")
				if err = BodyError(err); err == nil {
					err = errMalformed
				}
				fail(w, r, err)
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

const (
	// uploadPause is how long a client that sends a file may send nothing.
	uploadPause = 20 * time.Second
	// uploadPatience is how long sending a file may take in all.
	uploadPatience = 30 * time.Minute
	// answerPatience is how long the answer may take once the file is there.
	answerPatience = time.Minute
)

// upload is a body that is read while it arrives.
type upload struct {
	body    io.ReadCloser
	control *http.ResponseController
	until   time.Time
	failed  bool
}

func (u *upload) Read(p []byte) (int, error) {
	now := time.Now()
	if now.After(u.until) {
		return 0, os.ErrDeadlineExceeded
	}
	// A writer without deadlines (a test's) has no slow clients either.
	_ = u.control.SetReadDeadline(now.Add(uploadPause))
	_ = u.control.SetWriteDeadline(now.Add(uploadPause + answerPatience))
	n, err := u.body.Read(p)
	u.failed = u.failed || err != nil && !errors.Is(err, io.EOF)
	return n, err
}

func (u *upload) Close() error { return u.body.Close() }

// IsUpload tells whether a request sends a file, whose body nobody reads as a whole.
func IsUpload(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data" && r.Method == http.MethodPost &&
		strings.HasPrefix(r.URL.Path, "/api/v1/documents/") &&
		(strings.HasSuffix(r.URL.Path, "/documents/upload") || strings.HasSuffix(r.URL.Path, "/revisions") || isList(r))
}

// isList tells whether the file is a list of people, whose size does not depend on how large a document may be.
func isList(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/signers/import") }

// MaxList is how many bytes a file with a list of people may have.
const MaxList = 5 << 20

// maxPeople is how many bytes of JSON may name the people who are asked at once: 10,000 with what is known of them.
const maxPeople = 4 << 20

// namesPeople tells whether a request's body holds a list of people.
func namesPeople(r *http.Request) bool {
	return r.Method == http.MethodPost && (strings.HasPrefix(r.URL.Path, "/api/v1/documents/") && strings.HasSuffix(r.URL.Path, "/signers") ||
		strings.HasPrefix(r.URL.Path, "/api/v1/groups/") && strings.HasSuffix(r.URL.Path, "/members"))
}

// BodyError tells what hindered a body from arriving whole; nil when that was not it.
func BodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTimeout
	}
	return nil
}
