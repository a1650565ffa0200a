// Package api is the REST API: the generated strict server, one file of handlers an area, and the one table of errors.
package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/erasure"
	"github.com/ackify/ackify/backend/internal/application/probe"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/application/settings"
	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/application/tokens"
	"github.com/ackify/ackify/backend/internal/application/trail"
	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// Database tells whether it can be worked with: reached, and at the version of the schema that this build needs.
type Database interface {
	Ready(ctx context.Context) error
}

// Server answers the API with the application's use cases.
type Server struct {
	Accounts  accounts.Service
	Documents documents.Service
	Signing   signing.Service
	Signers   signers.Service
	Ledger    LedgerArea
	Erasures  erasure.Service
	Sessions  sessions.Service
	SignIn    signin.Service
	Tokens    tokens.Service
	Trail     trail.Service
	Reminders reminders.Service
	Emails    emails.Desk
	// BounceToken lets a mail server's webhook report emails that came back; "": none may.
	BounceToken string
	Store       middleware.SessionStore
	Attempts    *middleware.Attempts
	Creations   *middleware.Creations
	Settings    settings.Service
	Tests       *middleware.Creations // of settings
	Database    Database
	Probe       probe.Key
	Runs        *workers.Recorder
	// Full names the variable of a volume that has no room left; "": all have.
	Full         func() string
	Sentences    signing.Sentences
	Problems     Problems
	BaseURL      *url.URL
	Organisation string
	// MaxFileSize is how many bytes an uploaded file may have.
	MaxFileSize int64
	// RenditionStyle is the source expression of the style in renditions, for their Content-Security-Policy.
	RenditionStyle string
	Version        string
	Clock          func() time.Time

	contract []byte
}

var _ StrictServerInterface = (*Server)(nil)

// Mount adds the API's routes to r, each behind the contract's validator.
func (s *Server) Mount(r chi.Router) error {
	spec, err := GetSpec()
	if err != nil {
		return err
	}
	if s.contract, err = GetSpecJSON(); err != nil {
		return err
	}
	s.mount(r, spec)
	return nil
}

func (s *Server) mount(r chi.Router, spec *openapi3.T) {
	strict := NewStrictHandlerWithOptions(s, nil, StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  s.badRequest,
		ResponseErrorHandlerFunc: s.Problems.Write,
	})
	s.MountTiles(r)
	r.Group(func(r chi.Router) {
		r.Use(validate(spec, s.Problems), middleware.WithExchange, noStore)
		HandlerWithOptions(strict, ChiServerOptions{BaseRouter: r, ErrorHandlerFunc: s.badRequest})
	})
}

// MountTiles adds /ledger/tile/*: OpenAPI has no word for an address of any number of parts.
func (s *Server) MountTiles(r chi.Router) { r.Get("/ledger/tile/*", s.getTile) }

func (s *Server) badRequest(w http.ResponseWriter, r *http.Request, err error) {
	var parameter *InvalidParamFormatError
	if errors.As(err, &parameter) {
		err = domain.Invalid(parameter.ParamName, "request.invalid", "This is not a valid value.").Because(err)
	} else if err = errMalformed.Because(err); strings.HasSuffix(r.URL.Path, "/upload") || strings.HasSuffix(r.URL.Path, "/import") {
		err = errUpload.Because(err)
	}
	s.Problems.Write(w, r, err)
}

// noStore keeps answers out of caches; a handler may say otherwise.
func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// NotFound answers an address of the API that does not exist.
func (s *Server) NotFound(w http.ResponseWriter, r *http.Request) {
	s.Problems.Write(w, r, errRouteNotFound)
}

// MethodNotAllowed answers a method that an address does not know.
func (s *Server) MethodNotAllowed(w http.ResponseWriter, r *http.Request) {
	s.Problems.Write(w, r, errMethodNotAllowed)
}

// caller returns who is logged in; the validator has made sure that somebody is.
func caller(ctx context.Context) (domain.Session, error) { return middleware.Session(ctx) }

func page(limit *Limit, cursor *Cursor, query *Query) domain.PageRequest {
	p := domain.PageRequest{Limit: domain.DefaultPageSize}
	if limit != nil {
		p.Limit = *limit
	}
	p.Cursor, p.Query = value(cursor), value(query)
	return p
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// optional is nil for a zero value: absent in JSON.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func mapAll[From, To any](items []From, convert func(From) To) []To {
	out := make([]To, len(items))
	for i, item := range items {
		out[i] = convert(item)
	}
	return out
}
