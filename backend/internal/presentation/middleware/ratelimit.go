package middleware

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/httprate"

	"github.com/ackify/ackify/backend/internal/domain"
)

const window = time.Minute

var errRateLimited = domain.E(domain.KindRateLimited, "request.rate_limited", "Too many requests; wait a minute.")

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

// RateLimit lets each session and each token, or an address when signed out, make so many requests a minute.
func RateLimit(limit int, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	l := newLimiter(limit)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if uncounted(r) || !l.exceeded(w, r, credential(r)) {
				next.ServeHTTP(w, r)
				return
			}
			fail(w, r, errRateLimited)
		})
	}
}

// Creations limits how many documents a user makes a minute.
type Creations struct {
	user limiter
}

// NewCreations allows so many documents a minute and user.
func NewCreations(limit int) *Creations { return &Creations{user: newLimiter(limit)} }

// Begin counts a document before it is made; forgive takes the count back when none was.
func (c *Creations) Begin(w http.ResponseWriter, r *http.Request) (forgive func() error, err error) {
	who := requester(r)
	if c.user.exceeded(w, r, who) {
		return nil, errRateLimited
	}
	return func() error { return c.user.giveBack(who) }, nil
}

// HealthPath is answered without asking who it is, so that a database that is away does not get in the way.
const HealthPath = "/api/v1/health"

// uncounted tells whether a request is one that watchers and verifiers make, or one of the many in which a reader asks for a file.
func uncounted(r *http.Request) bool {
	return r.URL.Path == HealthPath || strings.HasPrefix(r.URL.Path, "/ledger/") ||
		r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v1/documents/") && strings.HasSuffix(r.URL.Path, "/content")
}

// credential is what a request is made with: a script with a token of somebody's leaves their browser what is its own.
func credential(r *http.Request) string {
	if s := factsOf(r.Context()).session; s != nil {
		return string(s.Grant) + ":" + s.ID
	}
	return requester(r)
}

func requester(r *http.Request) string {
	f := factsOf(r.Context())
	if f.session != nil {
		return "user:" + f.session.User.ID
	}
	return "address:" + httprate.CanonicalizeIP(f.clientIP)
}

// Bearer limits how many tokens that nobody has an address may try a minute.
type Bearer struct {
	address limiter
}

// NewBearer allows ten times so many a minute.
func NewBearer(limit int) *Bearer { return &Bearer{address: newLimiter(10 * limit)} }

// Begin counts a token before it is known whether it is one; forgive takes the count back when it is.
func (b *Bearer) Begin(w http.ResponseWriter, r *http.Request) (forgive func() error, err error) {
	address := httprate.CanonicalizeIP(factsOf(r.Context()).clientIP)
	if b.address.exceeded(w, r, address) {
		return nil, errRateLimited
	}
	return func() error { return b.address.giveBack(address) }, nil
}

// Attempts limits failed log-ins for each account and for each address, so that neither many addresses nor many accounts help a guesser.
// That one address has to wait longer and longer for one account is kept in the database.
type Attempts struct {
	account, address limiter
}

// NewAttempts allows ten times so many failures a minute for an account, and for an address.
func NewAttempts(limit int) *Attempts {
	return &Attempts{account: newLimiter(10 * limit), address: newLimiter(10 * limit)}
}

// Begin counts an attempt before its outcome is known, so that many at once do not slip through; forgive takes the count
// back once it has not failed.
func (a *Attempts) Begin(w http.ResponseWriter, r *http.Request, account string) (forgive func() error, err error) {
	address := httprate.CanonicalizeIP(factsOf(r.Context()).clientIP)
	account = strings.ToLower(strings.TrimSpace(account))
	counted := []struct {
		by  limiter
		key string
	}{{a.address, address}, {a.account, account}}
	for _, c := range counted {
		if c.by.exceeded(w, r, c.key) {
			return nil, domain.ErrTooManyAttempts
		}
	}
	return func() error {
		for _, c := range counted {
			if err := c.by.giveBack(c.key); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
