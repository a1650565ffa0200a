package diagnose

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/oidc"
)

// Storage writes a probe file, reads it and deletes it.
func (d Doctor) Storage(ctx context.Context) []Finding {
	const check = "storage"
	var r report
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	s := d.Config.Storage
	if s.Kind != config.StorageS3 {
		d.localStorage(&r)
		return r.findings
	}
	store, err := d.Store()
	if err == nil {
		err = roundTrip(ctx, store)
	}
	if err == nil {
		r.ok(check, "a file was written to, read from and deleted in the bucket %s at %s", s.S3.Bucket, s.S3.Endpoint.Host)
		return r.findings
	}
	text := strings.ReplaceAll(causeOf(err), s.S3.SecretKey, "[secret]")
	remedy := "check ACKIFY_STORAGE_S3_ENDPOINT, _BUCKET, _REGION and the keys; the key needs s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject"
	if errors.Is(err, domain.ErrStorageFull) {
		remedy = "make room in the bucket, or raise its quota"
	}
	r.wrong(check, fmt.Sprintf("the bucket %s at %s cannot be used: %s", s.S3.Bucket, s.S3.Endpoint.Host, text), remedy)
	return r.findings
}

// localStorage leaves folders alone, which would belong to whoever runs the doctor.
func (d Doctor) localStorage(r *report) {
	const check = "storage"
	dir := d.Config.Storage.Dir
	incoming := filepath.Join(dir, "incoming")
	if existing(incoming) != incoming {
		if existing(dir) == dir {
			r.warn(check, dir+" has no directory incoming: either its volume is not mounted, or Ackify has not run with it yet", "mount the volume, then restart Ackify, which makes the directory")
			return
		}
		r.ok(check, "%s does not exist; it is made at the first start", dir)
		return
	}
	if err := tryDir(incoming); err != nil {
		p := place{"ACKIFY_STORAGE_DIR", dir, false}
		r.wrong(check, dir+": "+reason(err), p.remedy(err))
		return
	}
	r.ok(check, "a file was written to, read from and deleted in %s", dir)
}

func roundTrip(ctx context.Context, store contents.Store) error {
	content := []byte("Ackify doctor " + rand.Text())
	hash := sha256.Sum256(content)
	if err := store.Put(ctx, hash, bytes.NewReader(content), int64(len(content))); err != nil {
		return err
	}
	blob, err := store.Open(ctx, hash)
	var back []byte
	if err == nil {
		back, err = io.ReadAll(blob)
		err = errors.Join(err, blob.Close())
	}
	if err == nil && !bytes.Equal(back, content) {
		err = errors.New("what was written is not what is read")
	}
	return errors.Join(err, store.Delete(ctx, hash))
}

// causeOf leaves out the words for users.
func causeOf(err error) string {
	var known *domain.Error
	if errors.As(err, &known) && known.Cause != nil {
		return known.Cause.Error()
	}
	return err.Error()
}

// Mail connects to the mail server and logs in; with an address, it sends a test mail there.
func (d Doctor) Mail(ctx context.Context) []Finding {
	const check = "mail"
	var r report
	m := d.Config.Mail
	if !m.Enabled() {
		if d.MailTo != "" {
			r.wrong(check, "no test mail was sent: there is no mail server", "ACKIFY_MAIL_HOST=smtp.example.com ACKIFY_MAIL_FROM=ackify@example.com")
		} else {
			r.warn(check, "no mail server is configured: nobody gets a reminder or a link to log in", "ACKIFY_MAIL_HOST=smtp.example.com ACKIFY_MAIL_FROM=ackify@example.com, or leave it so and hand links over")
		}
		return r.findings
	}
	sender, err := d.Sender()
	if err != nil {
		r.wrong(check, err.Error(), "see ACKIFY_MAIL_… in docs/en/configuration.md")
		return r.findings
	}
	defer sender.Close()
	if err := sender.Try(ctx); err != nil {
		r.wrong(check, err.Error(), mailRemedy(err, m))
		return r.findings
	}
	how := map[string]string{config.MailStartTLS: "encrypted by STARTTLS", config.MailTLS: "encrypted", config.MailPlain: "NOT encrypted"}[m.TLS]
	if m.Username != "" {
		how += ", logged in as " + m.Username
	}
	if near := m.Host == "localhost" || net.ParseIP(m.Host).IsLoopback(); m.TLS == config.MailPlain && !near {
		r.warn(check, fmt.Sprintf("%s:%d answers; %s: links to log in can be read on the way", m.Host, m.Port, how), "ACKIFY_MAIL_TLS=starttls")
	} else {
		r.ok(check, "%s:%d answers; %s", m.Host, m.Port, how)
	}
	if d.MailTo != "" {
		if err := sender.Send(ctx, d.testMail()); err != nil {
			r.wrong(check, fmt.Sprintf("the test mail to %s was refused: %v", d.MailTo, err), mailRemedy(err, m))
		} else {
			r.ok(check, "a test mail to %s was taken; look whether it arrives, and not as spam", d.MailTo)
		}
	}
	return r.findings
}

func (d Doctor) testMail() emails.Mail {
	_, right, _ := strings.Cut(string(d.Config.Mail.From), "@")
	text := fmt.Sprintf("This is a test mail from Ackify at %s. Whoever asked for it can see that emails arrive.", d.Config.BaseURL)
	return emails.Mail{To: d.MailTo, MessageID: strings.ToLower(rand.Text()) + "@" + right, Content: emails.Content{
		Subject: "Ackify: test mail", Text: text + "\n", HTML: "<p>" + text + "</p>",
	}}
}

func mailRemedy(err error, m config.Mail) string {
	var failure *emails.Failure
	text, code := err.Error(), 0
	if errors.As(err, &failure) {
		code = failure.Code
	}
	var name *net.DNSError
	switch {
	case errors.As(err, &name) || strings.Contains(text, "no such host"):
		return "look for a slip in ACKIFY_MAIL_HOST, or in this machine's DNS: getent hosts " + m.Host
	case errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(text, "connection refused"):
		return "nothing listens there: ACKIFY_MAIL_PORT is 587 for STARTTLS and 465 for ACKIFY_MAIL_TLS=tls as a rule"
	case code == 535 || code == 534 || code == 530:
		return "compare ACKIFY_MAIL_USERNAME and ACKIFY_MAIL_PASSWORD with the mail account; some providers want an application password"
	case strings.Contains(text, "x509") || strings.Contains(text, "certificate"):
		return "the certificate has to be for ACKIFY_MAIL_HOST and from a known authority; a private authority's file is named by SSL_CERT_FILE"
	case strings.Contains(strings.ToLower(text), "starttls") || strings.Contains(text, "first record does not look like a TLS"):
		return "ACKIFY_MAIL_TLS=tls with ACKIFY_MAIL_PORT=465, or ACKIFY_MAIL_TLS=starttls with ACKIFY_MAIL_PORT=587"
	case code >= 550:
		return "the mail server has to let ACKIFY_MAIL_FROM=" + string(m.From) + " send: ask who runs it"
	case strings.Contains(text, "did not answer"), strings.Contains(text, "timeout"):
		return fmt.Sprintf("is a firewall between? Many hosting providers block outgoing mail. Try: nc -vz %s %d", m.Host, m.Port)
	}
	return "see ACKIFY_MAIL_… in docs/en/configuration.md, and the mail server's own log"
}

// Providers tries every identity provider.
func (d Doctor) Providers(ctx context.Context) []Finding {
	var r report
	for _, p := range d.Config.Providers {
		for _, found := range oidc.Diagnose(ctx, p, d.Config.BaseURL, d.HTTP, d.Clock) {
			f := Finding{Check: "provider " + p.Name, Level: Level(found.Level), Text: found.Text}
			if found.Level != oidc.OK {
				f.Remedy = "ackify doctor auth; docs/en/identity.md has an example for each product"
				if text, advice, has := lastSentence(found.Text); has {
					f.Text, f.Remedy = text, advice
				}
			}
			r.findings = append(r.findings, f)
		}
	}
	if len(d.Config.Providers) == 0 {
		if linked := d.Config.MagicLinks && d.Config.Mail.Enabled(); !d.Config.Passwords && !linked {
			r.wrong("providers", "nobody can log in: passwords are off, links need a mail server, and there is no identity provider", "ACKIFY_PASSWORD_LOGIN=true, or configure a mail server or a provider")
		} else {
			r.ok("providers", "no identity provider is configured")
		}
	}
	return r.findings
}

// lastSentence parts what to do from what was found: it is the end of a finding.
func lastSentence(s string) (text, advice string, has bool) {
	for _, separator := range []string{". ", "; "} {
		if i := strings.LastIndex(s, separator); i > 0 {
			return s[:i], s[i+len(separator):], true
		}
	}
	return s, "", false
}
