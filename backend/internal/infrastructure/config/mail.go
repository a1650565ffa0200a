package config

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ackify/ackify/backend/internal/domain"
)

// rawMail is what the environment says about emails.
type rawMail struct {
	MailHost     string `env:"ACKIFY_MAIL_HOST"`
	MailPort     int    `env:"ACKIFY_MAIL_PORT" envDefault:"587"`
	MailUsername string `env:"ACKIFY_MAIL_USERNAME"`
	MailPassword string `env:"ACKIFY_MAIL_PASSWORD"`
	MailTLS      string `env:"ACKIFY_MAIL_TLS" envDefault:"starttls"`
	MailFrom     string `env:"ACKIFY_MAIL_FROM"`
	MailFromName string `env:"ACKIFY_MAIL_FROM_NAME"`
	MailTimeout  string `env:"ACKIFY_MAIL_TIMEOUT" envDefault:"10s"`
}

// The protections of the connection to the mail server.
const (
	MailStartTLS = "starttls" // encrypted after the greeting, or no connection
	MailTLS      = "tls"      // encrypted from the first byte
	MailPlain    = "none"
)

// Mail says how emails are sent.
type Mail struct {
	Host     string // "": no emails
	Port     int
	Username string // "": without authentication
	Password string
	TLS      string // MailStartTLS, MailTLS or MailPlain
	From     domain.Email
	FromName string
	Timeout  time.Duration // for one email
}

// Enabled tells whether there is a mail server.
func (m Mail) Enabled() bool { return m.Host != "" }

// longestMailTimeout lets a worker try its batch, ten emails five at a time, within the time that its lease leaves for sending.
const longestMailTimeout = 45 * time.Second

// mail reads the variables of emails. Without a host the others are checked too: what is wrong in them would come out later.
func (r *reader) mail(in rawMail, organisation string) Mail {
	m := Mail{
		Host: strings.TrimSpace(in.MailHost), Port: in.MailPort, Username: in.MailUsername, Password: in.MailPassword, TLS: in.MailTLS,
		FromName: strings.TrimSpace(in.MailFromName),
	}
	if strings.ContainsFunc(m.Host, unicode.IsSpace) || strings.ContainsAny(m.Host, "/@") || strings.Contains(m.Host, ":") && net.ParseIP(m.Host) == nil {
		r.wrong("ACKIFY_MAIL_HOST", fmt.Sprintf("%q is not a host name; the port has a variable of its own", m.Host), "smtp.example.com")
	}
	unread := slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Variable == "ACKIFY_MAIL_PORT" })
	if !unread && (m.Port < 1 || m.Port > 65535) {
		r.wrong("ACKIFY_MAIL_PORT", fmt.Sprintf("%d is not a port", m.Port), "587")
	}
	if m.FromName == "" {
		m.FromName = organisation
	}
	if strings.ContainsFunc(m.FromName, unicode.IsControl) {
		r.wrong("ACKIFY_MAIL_FROM_NAME", "has to be one line", "Acme Industries")
	}
	r.mailFrom(in.MailFrom, &m)
	r.mailLogin(m)
	var err error
	if m.Timeout, err = time.ParseDuration(in.MailTimeout); err != nil || m.Timeout < time.Second || m.Timeout > longestMailTimeout {
		r.wrong("ACKIFY_MAIL_TIMEOUT", fmt.Sprintf("%q is not a duration from 1s to 45s", in.MailTimeout), "10s")
	}
	return m
}

func (r *reader) mailFrom(from string, m *Mail) {
	const example = "ackify@example.com"
	if from == "" {
		if m.Host != "" {
			r.wrong("ACKIFY_MAIL_FROM", "is missing; beside ACKIFY_MAIL_HOST it is the address that emails come from", example)
		}
		return
	}
	var err error
	if m.From, err = domain.ParseEmail(from); err != nil {
		r.wrong("ACKIFY_MAIL_FROM", fmt.Sprintf("%q is not an email address; the name is in ACKIFY_MAIL_FROM_NAME", from), example)
	}
}

// mailLogin looks at protection and password together.
func (r *reader) mailLogin(m Mail) {
	switch m.TLS {
	case MailStartTLS, MailTLS:
	case MailPlain:
		if ip := net.ParseIP(m.Host); m.Username != "" && m.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			r.wrong("ACKIFY_MAIL_TLS", "none would send ACKIFY_MAIL_PASSWORD in the clear; that is only done on the same machine", MailStartTLS)
		}
	default:
		r.wrong("ACKIFY_MAIL_TLS", fmt.Sprintf("%q is not a protection", m.TLS), "starttls, tls or none")
	}
	if m.Username != "" && m.Password == "" {
		r.wrong("ACKIFY_MAIL_PASSWORD", "is missing beside ACKIFY_MAIL_USERNAME", "the mail account's password, or ACKIFY_MAIL_PASSWORD_FILE")
	}
	if m.Username == "" && m.Password != "" {
		r.wrong("ACKIFY_MAIL_USERNAME", "is missing beside ACKIFY_MAIL_PASSWORD", "ackify@example.com")
	}
	if m.Host == "" && m.Username != "" {
		r.wrong("ACKIFY_MAIL_HOST", "is missing beside ACKIFY_MAIL_USERNAME", "smtp.example.com")
	}
}
