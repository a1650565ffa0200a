package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	nethttpmiddleware "github.com/oapi-codegen/nethttp-middleware"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

var (
	errMalformed        = domain.E(domain.KindMalformed, "request.malformed", "The body is not the JSON that is expected.")
	errRouteNotFound    = domain.E(domain.KindNotFound, "route.not_found", "There is nothing at this address.")
	errMethodNotAllowed = domain.E(domain.KindNotAllowed, "method.not_allowed", "This address does not know that method.")
)

// validate refuses requests that do not fit the contract, before a handler sees them. Of one that sends a file the validator does not see
// the body, which it would take into memory whole; the handler reads it once, as it comes.
func validate(spec *openapi3.T, problems Problems) func(http.Handler) http.Handler {
	whole, head := validator(spec, problems, false), validator(spec, problems, true)
	return func(next http.Handler) http.Handler {
		whole := whole(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !middleware.IsUpload(r) {
				whole.ServeHTTP(w, r)
				return
			}
			bare := r.Clone(r.Context())
			bare.Body = http.NoBody
			head(http.HandlerFunc(func(w http.ResponseWriter, valid *http.Request) {
				valid.Body = r.Body
				next.ServeHTTP(w, valid)
			})).ServeHTTP(w, bare)
		})
	}
}

func validator(spec *openapi3.T, problems Problems, excludeBody bool) func(http.Handler) http.Handler {
	return nethttpmiddleware.OapiRequestValidatorWithOptions(spec, &nethttpmiddleware.Options{
		Options: openapi3filter.Options{
			MultiError: true, ExcludeRequestBody: excludeBody,
			AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
				input := in.RequestValidationInput
				id := input.Route.Operation.OperationID // which the generator has made a Go name
				return authorize(input.Request.Context(), strings.ToLower(id[:1])+id[1:])
			},
		},
		SilenceServersWarning: true,
		DoNotValidateServers:  true,
		ErrorHandlerWithOpts: func(_ context.Context, err error, w http.ResponseWriter, r *http.Request, opts nethttpmiddleware.ErrorHandlerOpts) {
			if opts.StatusCode == http.StatusNotFound {
				err = errRouteNotFound
			}
			problems.Write(w, r, contractError(err))
		},
	})
}

// contractError says in our words what does not fit: who is missing, what cannot be read, or which fields are wrong.
func contractError(err error) error {
	var ours *domain.Error
	var security *openapi3filter.SecurityRequirementsError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &security):
		// Each way of authenticating was tried, with the same outcome.
		for _, one := range security.Errors {
			if errors.As(one, &ours) {
				return ours
			}
		}
		return domain.ErrUnauthenticated
	}
	var fields fieldErrors
	for _, one := range flatten(err) {
		if parameter := missingParameter(one); parameter != nil {
			return parameter
		}
		field, ok := fieldError(one)
		if !ok {
			return errMalformed.Because(one)
		}
		fields = append(fields, field)
	}
	if len(fields) == 0 {
		return errMalformed.Because(err)
	}
	return fields
}

// missingParameter says which parameter a request has to have, and what its values mean; nil when none is missing.
func missingParameter(err error) error {
	var request *openapi3filter.RequestError
	if !errors.As(err, &request) || request.Parameter == nil || !errors.Is(request.Err, openapi3filter.ErrInvalidRequired) {
		return nil
	}
	missing := domain.E(domain.KindMalformed, "request.parameter_missing", fmt.Sprintf("The parameter %s is missing. %s",
		request.Parameter.Name, request.Parameter.Description))
	missing.Field = request.Parameter.Name
	return missing
}

// flatten takes nested lists of errors apart; each keeps the request error that says which parameter it is about.
func flatten(err error) (all []error) {
	switch e := err.(type) { //nolint:errorlint // the levels are taken off one by one
	case openapi3.MultiError:
		for _, one := range e {
			all = append(all, flatten(one)...)
		}
		return all
	case *openapi3filter.RequestError:
		inner := openapi3.MultiError{}
		if e.Err != nil && errors.As(e.Err, &inner) {
			for _, one := range inner {
				about := *e
				about.Err = one
				all = append(all, flatten(&about)...)
			}
			return all
		}
	}
	return []error{err}
}

// unsupportedProperty finds the name in the validator's words: property "x" is unsupported.
func unsupportedProperty(reason string) string {
	_, rest, _ := strings.Cut(reason, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// reason says in our words what the validator's leave to programmers.
func reason(err *openapi3.SchemaError) string {
	switch err.SchemaField {
	case "nullable":
		return "This may be left out, but not be null."
	case "format":
		switch err.Schema.Format {
		case "date-time":
			return "This is not a time with its zone, such as 2027-01-31T22:59:59Z."
		case "uuid":
			return "This is not an id."
		}
		return "This is not in the form that is expected."
	case "pattern":
		return "This is not in the form that is expected."
	}
	return err.Reason
}

// fieldError names the input at fault; false means that the request cannot even be read.
func fieldError(err error) (FieldError, bool) {
	var schema *openapi3.SchemaError
	var request *openapi3filter.RequestError
	errors.As(err, &request)
	field := FieldError{Code: "request.invalid", Detail: "This is not a valid value."}
	if errors.As(err, &schema) {
		field.Field, field.Detail = strings.Join(schema.JSONPointer(), "."), reason(schema)
	}
	if request != nil && request.Parameter != nil {
		field.Field = request.Parameter.Name
	} else if schema != nil && schema.SchemaField == "properties" && field.Field == "" {
		field.Field = unsupportedProperty(schema.Reason)
	}
	var parse *openapi3filter.ParseError
	if errors.As(err, &parse) && request != nil && request.Parameter == nil {
		return field, false
	}
	if schema == nil && (request == nil || request.Parameter == nil) {
		return field, false
	}
	if field.Field == "" {
		field.Field = "body"
	}
	return field, true
}
