package middleware

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/httprate"

	"github.com/ackify/ackify/backend/internal/domain"
)

const window = time.Minute

var (
	errRateLimited     = domain.E(domain.KindRateLimited, "request.rate_limited", "Too many requests; wait a minute.")
	errTooManyAttempts = domain.E(domain.KindRateLimited, "auth.too_many_attempts", "Too many failed attempts; wait a minute and try again.")
)

// limiter counts in windows of a minute that begin with the clock's, so that counts can also be taken back. A limit of 0 is
// none.
type limiter struct {
	counts *httprate.RateLimiter
}

func newLimiter(limit int) limiter {
	if limit == 0 {
		return limiter{}
	}
	return limiter{httprate.NewRateLimiter(limit, window, httprate.WithLimitCounter(httprate.NewLocalLimitCounter(window)))}
}

func (l limiter) exceeded(w http.ResponseWriter, r *http.Request, key string) bool {
	return l.counts != nil && l.counts.OnLimit(w, r, key)
}

func (l limiter) giveBack(key string) error {
	if l.counts == nil {
		return nil
	}
	return l.counts.Counter().IncrementBy(key, time.Now().UTC().Truncate(window), -1)
}

// RateLimit lets a user, or an address when signed out, make so many requests a minute.
func RateLimit(limit int, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	l := newLimiter(limit)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if forWatchers(r) || !l.exceeded(w, r, requester(r)) {
				next.ServeHTTP(w, r)
				return
			}
			fail(w, r, errRateLimited)
		})
	}
}

// RateLimitDocuments does the same for the making of documents alone.
func RateLimitDocuments(limit int, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	l := newLimiter(limit)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && r.URL.Path == "/api/v1/documents" && l.exceeded(w, r, requester(r)) {
				fail(w, r, errRateLimited)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// forWatchers tells whether a request is one that watchers and verifiers make: nobody's, not counted, and answered
// without asking who it is.
func forWatchers(r *http.Request) bool {
	return r.URL.Path == "/api/v1/health" || strings.HasPrefix(r.URL.Path, "/ledger/")
}

func requester(r *http.Request) string {
	f := factsOf(r.Context())
	if f.session != nil {
		return "user:" + f.session.User.ID
	}
	return "address:" + httprate.CanonicalizeIP(f.clientIP)
}

// Attempts limits failed log-ins: per account, and ten times as many per address.
type Attempts struct {
	account, address limiter
}

// NewAttempts allows so many failures a minute and account.
func NewAttempts(limit int) *Attempts {
	return &Attempts{account: newLimiter(limit), address: newLimiter(10 * limit)}
}

// Begin counts an attempt before its outcome is known, so that many at once do not slip through; forgive takes the count
// back once it has not failed.
func (a *Attempts) Begin(w http.ResponseWriter, r *http.Request, account string) (forgive func() error, err error) {
	address := httprate.CanonicalizeIP(factsOf(r.Context()).clientIP)
	account = strings.ToLower(strings.TrimSpace(account))
	if a.address.exceeded(w, r, address) {
		return nil, errTooManyAttempts
	}
	if a.account.exceeded(w, r, account) {
		return nil, errTooManyAttempts
	}
	return func() error {
		if err := a.account.giveBack(account); err != nil {
			return err
		}
		return a.address.giveBack(address)
	}, nil
}
