package middleware

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"

	gorilla "github.com/gorilla/sessions"

	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
)

// CookieName is the name of the session cookie.
const CookieName = "ackify_session"

// SessionStore is a gorilla/sessions store on PostgreSQL. The cookie holds an opaque random token; before anyone logs in it
// names no session and only binds the CSRF token.
type SessionStore struct {
	Sessions sessions.Service
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

// New reads the session of the request's cookie. It is new when there is no cookie; it is nobody's when nobody is logged in
// with it.
func (s SessionStore) New(r *http.Request, name string) (*gorilla.Session, error) {
	session := gorilla.NewSession(s, name)
	session.Options = &gorilla.Options{
		Path: s.Path, MaxAge: int(sessions.Lifetime.Seconds()), HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	}
	session.IsNew = true
	cookie, err := r.Cookie(name)
	if errors.Is(err, http.ErrNoCookie) || !tokenForm.MatchString(cookie.Value) {
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

// Save sets the cookie; a negative MaxAge ends the session and drops it.
func (s SessionStore) Save(r *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, gorilla.NewCookie(session.Name(), "", session.Options))
		return s.Sessions.EndByToken(r.Context(), session.ID)
	}
	if session.ID == "" {
		session.ID = sessions.NewToken()
	}
	http.SetCookie(w, gorilla.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

type sessionValue struct{}

var valueSession = sessionValue{}

// LogIn ends the session that the request came with and begins the user's new one, under a new token.
func (s SessionStore) LogIn(w http.ResponseWriter, r *http.Request, user domain.User, method string) error {
	session, err := s.Get(r, CookieName)
	if err != nil {
		return err
	}
	if session.ID != "" {
		if err := s.Sessions.EndByToken(r.Context(), session.ID); err != nil {
			return err
		}
	}
	begun, token, err := s.Sessions.Start(r.Context(), user, method, Device(r))
	if err != nil {
		return err
	}
	session.ID, session.Values[valueSession] = token, begun
	factsOf(r.Context()).session = &begun
	return session.Save(r, w)
}

// LogOut ends the request's session, for every device that has its cookie.
func (s SessionStore) LogOut(w http.ResponseWriter, r *http.Request) error {
	session, err := s.Get(r, CookieName)
	if err != nil || session.IsNew {
		return err
	}
	session.Options.MaxAge = -1
	return session.Save(r, w)
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

// Load finds out who is logged in.
func (s SessionStore) Load(fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == healthPath {
				next.ServeHTTP(w, r)
				return
			}
			session, err := s.Get(r, CookieName)
			if err != nil {
				fail(w, r, err)
				return
			}
			if found, ok := session.Values[valueSession].(domain.Session); ok {
				factsOf(r.Context()).session = &found
			}
			next.ServeHTTP(w, r)
		})
	}
}

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
