// Package smtp sends emails through a mail server.
package smtp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
)

// TLSMode is how the connection to the mail server is protected.
type TLSMode string

// The modes.
const (
	StartTLS TLSMode = "starttls" // encrypted after a plain greeting, or not at all; usually on port 587
	TLS      TLSMode = "tls"      // encrypted from the first byte; usually on port 465
	NoTLS    TLSMode = "none"     // not encrypted
)

// Config says which mail server to use, and how.
type Config struct {
	Host     string
	Port     int
	Username string // "": no authentication
	Password string
	TLS      TLSMode
	From     domain.Email // sender, of the envelope too
	FromName string
	Timeout  time.Duration    // for one email, from connecting to the server's last answer; 0: 10 seconds
	Kept     int              // how many connections are kept open for the next mails; 0: 5
	Idle     time.Duration    // how long one is kept open without a mail; 0: 5 seconds
	TLSRoots *tls.Config      // what the server's certificate is checked with; nil: the system's authorities
	Clock    func() time.Time // for the Date header; nil: time.Now
}

// Sender sends emails over connections that it keeps open for a while. It may be used by several goroutines.
type Sender struct {
	cfg         Config
	client      func(dial mail.DialContextFunc) (*mail.Client, error)
	connections *connections
}

// New makes a sender; nothing is connected yet.
func New(cfg Config) (Sender, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Kept == 0 {
		cfg.Kept = 5
	}
	if cfg.Idle == 0 {
		cfg.Idle = 5 * time.Second
	}
	_, domainPart, hasDomain := strings.Cut(string(cfg.From), "@")
	if cfg.Host == "" || !hasDomain {
		return Sender{}, errors.New("a mail server and a sender's address are needed")
	}
	roots := cfg.TLSRoots
	if roots == nil {
		roots = &tls.Config{}
	}
	roots = roots.Clone()
	roots.ServerName, roots.MinVersion = cfg.Host, tls.VersionTLS12
	cfg.TLSRoots = roots

	options := []mail.Option{
		mail.WithPort(cfg.Port), mail.WithTimeout(2 * cfg.Timeout), // deliver ends it earlier
		mail.WithTLSConfig(roots), mail.WithHELO(domainPart),
		// Addresses are ASCII; asking for more would exclude servers on the way that know no more. A kept connection is reset before the next mail.
		mail.WithoutSMTPUTF8(), mail.WithoutNoop(), mail.WithoutRset(),
	}
	if cfg.TLS == StartTLS {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	} else {
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if cfg.Username != "" {
		plain, login := mail.SMTPAuthPlain, mail.SMTPAuthLogin
		if cfg.TLS == NoTLS {
			plain, login = mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc
		}
		options = append(options, mail.WithUsername(cfg.Username), mail.WithPassword(cfg.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, plain, login, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthCramMD5))
	}
	s := Sender{cfg: cfg, connections: &connections{most: cfg.Kept, idle: cfg.Idle}, client: func(dial mail.DialContextFunc) (*mail.Client, error) {
		return mail.NewClient(cfg.Host, append(options[:len(options):len(options)], mail.WithDialContextFunc(dial))...)
	}}
	_, err := s.client(s.dial)
	return s, err
}

func (s Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.cfg.TLS == TLS {
		return (&tls.Dialer{Config: s.cfg.TLSRoots}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Send returns nil only when the server has taken responsibility for the mail. Its errors are *emails.Failure: permanent when the server
// refuses the recipient or the content with 5xx, or the mail itself is impossible; everything else may pass (a full mailbox, a server that is
// away, a wrong password). They never hold the password.
func (s Sender) Send(ctx context.Context, m emails.Mail) error {
	message, err := s.message(m)
	if err != nil {
		return &emails.Failure{Permanent: true, Cause: emails.CauseUnsendable, Reason: err.Error()}
	}
	err = s.deliver(ctx, message)
	if err == nil || message.IsDelivered() {
		return nil // what goes wrong after the server's yes changes nothing
	}
	return s.failure(err)
}

// deliver ends, with its connection, when the time is over or ctx ends. A connection that was kept and turns out to be of no use any more, before any
// content went over it, is no failed attempt: the mail goes over a new one.
func (s Sender) deliver(ctx context.Context, message *mail.Msg) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, slow{s.cfg.Timeout})
	defer cancel()
	for {
		kept := s.connections.take()
		if kept == nil {
			break
		}
		err := kept.send(ctx, message, true)
		s.connections.give(kept)
		if err == nil || message.IsDelivered() || ctx.Err() != nil || !kept.stale {
			return cause(ctx, err)
		}
	}
	fresh, err := s.connect(ctx)
	if err == nil {
		err = fresh.send(ctx, message, false)
		s.connections.give(fresh)
	}
	return cause(ctx, err)
}

// cause is why ctx ended, where that is why something failed. The library gives the connection the deadline of ctx, and may notice it first.
func cause(ctx context.Context, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		<-ctx.Done()
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// message is multipart/alternative, in UTF-8; with images, within multipart/related.
func (s Sender) message(m emails.Mail) (*mail.Msg, error) {
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := message.FromFormat(s.cfg.FromName, string(s.cfg.From)); err != nil {
		return nil, errors.New("the sender's name or address cannot be used")
	}
	if err := message.To(string(m.To)); err != nil {
		return nil, errors.New("the recipient's address cannot be used")
	}
	if encoded, needed := encodedSubject(strings.ToValidUTF8(m.Subject, "?")); needed {
		message.SetGenHeaderPreformatted(mail.HeaderSubject, encoded)
	} else {
		message.Subject(m.Subject)
	}
	message.SetDateWithValue(s.cfg.Clock())
	message.SetMessageIDWithValue(m.MessageID)
	// Nobody answers this mail, no holiday notice either (RFC 3834).
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	for _, image := range m.Images {
		name := image.ID + "." + strings.TrimPrefix(image.MediaType, "image/")
		if err := message.EmbedReader(name, bytes.NewReader(image.Data), mail.WithFileContentID(image.ID),
			mail.WithFileContentType(mail.ContentType(image.MediaType))); err != nil {
			return nil, err
		}
	}
	return message, nil
}

var _ emails.Sender = Sender{}
