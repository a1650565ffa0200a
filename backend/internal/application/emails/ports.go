// Package emails makes emails, keeps them in a queue and sends them.
package emails

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Content is an email in words.
type Content struct {
	Subject string // one line
	Text    string
	HTML    string
	Images  []Image // that the HTML shows as cid:<ID>
}

// Image is a picture that goes with an email.
type Image struct {
	ID        string
	MediaType string
	Data      []byte
}

// Standalone is the content as it can be shown without what goes with it: images are in the HTML.
func (c Content) Standalone() Content {
	for _, image := range c.Images {
		c.HTML = strings.ReplaceAll(c.HTML, `"cid:`+image.ID+`"`, `"data:`+image.MediaType+";base64,"+base64.StdEncoding.EncodeToString(image.Data)+`"`)
	}
	c.Images = nil
	return c
}

// Gate looks at an email again immediately before it is sent.
type Gate interface {
	// Current is what a job says by now (its Data), and why it is not to be sent any more, if so; "" when it is.
	Current(ctx context.Context, job Job) (data []byte, unwanted Cause, err error)
}

// Pace keeps to a rate.
type Pace interface {
	// Wait returns when the next email may be sent, or with an error when ctx ends before.
	Wait(ctx context.Context) error
}

// Renderer knows the words of every template in every language.
type Renderer interface {
	// Render fails for a template or language that it does not know, and when a value is missing.
	Render(template string, locale domain.Locale, values map[string]string) (Content, error)
	// Subject is that of an email, without the work of the rest; it fails where Render does for a template, a language or a value.
	Subject(template string, locale domain.Locale, values map[string]string) (string, error)
	// RenderShown is for others than the recipient: it has placeholders for links and codes that are missing.
	RenderShown(template string, locale domain.Locale, values map[string]string) (Content, error)
}

// Sealer encrypts. The context is authenticated with what is sealed: it opens only with the same.
type Sealer interface {
	Seal(plain, context []byte) []byte
	// Open fails when the key, the context or what was sealed is another.
	Open(sealed, context []byte) ([]byte, error)
}

// Job is an email that a worker has claimed.
type Job struct {
	ID         int64
	Recipients []string // of every kind; this version sends to exactly one
	Subject    string
	Template   string
	Locale     domain.Locale
	Data       []byte // see domain.QueuedMail
	Retries    int    // how often sending was tried again
	MaxRetries int
	CreatedAt  time.Time
	HeldUntil  time.Time // end of the lease: another worker may claim the job then

	ReferenceType, ReferenceID string // what it is about; "": nothing
}

// Queue keeps emails. Sent, Again, Failed, Drop and Release change nothing, and say so with false, when the job is no longer
// this worker's: its lease passed and another claimed it, or the job was deleted.
type Queue interface {
	// TakeBack makes jobs due again whose worker is gone (their lease has passed), each counted as one more attempt, or ends them
	// as failed when there were too many. It tells the ids of both.
	TakeBack(ctx context.Context, now time.Time) (again, failed []int64, err error)
	// Claim takes up to limit due jobs, the most urgent first, which no other worker gets before their lease ends.
	Claim(ctx context.Context, now, heldUntil time.Time, limit int) ([]Job, error)
	// Sent ends a job, erases its secrets and keeps the Message-ID it went out with.
	Sent(ctx context.Context, job Job, messageID string, now time.Time) (bool, error)
	// Again makes a job due at a later time, after an attempt that failed now.
	Again(ctx context.Context, job Job, now, at time.Time, why Failure) (bool, error)
	// Failed ends a job that could not be sent.
	Failed(ctx context.Context, job Job, now time.Time, why Failure) (bool, error)
	// Drop cancels a job that has lost its purpose.
	Drop(ctx context.Context, job Job, now time.Time, why Cause) (bool, error)
	// Release makes a job due again that was not begun.
	Release(ctx context.Context, job Job) (bool, error)
	// DeleteEnded deletes jobs that ended before a time, whatever their end, up to a limit, and says how many.
	DeleteEnded(ctx context.Context, before time.Time, limit int) (int64, error)
}

// Mail is what a Sender sends.
type Mail struct {
	To domain.Email
	// MessageID is the same each time one email is tried, and no other's, so that servers and mail programs recognise a copy; without angle brackets.
	MessageID string
	Content
}

// Sender talks to a mail server. Its errors are *Failure.
type Sender interface {
	// Send returns nil only when the server has taken responsibility for the mail.
	Send(ctx context.Context, mail Mail) error
}

// Failure is why an email was not sent.
type Failure struct {
	Permanent bool   // trying again is useless: the server refuses this mail or this recipient for good
	Code      int    // the server's SMTP reply code, 0 when there was none
	Enhanced  string // the server's enhanced status code (RFC 3463), such as 5.1.1; "" when there was none
	Cause     Cause
	Said      string // the server's own words, codes included, without its address; "" when it said nothing
	Reason    string // for the operator, with what the server's address is
	// Said and Reason are one line of up to 500 characters each, and hold no secret once a Worker has seen them.
}

func (f *Failure) Error() string { return f.Reason }
