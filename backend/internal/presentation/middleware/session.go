package middleware

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"

	gorilla "github.com/gorilla/sessions"

	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
)

// CookieName is the name of the session cookie.
const CookieName = "ackify_session"

// BrowserCookie is the name of the cookie that binds a log-in under way to the browser that began it.
const BrowserCookie = "ackify_login"

// browserCookieAge is how long that takes at most, in seconds.
const browserCookieAge = 3600

// Bearers finds out who a bearer token (RFC 6750) speaks for; it fails with an error of domain.KindUnauthenticated.
type Bearers interface {
	Authenticate(ctx context.Context, token string) (domain.Session, error)
}

// SessionStore is a gorilla/sessions store on PostgreSQL. The cookie holds an opaque random token; before anyone logs in it
// names no session and only binds the CSRF token.
type SessionStore struct {
	Sessions sessions.Service
	Bearers  Bearers
	Tries    *Bearer // of bearer tokens that are none
	Secure   bool
	Path     string // of the cookie
	CSRFKey  []byte
}

var _ gorilla.Store = SessionStore{}

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// Get returns the request's session, read once.
func (s SessionStore) Get(r *http.Request, name string) (*gorilla.Session, error) {
	return gorilla.GetRegistry(r).Get(s, name)
}

// New reads the session of the request's cookie. It is new when there is no cookie, or a bearer token, beside which cookies do not
// count; it is nobody's when nobody is logged in with it.
func (s SessionStore) New(r *http.Request, name string) (*gorilla.Session, error) {
	session := gorilla.NewSession(s, name)
	session.Options = &gorilla.Options{
		Path: s.Path, MaxAge: int(sessions.Lifetime.Seconds()), HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	}
	session.IsNew = true
	cookie, err := r.Cookie(name)
	if _, ok := bearer(r); ok || errors.Is(err, http.ErrNoCookie) || !tokenForm.MatchString(cookie.Value) {
		return session, nil
	}
	session.ID, session.IsNew = cookie.Value, false
	found, err := s.Sessions.Find(r.Context(), cookie.Value, Device(r))
	switch {
	case err == nil:
		session.Values[valueSession] = found
	case !errors.Is(err, domain.ErrUnauthenticated):
		return session, err
	}
	return session, nil
}

// Save sets the cookie; a negative MaxAge drops it.
func (s SessionStore) Save(_ *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, gorilla.NewCookie(session.Name(), "", session.Options))
		return nil
	}
	if session.ID == "" {
		session.ID = domain.NewSecret()
	}
	http.SetCookie(w, gorilla.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

type sessionValue struct{}

var valueSession = sessionValue{}

// LogIn ends the session that the request came with and begins the user's new one, under a new token.
func (s SessionStore) LogIn(w http.ResponseWriter, r *http.Request, user domain.User, in sessions.Entry) error {
	session, err := s.Get(r, CookieName)
	if err != nil {
		return err
	}
	begun, token, err := s.Sessions.Start(r.Context(), user, in, Device(r), session.ID)
	if err != nil {
		return err
	}
	session.ID, session.Values[valueSession] = token, begun
	if in.MaxAge > 0 {
		session.Options.MaxAge = int(in.MaxAge.Seconds())
	}
	factsOf(r.Context()).session = &begun
	return session.Save(r, w)
}

// LogOut ends the request's session, for every device that has its cookie. It returns the session, if there was one, and the ID token that
// an identity provider gave for it, "" if there was none.
func (s SessionStore) LogOut(w http.ResponseWriter, r *http.Request) (ended domain.Session, idToken string, err error) {
	session, err := s.Get(r, CookieName)
	if err != nil || session.IsNew {
		return ended, "", err
	}
	if found, ok := session.Values[valueSession].(domain.Session); ok {
		if ended = found; err == nil {
			idToken, err = s.Sessions.LogOut(r.Context(), found, session.ID)
		}
	}
	if err != nil {
		return ended, "", err
	}
	session.Options.MaxAge = -1
	return ended, idToken, session.Save(r, w)
}

// Browser returns the secret that binds a log-in under way to the browser, and sets it anew, so that it lasts.
func (s SessionStore) Browser(w http.ResponseWriter, r *http.Request) string {
	secret := s.KnownBrowser(r)
	if secret == "" {
		secret = domain.NewSecret()
	}
	http.SetCookie(w, gorilla.NewCookie(BrowserCookie, secret, &gorilla.Options{
		Path: s.Path + "api/v1/auth/", MaxAge: browserCookieAge, HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteLaxMode, // the callback comes from the provider's site
	}))
	return secret
}

// KnownBrowser returns the secret that the browser has, "" for none.
func (s SessionStore) KnownBrowser(r *http.Request) string {
	cookie, err := r.Cookie(BrowserCookie)
	if err != nil || !tokenForm.MatchString(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// CSRFToken returns the token that goes with the request's cookie, which it sets where there is none.
func (s SessionStore) CSRFToken(w http.ResponseWriter, r *http.Request) (string, error) {
	session, err := s.Get(r, CookieName)
	if err != nil {
		return "", err
	}
	if session.IsNew {
		if err := session.Save(r, w); err != nil {
			return "", err
		}
	}
	return s.csrfFor(session.ID), nil
}

func (s SessionStore) csrfFor(token string) string {
	mac := hmac.New(sha256.New, s.CSRFKey)
	mac.Write([]byte(token))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Load finds out who is logged in: by the bearer token, where there is one, else by the cookie.
func (s SessionStore) Load(fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == HealthPath || r.URL.Path == bouncesPath {
				next.ServeHTTP(w, r)
				return
			}
			found, err := s.who(w, r)
			if err != nil {
				fail(w, r, err)
				return
			}
			factsOf(r.Context()).session = found
			if found != nil && found.Grant == domain.GrantAPIToken {
				origin := domain.OriginOf(r.Context())
				origin.Kind = domain.ActorToken
				r = r.WithContext(domain.WithOrigin(r.Context(), origin))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// who is nil for nobody.
func (s SessionStore) who(w http.ResponseWriter, r *http.Request) (*domain.Session, error) {
	if token, ok := bearer(r); ok {
		forgive, err := s.Tries.Begin(w, r)
		if err != nil {
			return nil, err
		}
		found, err := s.Bearers.Authenticate(r.Context(), token)
		if err == nil {
			err = forgive()
		}
		return &found, err
	}
	session, err := s.Get(r, CookieName)
	if err != nil {
		return nil, err
	}
	if found, ok := session.Values[valueSession].(domain.Session); ok {
		return &found, nil
	}
	return nil, nil
}

// bearer returns the token of the Authorization header (RFC 6750, section 2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "bearer")
}

// cookieless are the addresses that neither read nor set a cookie, so that no other site gains from having a browser call them.
var cookieless = map[string]bool{"/api/v1/auth/token": true, "/api/v1/auth/token/revoke": true, bouncesPath: true}

// bouncesPath is told of by a mail server's webhook, with a token that is nobody's.
const bouncesPath = "/api/v1/bounces"

var errCSRF = domain.E(domain.KindForbidden, "csrf.invalid",
	"The header X-CSRF-Token does not fit the session; get a new token from GET /api/v1/csrf.")

// errUserChanged: a page shows one person and the browser's session is another's by now.
var errUserChanged = domain.E(domain.KindConflict, "session.user_changed",
	"Somebody else is logged in in this browser by now; nothing was done.")

// RequireCSRF refuses a state-changing request without the token that goes with its cookie, or meant for another user than the
// session's (X-Expected-User).
func (s SessionStore) RequireCSRF(fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.Method {
			case http.MethodGet, http.MethodHead, http.MethodOptions:
				next.ServeHTTP(w, r)
				return
			}
			if _, ok := bearer(r); ok || cookieless[r.URL.Path] {
				next.ServeHTTP(w, r)
				return
			}
			session, err := s.Get(r, CookieName)
			if err != nil {
				fail(w, r, err)
				return
			}
			if expected := r.Header.Get("X-Expected-User"); expected != "" {
				if now, ok := session.Values[valueSession].(domain.Session); ok && now.User.ID != expected {
					fail(w, r, errUserChanged)
					return
				}
			}
			if session.ID == "" || !hmac.Equal([]byte(r.Header.Get("X-CSRF-Token")), []byte(s.csrfFor(session.ID))) {
				fail(w, r, errCSRF)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
