package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"mime/quotedprintable"
	"net"
	"net/http"
	netmail "net/mail"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// sink is a mail server that remembers by Message-ID what it has taken.
type sink struct {
	onRcpt, onData func() error // nil: takes everything
	password       string       // "": no authentication
	tls            *tls.Config  // nil: in the clear

	env      []string
	listener net.Listener
	server   *gosmtp.Server
	mutex    sync.Mutex
	taken    map[string]int // by Message-ID
	total    int
	last     *netmail.Message
	reached  map[int]chan struct{} // closed when so many were taken
}

func (s *sink) open(t testing.TB) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.taken = map[string]int{}
	s.server = gosmtp.NewServer(s)
	s.server.AllowInsecureAuth, s.server.ErrorLog = true, log.New(io.Discard, "", 0)
	s.env = []string{
		"ACKIFY_MAIL_HOST=127.0.0.1", fmt.Sprintf("ACKIFY_MAIL_PORT=%d", listener.Addr().(*net.TCPAddr).Port), "ACKIFY_MAIL_TLS=none",
		"ACKIFY_MAIL_FROM=ackify@sign.example.com",
	}
	if s.tls != nil {
		listener = tls.NewListener(listener, s.tls)
		s.env[2] = "ACKIFY_MAIL_TLS=tls"
	}
	if s.password != "" {
		s.env = append(s.env, "ACKIFY_MAIL_USERNAME=ackify", "ACKIFY_MAIL_PASSWORD=wrong")
	}
	done := make(chan struct{})
	go func() { _ = s.server.Serve(listener); close(done) }()
	s.listener = listener
	t.Cleanup(func() { _ = s.server.Close(); _ = listener.Close(); <-done })
	return s
}

func (s *sink) NewSession(*gosmtp.Conn) (gosmtp.Session, error) {
	if s.password != "" {
		return guarded{s}, nil
	}
	return s, nil
}
func (*sink) Reset()                                 {}
func (*sink) Logout() error                          { return nil }
func (*sink) Mail(string, *gosmtp.MailOptions) error { return nil }

func (s *sink) Rcpt(string, *gosmtp.RcptOptions) error {
	if s.onRcpt != nil {
		return s.onRcpt()
	}
	return nil
}

func (s *sink) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.onData != nil {
		if err := s.onData(); err != nil {
			return err
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.taken[m.Header.Get("Message-ID")]++
	s.total++
	s.last = m
	if reached := s.reached[s.total]; reached != nil {
		close(reached)
	}
	return nil
}

func (s *sink) counts() (different, total int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.taken), s.total
}

// guarded asks for a password.
type guarded struct{ *sink }

func (guarded) AuthMechanisms() []string { return []string{sasl.Plain} }

func (g guarded) Auth(string) (sasl.Server, error) { //nolint:unparam // an interface's
	return sasl.NewPlainServer(func(_, _, password string) error {
		if password != g.password {
			return &gosmtp.SMTPError{Code: 535, EnhancedCode: gosmtp.EnhancedCode{5, 7, 8}, Message: "no"}
		}
		return nil
	}), nil
}

// expectPeople puts people on the list of those who are to sign a document.
func expectPeople(t testing.TB, db dbtest.Database, docID string, n int) {
	t.Helper()
	if _, err := db.AsOwner(t).Pool.Exec(t.Context(), `INSERT INTO expected_signers (doc_id, email, name, added_by)
		SELECT $1, 'q' || i || '@example.com', 'Person ' || i, 'x' FROM generate_series(1, $2) i`, docID, n); err != nil {
		t.Fatal(err)
	}
}

// until waits for a condition in the database.
func until(t testing.TB, db dbtest.Database, condition string, args ...any) {
	t.Helper()
	pool := db.AsOwner(t).Pool
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	for tick := time.Tick(20 * time.Millisecond); ; {
		var met bool
		if err := pool.QueryRow(ctx, "SELECT "+condition, args...).Scan(&met); err != nil {
			var states string
			_ = pool.QueryRow(context.Background(), `SELECT string_agg(status || ' ' || n || ' ' || coalesce(e, ''), ', ')
				FROM (SELECT status, count(*) AS n, max(last_error) AS e FROM email_queue GROUP BY status) s`).Scan(&states)
			t.Fatalf("%v; it never came to %s: %s", err, condition, states)
		}
		if met {
			return
		}
		select {
		case <-tick:
		case <-ctx.Done():
		}
	}
}

type reminderRow struct {
	ID                  int64
	Email, Kind, Status string
	By, Error           string
	Automatic           bool
	SentAt              *time.Time
	EmailID             int64 `json:"emailId"`
}

type emailRow struct {
	ID                                  int64
	To, Subject, Template, Status, Text string
	HTML, LastError, DocID              string
	Retries, MaxRetries                 int
	Attempts                            []struct {
		Reason    string
		Code      int
		Permanent bool
	}
}

func TestTheStoryOfAReminder(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	box := (&sink{}).open(t)
	const token = "0123456789abcdef0123456789abcdef"
	s := serveIt(t, append(append(withDatabase(t, db), box.env...), "ACKIFY_BOUNCE_TOKEN="+token, "ACKIFY_TIME_ZONE=Europe/Paris")...)
	admin, author := loggedIn(t, s, "admin@example.com", "admin"), loggedIn(t, s, "author@example.com", "author")
	stranger := loggedIn(t, s, "stranger@example.com", "author")
	d := author.document(t, "policy")
	base := "/documents/" + d.DocID + "/reminders"
	var config struct{ TimeZone string }
	if author.get("/config").want(t, http.StatusOK).into(t, &config); config.TimeZone != "Europe/Paris" {
		t.Errorf("%+v", config)
	}
	if a := author.post(base, object{}).want(t, http.StatusUnprocessableEntity); a.code() != "reminder.nobody" || !strings.Contains(string(a.body), "nobody is asked") {
		t.Errorf("%s", a.body)
	}
	expectPeople(t, db, d.DocID, 1)
	if a := author.post(base, object{"emails": []string{"x@example.com", "y@example.com"}}).want(t, http.StatusUnprocessableEntity); !strings.Contains(string(a.body), "2 not asked") {
		t.Errorf("%s", a.body)
	}
	stranger.post(base, object{}).want(t, http.StatusForbidden)
	if a := stranger.get(base).want(t, http.StatusForbidden); a.code() != "document.edit_forbidden" {
		t.Errorf("reminders of another's document: %s", a.code())
	}
	var out struct {
		Queued  int
		Skipped []struct{ Email, Reason string }
	}
	author.post(base, object{"emails": []string{"Q1@example.com", "nobody@example.com"}, "locale": "fr"}).want(t, http.StatusAccepted).into(t, &out)
	if out.Queued != 1 || len(out.Skipped) != 1 || out.Skipped[0].Reason != "not_asked" {
		t.Errorf("%+v", out)
	}
	until(t, db, `EXISTS (SELECT FROM reminder_logs WHERE status = 'sent')`)
	body, err := io.ReadAll(quotedprintable.NewReader(box.last.Body))
	if err != nil || !strings.Contains(string(body), s.base+"/d/"+d.DocID+"#email=q1%40example.com") || !strings.Contains(string(body), "Bonjour Person 1,") ||
		box.last.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("%s, %v", body, err)
	}
	var history struct{ Items []reminderRow }
	author.get(base+"?status=sent").want(t, http.StatusOK).into(t, &history)
	if h := history.Items; len(h) != 1 || h[0].Email != "q1@example.com" || h[0].Kind != "reminder" || h[0].By != "Name of author@example.com" || h[0].SentAt == nil {
		t.Fatalf("%+v", h)
	}
	stranger.get(base).want(t, http.StatusForbidden)
	author.letter(t, fmt.Sprintf("%s/%d", base, history.Items[0].ID), stranger)
	var queue struct {
		Items  []emailRow
		Counts struct{ Pending, Failed int }
	}
	admin.get("/admin/emails?status=sent&q=Q1@EXAMPLE").want(t, http.StatusOK).into(t, &queue)
	if len(queue.Items) != 1 || queue.Items[0].DocID != d.DocID || queue.Items[0].MaxRetries != 8 {
		t.Fatalf("%+v", queue)
	}
	author.get("/admin/emails").want(t, http.StatusForbidden)
	path := fmt.Sprintf("/admin/emails/%d", queue.Items[0].ID)
	var email emailRow
	admin.get(path).want(t, http.StatusOK).into(t, &email)
	if !strings.Contains(email.Text, "Person 1") || !strings.Contains(email.HTML, "<html") {
		t.Errorf("%+v", email)
	}
	for verb, code := range map[string]string{"retry": "email.not_retryable", "cancel": "email.not_cancellable"} {
		if a := admin.post(path+"/"+verb, nil).want(t, http.StatusConflict); a.code() != code {
			t.Errorf("%s: %s", verb, a.body)
		}
	}
	admin.get("/admin/emails/999999").want(t, http.StatusNotFound)
	// The mail server's webhook knows neither sessions nor CSRF tokens.
	hook := &client{base: s.base, http: &http.Client{Timeout: patient}}
	report := func(bearer string, body object) answer {
		return hook.send(http.MethodPost, "/api/v1/bounces", body, "Authorization", bearer)
	}
	bounce := object{"messageId": box.last.Header.Get("Message-ID"), "reason": "550 no such user"}
	for _, wrong := range []string{"", "Bearer " + token[:31] + "x", "Basic " + token} {
		if a := report(wrong, bounce).want(t, http.StatusUnauthorized); a.code() != "bounce.token_invalid" {
			t.Errorf("%q: %s", wrong, a.body)
		}
	}
	report("Bearer "+token, bounce).want(t, http.StatusNoContent)
	report("Bearer "+token, object{"email": "else@example.com"}).want(t, http.StatusNotFound)
	report("Bearer "+token, object{}).want(t, http.StatusUnprocessableEntity)
	author.get(base+"?status=bounced").want(t, http.StatusOK).into(t, &history)
	if h := history.Items; len(h) != 1 || h[0].Error != "It came back. The mail server said: 550 no such user" {
		t.Errorf("%+v", h)
	}
	author.schedule(t, base)
	if all := admin.trail(t, "action=reminders.sent"); len(all) != 1 || all[0].Detail["count"] != "1" || all[0].SubjectID != d.DocID {
		t.Errorf("%+v", all)
	}
	if all := admin.trail(t, "action=schedule.changed"); len(all) != 1 || all[0].ActorEmail != "author@example.com" {
		t.Errorf("%+v", all)
	}
}

// letter looks at a reminder that was sent, which is not sent again; a stranger may do neither.
func (c *client) letter(t *testing.T, path string, stranger *client) {
	t.Helper()
	var letter struct {
		reminderRow
		Message emailRow
	}
	c.get(path).want(t, http.StatusOK).into(t, &letter)
	if m := letter.Message; letter.Status != "sent" || m.Status != "sent" || !strings.Contains(m.Text, "Person 1") || !strings.Contains(m.HTML, "<html") || m.Attempts == nil {
		t.Errorf("%+v", letter)
	}
	for verb, code := range map[string]string{"retry": "email.not_retryable", "cancel": "email.not_cancellable"} {
		if a := c.post(path+"/"+verb, nil).want(t, http.StatusConflict); a.code() != code {
			t.Errorf("%s: %s", verb, a.body)
		}
		stranger.post(path+"/"+verb, nil).want(t, http.StatusForbidden)
	}
	stranger.get(path).want(t, http.StatusForbidden)
}

// schedule sets and reads when Ackify reminds by itself.
func (c *client) schedule(t *testing.T, base string) {
	t.Helper()
	var got struct {
		Enabled                 bool
		DaysBefore, Weekdays    []int
		TimeZone, ManagerEmail  string
		Hour, EscalateAfterDays int
	}
	c.get(base+"/schedule").want(t, http.StatusOK).into(t, &got)
	if got.Enabled || got.TimeZone != "Europe/Paris" || len(got.Weekdays) != 5 {
		t.Errorf("%+v", got)
	}
	wanted := object{
		"enabled": true, "daysBefore": []int{7, 1, 7}, "daysAfter": []int{}, "weekdays": []int{1}, "hour": 8, "maxReminders": 3,
		"escalateAfterDays": 5, "managerEmail": "Boss@example.com",
	}
	c.change(http.MethodPut, base+"/schedule", wanted).want(t, http.StatusOK)
	c.get(base+"/schedule").want(t, http.StatusOK).into(t, &got)
	if !got.Enabled || fmt.Sprint(got.DaysBefore) != "[1 7]" || got.ManagerEmail != "boss@example.com" || got.EscalateAfterDays != 5 || got.Hour != 8 {
		t.Errorf("%+v", got)
	}
	wanted["managerEmail"] = "boss@example.com\r\nBcc: eve@example.com"
	if a := c.change(http.MethodPut, base+"/schedule", wanted).want(t, http.StatusUnprocessableEntity); a.code() != "email.invalid" {
		t.Errorf("%s", a.body)
	}
	delete(wanted, "managerEmail")
	if a := c.change(http.MethodPut, base+"/schedule", wanted).want(t, http.StatusUnprocessableEntity); a.code() != "schedule.escalation" {
		t.Errorf("%s", a.body)
	}
}

func TestRemindersWithoutAMailServer(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, withDatabase(t, db)...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	d := admin.document(t, "policy")
	expectPeople(t, db, d.DocID, 1)
	base := "/documents/" + d.DocID + "/reminders"
	if a := admin.post(base, object{}).want(t, http.StatusConflict); a.code() != "mail.not_configured" {
		t.Errorf("%s", a.body)
	}
	for _, kind := range []string{"reminder", "overdue", "escalation", "completed"} {
		var shown struct{ To, Subject, Text, HTML string }
		admin.get(base+"/preview?locale=de&kind="+kind).want(t, http.StatusOK).into(t, &shown)
		if shown.Subject == "" || !strings.Contains(shown.Text, "Guten Tag") || !strings.Contains(shown.HTML, `lang="de"`) {
			t.Errorf("%s: %+v", kind, shown)
		}
	}
	hook := &client{base: s.base, http: &http.Client{Timeout: patient}}
	if a := hook.send(http.MethodPost, "/api/v1/bounces", object{}, "Authorization", "Bearer x").want(t, http.StatusNotFound); a.code() != "route.not_found" {
		t.Errorf("%s", a.body)
	}
}

// What mail servers do to a reminder, and what is noted of it.
func TestMailServersAtFault(t *testing.T) {
	t.Parallel()
	answer := func(code int, enhanced gosmtp.EnhancedCode) func() error {
		return func() error { return &gosmtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "because"} }
	}
	certificate := selfSigned(t)
	for name, c := range map[string]struct {
		box    *sink
		down   bool
		status string
		says   string
	}{
		"down":                     {&sink{}, true, "pending", "could not be reached"},
		"greylisting":              {&sink{onRcpt: answer(450, gosmtp.EnhancedCode{4, 7, 1})}, false, "pending", "because"},
		"refusing the recipient":   {&sink{onRcpt: answer(550, gosmtp.EnhancedCode{5, 1, 1})}, false, "failed", "because"},
		"refusing the content":     {&sink{onData: answer(554, gosmtp.EnhancedCode{5, 7, 1})}, false, "failed", "because"},
		"closing mid-data":         {&sink{onData: answer(421, gosmtp.EnhancedCode{4, 3, 2})}, false, "pending", "because"},
		"with a wrong certificate": {&sink{tls: &tls.Config{Certificates: []tls.Certificate{certificate}}}, false, "pending", "no safe connection"},
		"with another password":    {&sink{password: "right"}, false, "pending", "535"},
	} {
		db := dbtest.New(t)
		box := c.box.open(t)
		if c.down {
			_ = box.listener.Close()
		}
		cfg, err := config.Load(append(withDatabase(t, db), box.env...), true)
		if err != nil {
			t.Fatal(err)
		}
		m := openMail(t, cfg, db.DB(t))
		pool := db.AsOwner(t).Pool
		if _, err := pool.Exec(t.Context(), `INSERT INTO email_queue (to_addresses, subject, template, locale, data, max_retries) VALUES
			('{ada@example.com}', 'Hello', 'completed', 'en', '{"organisation": "Acme", "title": "T", "document": "T", "signed": "1", "document_link": "https://x.example/d"}', 8)`); err != nil {
			t.Fatal(err)
		}
		if claimed, err := m.worker.RunOnce(t.Context()); err != nil || claimed != 1 {
			t.Fatal(claimed, err)
		}
		var status, reason string
		var attempts int
		if err := pool.QueryRow(t.Context(), `SELECT status, coalesce(last_error, ''), jsonb_array_length(attempts) FROM email_queue`).Scan(&status, &reason, &attempts); err != nil {
			t.Fatal(err)
		}
		if status != c.status || !strings.Contains(reason, c.says) || attempts != 1 || strings.Contains(reason, "wrong") || strings.Contains(reason, "127.0.0.1") {
			t.Errorf("%s: %s, %d attempts, %q", name, status, attempts, reason)
		}
		m.sender.Close()
	}
}

// Two servers share the queue, and one of them ends in the middle of it. While the mail server takes 500 emails, none is lost and none stuck;
// copies there are at most of those that were under way when a server was killed, five.
func TestAServerThatEndsLosesNoEmail(t *testing.T) {
	t.Parallel()
	const people, atOnce = 500, 5
	for name, end := range map[string]os.Signal{"kill -9": syscall.SIGKILL, "SIGTERM": syscall.SIGTERM} {
		db := dbtest.New(t)
		middle := make(chan struct{})
		box := (&sink{reached: map[int]chan struct{}{people / 5: middle}}).open(t)
		env := append(withDatabase(t, db), box.env...)
		first, second := serveIt(t, env...), serveIt(t, env...)
		admin := loggedIn(t, first, "admin@example.com", "admin")
		d := admin.document(t, "policy")
		expectPeople(t, db, d.DocID, people)
		admin.post("/documents/"+d.DocID+"/reminders", object{}).want(t, http.StatusAccepted)
		<-middle
		if err := first.cmd.Process.Signal(end); err != nil {
			t.Fatal(err)
		}
		if err := <-first.exited; (err != nil) != (end == syscall.SIGKILL) {
			t.Errorf("%s: the server ended with %v", name, err)
		}
		ended := time.Now()
		// The one that is left has sent all else; what the other one held is held until its lease ends, two minutes after it was claimed.
		until(t, db, `NOT EXISTS (SELECT FROM email_queue WHERE status = 'pending' OR status = 'processing' AND locked_until > $1)`, ended.Add(2*time.Minute))
		left := 0
		if err := db.AsOwner(t).Pool.QueryRow(t.Context(), `SELECT count(*) FROM email_queue WHERE status = 'processing'`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if end == syscall.SIGTERM && left > 0 || left > 10 {
			t.Errorf("%s: %d emails are held by nobody", name, left)
		}
		if _, err := db.AsOwner(t).Pool.Exec(t.Context(), `UPDATE email_queue SET locked_until = now() WHERE status = 'processing'`); err != nil {
			t.Fatal(err)
		}
		until(t, db, `(SELECT count(*) = $1 FROM email_queue WHERE status = 'sent') AND (SELECT count(*) = $1 FROM reminder_logs WHERE status = 'sent')`, people)
		different, total := box.counts()
		t.Logf("%s: %d emails, %d copies, %d were held by the dead", name, different, total-different, left)
		if different != people || total-different > atOnce || end == syscall.SIGTERM && total != people {
			t.Errorf("%s: %d different emails of %d, %d taken", name, different, people, total)
		}
		second.stop(t)
	}
}

// selfSigned is a certificate that no authority knows.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
