package diagnose

import (
	"context"
	"fmt"
	"strings"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// Configuration looks at what is allowed, and still most likely not meant.
func (d Doctor) Configuration(context.Context) []Finding {
	const check = "configuration"
	var r report
	if unknown := config.Unknown(d.Environ); len(unknown) > 0 {
		r.warn(check, "these variables mean nothing to Ackify: "+strings.Join(unknown, ", "), "look for slips of the pen; docs/en/configuration.md lists all variables. Then: unset "+strings.Join(unknown, " "))
	}
	if d.Config.SigningKey != "" && d.Config.SigningKey == d.Config.CookieSecret {
		r.warn(check, "ACKIFY_SIGNING_KEY and ACKIFY_OAUTH_COOKIE_SECRET are the same: who learns the one has the other", "ACKIFY_OAUTH_COOKIE_SECRET=… with the output of `openssl rand -base64 32`, and the one so far as ACKIFY_OAUTH_COOKIE_SECRET_PREVIOUS")
	}
	for _, prefix := range d.Config.TrustedProxies {
		if prefix.Bits() == 0 {
			r.wrong(check, fmt.Sprintf("ACKIFY_TRUSTED_PROXIES has %s: everybody may pretend to have any address", prefix), "ACKIFY_TRUSTED_PROXIES=… with the addresses of your proxies only")
		}
	}
	if len(r.findings) == 0 {
		r.ok(check, "usable; no unknown variable, no secret that anybody would guess")
	}
	return r.findings
}
