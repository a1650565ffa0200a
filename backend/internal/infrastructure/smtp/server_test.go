package smtp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// received is a mail as the server got it.
type received struct {
	from, to, content string
	encrypted         bool
	user              string
}

// mailServer is a real SMTP server with whatever behaviour a test needs.
type mailServer struct {
	host           string
	port           int
	onMail, onRcpt error // answered to MAIL and RCPT
	onData         func(content string) error
	user, password string // "": no authentication
	roots          *x509.CertPool

	mutex sync.Mutex
	mails []received
}

type transport int

const (
	plain transport = iota
	startTLS
	implicitTLS
)

// serve starts the server; it ends with the test.
func (m *mailServer) serve(t *testing.T, how transport) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	m.host, m.port = "127.0.0.1", address.Port
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		s := &session{server: m, conn: c}
		if m.user != "" {
			return authSession{s}, nil
		}
		return s, nil
	}))
	server.Domain, server.AllowInsecureAuth, server.ErrorLog = "mail.example.com", how == plain, log.New(io.Discard, "", 0)
	if how != plain {
		certificate, roots := selfMade(t)
		m.roots = roots
		config := &tls.Config{Certificates: []tls.Certificate{certificate}}
		if how == startTLS {
			server.TLSConfig = config
		} else {
			listener = tls.NewListener(listener, config)
		}
	}
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return m
}

func (m *mailServer) got() []received {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.mails
}

func selfMade(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

type session struct {
	server *mailServer
	conn   *gosmtp.Conn
	mail   received
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	if s.server.user != "" && s.mail.user == "" {
		return gosmtp.ErrAuthRequired
	}
	s.mail.from = from
	return s.server.onMail
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.mail.to = to
	return s.server.onRcpt
}

func (s *session) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.content = string(content)
	if s.server.onData != nil {
		if err := s.server.onData(s.mail.content); err != nil {
			return err
		}
	}
	_, s.mail.encrypted = s.conn.TLSConnectionState()
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.mails = append(s.server.mails, s.mail)
	return nil
}

// authSession asks for a password.
type authSession struct{ *session }

func (authSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.user || password != s.server.password {
			return &gosmtp.SMTPError{Code: 535, EnhancedCode: gosmtp.EnhancedCode{5, 7, 8}, Message: "no, " + password + " is wrong"}
		}
		s.mail.user = user
		return nil
	}), nil
}
