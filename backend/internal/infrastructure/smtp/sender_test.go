package smtp_test

import (
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/infrastructure/smtp"
)

var now = time.Date(2026, 11, 22, 4, 33, 0, 0, time.UTC)

func configFor(m *mailServer, mode smtp.TLSMode) smtp.Config {
	return smtp.Config{
		Host: m.host, Port: m.port, TLS: mode, From: "ackify@sign.example.com", FromName: "Société Générale d’Essais",
		Timeout: time.Minute, TLSRoots: &tls.Config{RootCAs: m.roots}, Clock: func() time.Time { return now },
	}
}

func sampleMail() emails.Mail {
	return emails.Mail{To: "zoe@example.com", MessageID: "0123456789abcdef@sign.example.com", Content: emails.Content{
		Subject: "Bestätigen Sie Ihre E-Mail-Adresse für die Süddeutsche Prüfgesellschaft – heute", Text: "Grüße\n\nhttps://x.example/#a=b&c\n.\n",
		HTML: "<p>Grüße</p>",
	}}
}

func send(t *testing.T, cfg smtp.Config, m emails.Mail) *emails.Failure {
	t.Helper()
	sender, err := smtp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), m)
	var failure *emails.Failure
	if err != nil && !errors.As(err, &failure) {
		t.Fatalf("%T: %v", err, err)
	}
	return failure
}

func TestEveryProtection(t *testing.T) {
	t.Parallel()
	for mode, how := range map[smtp.TLSMode]transport{smtp.NoTLS: plain, smtp.StartTLS: startTLS, smtp.TLS: implicitTLS} {
		for _, user := range []string{"", "ackify"} {
			server := (&mailServer{user: user, password: "hunter2 é"}).serve(t, how)
			cfg := configFor(server, mode)
			cfg.Username, cfg.Password = user, "hunter2 é"
			if f := send(t, cfg, sampleMail()); f != nil {
				t.Errorf("%s, user %q: %+v", mode, user, f)
				continue
			}
			got := server.got()
			if len(got) != 1 || got[0].from != "ackify@sign.example.com" || got[0].to != "zoe@example.com" || got[0].encrypted != (how != plain) || got[0].user != user {
				t.Errorf("%s, user %q: %+v", mode, user, got)
			}
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	server := (&mailServer{}).serve(t, plain)
	want := sampleMail()
	if f := send(t, configFor(server, smtp.NoTLS), want); f != nil {
		t.Fatal(f)
	}
	content := server.got()[0].content
	for i, b := range []byte(content) {
		if b > '~' {
			t.Fatalf("byte %d is not ASCII", i)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(content) {
		if name, value, found := strings.Cut(line, ":"); found && name == "Subject" && (strings.TrimSpace(value) == "" || len(line) > 78) {
			t.Errorf("the subject begins with %q", line)
		}
	}
	from, err := m.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Société Générale d’Essais" || from[0].Address != "ackify@sign.example.com" {
		t.Errorf("from %v, %v", from, err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != want.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	if date, err := m.Header.Date(); err != nil || !date.Equal(now) {
		t.Errorf("date %v, %v", date, err)
	}
	for header, value := range map[string]string{
		"Message-ID": "<0123456789abcdef@sign.example.com>", "Auto-Submitted": "auto-generated", "To": "<zoe@example.com>",
		"User-Agent": "", "X-Mailer": "", "List-Unsubscribe": "", "Precedence": "",
	} {
		if got := m.Header.Get(header); got != value {
			t.Errorf("%s: %q", header, got)
		}
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for _, expected := range []struct{ kind, body string }{{"text/plain", want.Text}, {"text/html", want.HTML}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != expected.kind || !strings.EqualFold(parameters["charset"], "utf-8") ||
			strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")) != strings.TrimSpace(expected.body) {
			t.Errorf("%s %v %q, %v", kind, parameters, body, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	refuse := func(code int, enhanced gosmtp.EnhancedCode) error {
		return &gosmtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "because"}
	}
	later, never := gosmtp.EnhancedCode{4, 2, 1}, gosmtp.EnhancedCode{5, 1, 1}
	for name, c := range map[string]struct {
		server    *mailServer
		permanent bool
		code      int
		cause     emails.Cause
	}{
		"a recipient that may exist later": {&mailServer{onRcpt: refuse(450, later)}, false, 450, emails.CauseLater},
		"a recipient that does not exist":  {&mailServer{onRcpt: refuse(550, never)}, true, 550, emails.CauseAddress},
		"a content for later":              {&mailServer{onData: func(string) error { return refuse(451, later) }}, false, 451, emails.CauseLater},
		"a content refused":                {&mailServer{onData: func(string) error { return refuse(554, never) }}, true, 554, emails.CauseAddress},
		"a sender refused: a setting":      {&mailServer{onMail: refuse(553, never)}, false, 553, emails.CauseSender},
		"no password given: a setting":     {&mailServer{user: "ackify", password: "x"}, false, 502, emails.CauseSender},
	} {
		f := send(t, configFor(c.server.serve(t, plain), smtp.NoTLS), sampleMail())
		if f == nil || f.Permanent != c.permanent || f.Code != c.code || f.Enhanced == "" || f.Cause != c.cause || len(c.server.got()) != 0 {
			t.Errorf("%s: %+v", name, f)
		}
		if !strings.HasPrefix(f.Said, strconv.Itoa(c.code)+" ") || strings.Contains(f.Said, `"`) || strings.Contains(f.Said, "zoe@example.com") || strings.Contains(f.Said, "SMTP") ||
			strings.Contains(f.Said, "127.0.0.1") {
			t.Errorf("%s: the server said %q", name, f.Said)
		}
	}
}

func TestAWrongPasswordMayBeMendedAndIsNotTold(t *testing.T) {
	t.Parallel()
	server := (&mailServer{user: "ackify", password: "right"}).serve(t, plain)
	cfg := configFor(server, smtp.NoTLS)
	cfg.Username, cfg.Password = "ackify", "hunter2"
	f := send(t, cfg, sampleMail())
	if f == nil || f.Permanent || f.Code != 535 || f.Cause != emails.CauseLogin || !strings.HasPrefix(f.Said, "535 ") || strings.Contains(f.Said, "hunter2") || strings.Contains(f.Reason, "hunter2") || !strings.Contains(f.Reason, "[password]") {
		t.Errorf("%+v", f)
	}
}

func TestNothingIsSentInTheClearWhereTLSIsAskedFor(t *testing.T) {
	t.Parallel()
	server := (&mailServer{}).serve(t, plain)
	if f := send(t, configFor(server, smtp.StartTLS), sampleMail()); f == nil || f.Permanent || f.Cause != emails.CauseEncryption || f.Said != "" || len(server.got()) != 0 {
		t.Errorf("a server without STARTTLS: %+v", f)
	}
	for mode, how := range map[smtp.TLSMode]transport{smtp.StartTLS: startTLS, smtp.TLS: implicitTLS} {
		server := (&mailServer{}).serve(t, how)
		cfg := configFor(server, mode)
		cfg.TLSRoots = nil // the system does not know the test's authority
		if f := send(t, cfg, sampleMail()); f == nil || f.Permanent || f.Cause != emails.CauseEncryption || !strings.Contains(f.Reason, "certificate") || len(server.got()) != 0 {
			t.Errorf("%s, a certificate nobody knows: %+v", mode, f)
		}
	}
}

// A server that takes the mail and hangs up before it says goodbye has the mail: it must not be sent again.
func TestWhatHappensAfterTheServersYesDoesNotCount(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		answers := []string{"220 hello", "250 hello", "250 sender", "250 recipient", "354 go on"}
		buffer := make([]byte, 1<<16)
		for _, answer := range answers {
			_, _ = io.WriteString(conn, answer+"\r\n")
			if answer != "354 go on" {
				_, _ = conn.Read(buffer)
			}
		}
		var content string
		for !strings.HasSuffix(content, "\r\n.\r\n") {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			content += string(buffer[:n])
		}
		_, _ = io.WriteString(conn, "250 yours truly\r\n")
		_ = conn.Close()
	}()
	cfg := smtp.Config{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: smtp.NoTLS, From: "a@example.com", Timeout: time.Minute}
	if f := send(t, cfg, sampleMail()); f != nil {
		t.Errorf("%+v", f)
	}
}

func TestAServerThatHangsOrIsAway(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts connections and never says a word
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	cfg := smtp.Config{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: smtp.NoTLS, From: "a@example.com", Timeout: 50 * time.Millisecond,
	}
	for range 20 { // the connection's deadline and the one of all of it are the same
		if f := send(t, cfg, sampleMail()); f == nil || f.Permanent || f.Cause != emails.CauseSlow || f.Said != "" || !strings.Contains(f.Reason, "did not answer within") {
			t.Fatalf("hangs at once: %+v", f)
		}
	}
	hung := make(chan struct{})
	server := (&mailServer{onData: func(string) error { <-hung; return errors.New("too late") }}).serve(t, plain)
	t.Cleanup(func() { close(hung) })
	cfg.Port = server.port
	if f := send(t, cfg, sampleMail()); f == nil || f.Permanent || f.Cause != emails.CauseSlow || f.Said != "" || !strings.Contains(f.Reason, "did not answer within") {
		t.Errorf("hangs with the mail in its hands: %+v", f)
	}
	away, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = away.Close()
	cfg.Port, cfg.Timeout = away.Addr().(*net.TCPAddr).Port, time.Minute
	if f := send(t, cfg, sampleMail()); f == nil || f.Permanent || f.Cause != emails.CauseUnreachable || f.Said != "" || !strings.Contains(f.Reason, "refused") {
		t.Errorf("away: %+v", f)
	}
}

func TestASenderNeedsAServerAndAnAddress(t *testing.T) {
	t.Parallel()
	for _, cfg := range []smtp.Config{{}, {Host: "x", Port: 25}, {From: "a@example.com", Port: 25}, {Host: "x", From: "a@example.com", Port: 70000}} {
		if _, err := smtp.New(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

func TestTryingAServerSendsNothing(t *testing.T) {
	t.Parallel()
	for mode, how := range map[smtp.TLSMode]transport{smtp.NoTLS: plain, smtp.StartTLS: startTLS, smtp.TLS: implicitTLS} {
		server := (&mailServer{user: "ackify", password: "right"}).serve(t, how)
		cfg := configFor(server, mode)
		cfg.Username, cfg.Password = "ackify", "right"
		if err := newSender(t, cfg).Try(t.Context()); err != nil || len(server.got()) > 0 {
			t.Errorf("%s: %v, %+v", mode, err, server.got())
		}
		cfg.Password = "hunter2"
		var f *emails.Failure
		if err := newSender(t, cfg).Try(t.Context()); !errors.As(err, &f) || f.Code != 535 || strings.Contains(f.Reason, "hunter2") {
			t.Errorf("%s, a wrong password: %v", mode, err)
		}
	}
}
