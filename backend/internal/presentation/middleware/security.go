package middleware

import (
	"net/http"
	"net/url"

	"github.com/unrolled/secure"

	"github.com/ackify/ackify/backend/internal/domain"
)

const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// Headers sets the security headers of every answer; HSTS when the site is served over https.
func Headers(base *url.URL) func(http.Handler) http.Handler {
	options := secure.Options{
		ContentTypeNosniff:        true,
		FrameDeny:                 true,
		ContentSecurityPolicy:     contentSecurityPolicy,
		ReferrerPolicy:            "same-origin",
		PermissionsPolicy:         "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		CrossOriginOpenerPolicy:   "same-origin",
		CrossOriginResourcePolicy: "same-origin",
	}
	if base.Scheme == "https" {
		options.STSSeconds, options.ForceSTSHeader = 63072000, true
	}
	return secure.New(options).Handler
}

var errCrossOrigin = domain.E(domain.KindForbidden, "request.cross_origin", "This request comes from another site.")

// SameOrigin refuses state-changing requests that a browser sends on behalf of another site.
func SameOrigin(base *url.URL, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// Behind a proxy that rewrites Host, the site's own origin is still its own.
	if err := protection.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		panic(err) // the configuration has checked the URL
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fail(w, r, errCrossOrigin) }))
	return protection.Handler
}
