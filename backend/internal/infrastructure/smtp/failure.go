package smtp

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/ackify/ackify/backend/internal/application/emails"
)

// slow is the error of a server that did not answer in time.
type slow struct{ limit time.Duration }

func (s slow) Error() string { return "the mail server did not answer within " + s.limit.String() }

// failure translates an error of the SMTP library.
func (s Sender) failure(err error) *emails.Failure {
	f := &emails.Failure{Reason: err.Error()}
	var refused *mail.SendError
	var answer *textproto.Error
	switch {
	case errors.As(err, &refused):
		f.Code, f.Enhanced = refused.ErrorCode(), refused.EnhancedStatusCode()
		if f.Code != 0 {
			f.Said = said(refused)
		}
		switch refused.Reason {
		case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
			f.Permanent = f.Code >= 500
		case mail.ErrSMTPMailFrom:
			if f.Code >= 500 {
				f.Cause = emails.CauseSender
			}
		}
	case errors.As(err, &answer):
		f.Code, f.Said = answer.Code, answer.Error()
	default:
		f.Cause = causeOf(err)
	}
	if f.Cause == "" {
		f.Cause = f.Classify()
	}
	f.Reason, f.Said = s.withoutPassword(f.Reason), s.withoutPassword(f.Said)
	f.Reason = "mail server " + net.JoinHostPort(s.cfg.Host, strconv.Itoa(s.cfg.Port)) + ": " + f.Reason
	return f
}

// said is what the server answered, without the library's words before and after, and its quotation marks.
func said(refused *mail.SendError) string {
	text := strings.TrimPrefix(refused.Error(), refused.Reason.String()+": ")
	for _, mark := range []string{", affected recipient(s): ", ", affected message ID: "} {
		if end := strings.LastIndex(text, mark); end >= 0 {
			text = text[:end]
		}
	}
	code, quoted, _ := strings.Cut(text, " ")
	if words, err := strconv.Unquote(quoted); err == nil {
		return code + " " + words
	}
	return text
}

// causeOf is why a server did not get as far as answering.
func causeOf(err error) emails.Cause {
	var (
		late        slow
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		record      tls.RecordHeaderError
		operation   *net.OpError
	)
	switch {
	case errors.As(err, &late):
		return emails.CauseSlow
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &record), strings.Contains(err.Error(), "not support STARTTLS"):
		return emails.CauseEncryption
	case errors.As(err, &operation) && operation.Op == "dial":
		return emails.CauseUnreachable
	}
	return emails.CauseBroken
}

// withoutPassword removes the password as it is, and as the mechanisms LOGIN and PLAIN send it.
func (s Sender) withoutPassword(text string) string {
	password := s.cfg.Password
	if password == "" {
		return text
	}
	for _, form := range []string{
		base64.StdEncoding.EncodeToString([]byte("\x00" + s.cfg.Username + "\x00" + password)),
		base64.StdEncoding.EncodeToString([]byte(password)), password,
	} {
		text = strings.ReplaceAll(text, form, "[password]")
	}
	return text
}
