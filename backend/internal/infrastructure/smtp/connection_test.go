package smtp_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/smtp"
)

// scripted is a mail server of few words that tests make hang up when they like. Each connection is a number from 0.
type scripted struct {
	answer func(connection int, command string) string // "": as usual; "hang up": the connection ends
	ended  chan int                                    // connections that have ended

	mutex    sync.Mutex
	commands []string // "0 MAIL", "0 RSET", …
	mails    int
}

func (s *scripted) serve(t *testing.T) smtp.Config {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s.ended = make(chan int, 100)
	go func() {
		for number := 0; ; number++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				s.talk(number, conn)
				_ = conn.Close()
				s.ended <- number
			}()
		}
	}()
	return smtp.Config{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: smtp.NoTLS, From: "a@example.com", Timeout: time.Minute, Idle: time.Hour,
	}
}

func (s *scripted) talk(number int, conn net.Conn) {
	lines := bufio.NewScanner(conn)
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 hello")
	for lines.Scan() {
		command := strings.ToUpper(lines.Text()[:4])
		s.mutex.Lock()
		s.commands = append(s.commands, fmt.Sprint(number, " ", command))
		s.mutex.Unlock()
		var answer string
		if s.answer != nil {
			answer = s.answer(number, command)
		}
		switch {
		case answer == "hang up":
			return
		case answer != "":
			say(answer)
		case command == "DATA":
			say("354 go on")
			for lines.Scan() && lines.Text() != "." {
				continue
			}
			s.mutex.Lock()
			s.mails++
			s.mutex.Unlock()
			say("250 yours truly")
		case command == "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (s *scripted) said(command string) (n int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, c := range s.commands {
		if strings.HasSuffix(c, command) {
			n++
		}
	}
	return n
}

func newSender(t *testing.T, cfg smtp.Config) smtp.Sender {
	t.Helper()
	sender, err := smtp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return sender
}

func mailTo(to string) emails.Mail {
	m := sampleMail()
	m.To = domain.Email(to)
	return m
}

func TestOneConnectionCarriesManyMails(t *testing.T) {
	t.Parallel()
	server := &scripted{}
	sender := newSender(t, server.serve(t))
	for i := range 250 {
		if err := sender.Send(t.Context(), mailTo(fmt.Sprintf("p%d@example.com", i))); err != nil {
			t.Fatal(err)
		}
	}
	if server.mails != 250 || server.said("EHLO") != 3 || server.said("RSET") != 247 {
		t.Errorf("%d mails, %d connections, %d resets", server.mails, server.said("EHLO"), server.said("RSET"))
	}
	sender.Close()
	for range 3 {
		<-server.ended
	}
	if server.said("QUIT") != 3 {
		t.Error("it does not say goodbye")
	}
}

func TestSeveralAtATimeUseConnectionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	var together sync.WaitGroup
	together.Add(5)
	server := &scripted{answer: func(number int, command string) string {
		if command == "MAIL" && number < 5 {
			together.Done()
			together.Wait() // all five are open at once, or this never ends
		}
		return ""
	}}
	sender := newSender(t, server.serve(t))
	var sending sync.WaitGroup
	for i := range 5 {
		sending.Go(func() {
			if err := sender.Send(t.Context(), mailTo(fmt.Sprintf("p%d@example.com", i))); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	if server.said("EHLO") != 5 || server.mails != 5 {
		t.Errorf("%d connections", server.said("EHLO"))
	}
}

func TestAnIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	server := &scripted{}
	cfg := server.serve(t)
	cfg.Idle = time.Millisecond
	sender := newSender(t, cfg)
	for range 3 {
		if err := sender.Send(t.Context(), sampleMail()); err != nil {
			t.Fatal(err)
		}
		<-server.ended // or this never ends
	}
}

// A server may hang up between two mails, for whatever reason, in whatever way.
func TestAConnectionThatDiesBetweenMailsIsNoFailedAttempt(t *testing.T) {
	t.Parallel()
	for name, death := range map[string]func(command string, second bool) string{
		"at the reset":               func(c string, _ bool) string { return on(c == "RSET", "hang up") },
		"with a word at the reset":   func(c string, _ bool) string { return on(c == "RSET", "421 too long idle") },
		"at the sender":              func(c string, second bool) string { return on(c == "MAIL" && second, "hang up") },
		"no more mails over this":    func(c string, second bool) string { return on(c == "MAIL" && second, "452 too many mails") },
		"at the recipient":           func(c string, second bool) string { return on(c == "RCPT" && second, "421 shutting down") },
		"before the content":         func(c string, second bool) string { return on(c == "DATA" && second, "421 shutting down") },
		"before the content, mutely": func(c string, second bool) string { return on(c == "DATA" && second, "hang up") },
	} {
		var second atomic.Bool
		server := &scripted{answer: func(number int, command string) string {
			return on(number == 0, death(command, second.Load()))
		}}
		sender := newSender(t, server.serve(t))
		if err := sender.Send(t.Context(), sampleMail()); err != nil {
			t.Fatalf("%s, the first: %v", name, err)
		}
		second.Store(true)
		if err := sender.Send(t.Context(), sampleMail()); err != nil || server.mails != 2 || server.said("EHLO") != 2 {
			t.Errorf("%s: %d mails, %d connections, %v", name, server.mails, server.said("EHLO"), err)
		}
	}
}

func on(condition bool, answer string) string {
	if condition {
		return answer
	}
	return ""
}

func TestClosingWithTheMailInItsHandsIsTemporaryAndNotTriedAgainAtOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	server := (&mailServer{}).serve(t, plain)
	server.onData = func(string) error {
		if calls++; calls == 2 {
			return &gosmtp.SMTPError{Code: 421, Message: "shutting down"}
		}
		return nil
	}
	sender := newSender(t, configFor(server, smtp.NoTLS))
	if err := sender.Send(t.Context(), sampleMail()); err != nil {
		t.Fatal(err)
	}
	err := sender.Send(t.Context(), sampleMail())
	var f *emails.Failure
	if !errors.As(err, &f) || f.Permanent || calls != 2 {
		t.Errorf("%v, %d times", err, calls)
	}
	if err := sender.Send(t.Context(), sampleMail()); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestARefusedRecipientDoesNotSpoilTheNextMail(t *testing.T) {
	t.Parallel()
	server := &scripted{}
	refused := 0
	server.answer = func(_ int, command string) string {
		if command != "RCPT" {
			return ""
		}
		refused++
		return []string{"", "550 5.1.1 nobody", "", "450 4.2.1 greylisted", "", "250 fine"}[min(refused-1, 5)]
	}
	sender := newSender(t, server.serve(t))
	var outcomes []string
	for range 5 {
		err := sender.Send(t.Context(), sampleMail())
		var f *emails.Failure
		switch {
		case err == nil:
			outcomes = append(outcomes, "sent")
		case errors.As(err, &f) && f.Permanent:
			outcomes = append(outcomes, "refused")
		default:
			outcomes = append(outcomes, "later")
		}
	}
	if !slices.Equal(outcomes, []string{"sent", "refused", "sent", "later", "sent"}) || server.said("EHLO") != 1 || server.mails != 3 {
		t.Errorf("%v over %d connections", outcomes, server.said("EHLO"))
	}
}

func TestConnectionsAreKeptUnderEveryProtection(t *testing.T) {
	t.Parallel()
	for mode, how := range map[smtp.TLSMode]transport{smtp.StartTLS: startTLS, smtp.TLS: implicitTLS} {
		server := (&mailServer{user: "ackify", password: "x"}).serve(t, how)
		cfg := configFor(server, mode)
		cfg.Username, cfg.Password, cfg.TLSRoots = "ackify", "x", &tls.Config{RootCAs: server.roots}
		sender := newSender(t, cfg)
		for range 3 {
			if err := sender.Send(t.Context(), sampleMail()); err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
		}
		if got := server.got(); len(got) != 3 || got[2].user != "ackify" || !got[2].encrypted {
			t.Errorf("%s: %+v", mode, got)
		}
	}
}
