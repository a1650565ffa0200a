package oidc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// who explains in one line who can log in, and as whom.
func (d *doctor) who() {
	cfg := d.p.cfg
	domains := strings.Join(cfg.AllowedDomains, ", ")
	switch {
	case domains != "" && cfg.TrustEmail:
		d.say(OK, "who: anyone with an account at %s and a verified address in %s can log in (nobody else: %s adds nothing)", cfg.Label, domains, d.variable("TRUST_EMAIL"))
	case domains != "":
		d.say(OK, "who: anyone with an account at %s and a verified address in %s can log in", cfg.Label, domains)
	case cfg.Public && cfg.TrustEmail:
		d.say(OK, "who: anyone with a %s account whose address is known, invited or expected here can log in", cfg.Label)
	case cfg.Public:
		d.say(Warning, "who: %s is open to all and is not trusted for addresses, so nobody can log in to an account that exists here; set %s or %s",
			cfg.Label, d.variable("ALLOWED_DOMAINS"), d.variable("TRUST_EMAIL"))
	case cfg.TrustEmail:
		d.say(OK, "who: anyone with an account at %s can log in, as whoever has its verified address here", cfg.Label)
	default:
		d.say(Warning, "who: anyone with an account at %s can log in, but not to an account that exists here by another way; for that set %s, or %s if nobody can take another's address there",
			cfg.Label, d.variable("ALLOWED_DOMAINS"), d.variable("TRUST_EMAIL")+"=true")
	}
}

// inPlainWords explains why a provider cannot be reached; "" for what is no matter of the network.
func inPlainWords(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var name *net.DNSError
	var timeout net.Error
	var status statusError
	switch {
	case errors.As(err, &unknown):
		return "its certificate is from an authority that this machine does not know. Add the authority to the system's certificates, or name its file by SSL_CERT_FILE"
	case errors.As(err, &host):
		return "its certificate is for another name. Use the name in the certificate, or get a certificate for this one"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or this machine's clock is wrong. Renew it there"
	case errors.As(err, &invalid):
		return "its certificate is not valid: " + oneLineOf(invalid.Error())
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS there. Is it http, or another port?"
	case errors.As(err, &alert):
		return "it refused TLS: " + oneLineOf(alert.Error())
	case errors.As(err, &name):
		return fmt.Sprintf("the name %s cannot be resolved. Look for a slip in it, or in this machine's DNS", name.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there. Is the provider running, and the port right?"
	case errors.As(err, &status):
		return "it " + status.Error() + ". It does not work now; look at its own log"
	case errors.Is(err, errRedirects):
		return "it redirects: " + errRedirects.Error() + ". Use the address that they end at"
	case errors.Is(err, errDowngrade):
		return "it redirects: " + errDowngrade.Error() + ". Use an address that stays on https"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "it does not answer within 5 seconds. Is there a firewall between, or a proxy (HTTPS_PROXY) to go by?"
	}
	return ""
}

// oneLineOf keeps a text to one line of a bearable length.
func oneLineOf(s string) string {
	const longest = 600
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return s
}
