// Package probe lets whoever knows the cookie secret ask a server, through whatever is in front of it, how it sees the request.
package probe

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Header carries the question.
const Header = "X-Ackify-Probe"

// Purpose is what the key is derived for.
const Purpose = "ackify/probe/v1"

// patience is how old a question may be, and how far the clocks may differ. Asking again with the same one only shows the same again.
const patience = 5 * time.Minute

// Key is derived from the cookie secret: 32 bytes.
type Key []byte

// Question is one that has been asked.
type Question struct {
	Text string // for the header
	key  Key
}

// Ask makes a question: time in seconds, 128 random bits, and their HMAC-SHA256.
func (k Key) Ask(now time.Time) Question {
	said := strconv.FormatInt(now.Unix(), 10) + "." + rand.Text()
	return Question{Text: said + "." + k.mac("question", said), key: k}
}

// Answer proves knowledge of the key; the answer is false for a question that was not asked with it, or long ago.
func (k Key) Answer(question string, now time.Time) (string, bool) {
	said, mac, _ := cutLast(question)
	seconds, _, _ := strings.Cut(said, ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if len(k) == 0 || err != nil || !hmac.Equal([]byte(mac), []byte(k.mac("question", said))) || now.Sub(time.Unix(at, 0)).Abs() > patience {
		return "", false
	}
	return k.mac("answer", question), true
}

// Answered tells whether an answer to it came from who knows the key.
func (q Question) Answered(answer string) bool {
	return hmac.Equal([]byte(answer), []byte(q.key.mac("answer", q.Text)))
}

func (k Key) mac(what, said string) string {
	sum := hmac.New(sha256.New, k)
	sum.Write([]byte(what + "\x00" + said))
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}
