package emails

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// sealedKey is where the data of a queued email holds its secrets.
const sealedKey = "sealed"

// Composer makes emails ready for the queue. Storing them is up to the repository whose change they follow from, in the same
// transaction.
type Composer struct {
	Renderer     Renderer
	Sealer       Sealer
	Clock        func() time.Time
	Organisation string // shown in every email
	Configured   bool   // whether there is a mail server
}

// Enabled tells whether emails can be sent at all. Where they cannot, none should be queued.
func (c Composer) Enabled() bool { return c.Configured }

// Compose gives a message its subject, in the recipient's language, and seals its secrets. It fails when the template or the
// language is unknown, a value is missing or given twice, or the subject would show a secret.
func (c Composer) Compose(m domain.Message) (_ domain.QueuedMail, err error) {
	defer domain.Wrap(&err, "compose %q", m.Template)
	data := map[string]string{domain.ValueOrganisation: c.Organisation}
	maps.Copy(data, m.Data)
	values := maps.Clone(data)
	for name, secret := range m.Secrets {
		if _, twice := data[name]; twice {
			return domain.QueuedMail{}, fmt.Errorf("%q is both a secret and none", name)
		}
		values[name] = secret
	}
	if _, taken := values[sealedKey]; taken {
		return domain.QueuedMail{}, fmt.Errorf("no value may be called %q", sealedKey)
	}
	subject, err := c.Renderer.Subject(m.Template, m.Locale, values)
	if err != nil {
		return domain.QueuedMail{}, err
	}
	for name, secret := range m.Secrets {
		if secret != "" && strings.Contains(subject, secret) {
			return domain.QueuedMail{}, fmt.Errorf("the subject shows the secret %q", name)
		}
	}
	if len(m.Secrets) > 0 {
		plain, err := json.Marshal(m.Secrets)
		if err != nil {
			return domain.QueuedMail{}, err
		}
		data[sealedKey] = base64.StdEncoding.EncodeToString(c.Sealer.Seal(plain, sealContext(m.Template, string(m.To))))
	}
	stored, err := json.Marshal(data)
	return domain.QueuedMail{
		To: m.To, Subject: subject, Template: m.Template, Locale: m.Locale, Data: stored, Priority: m.Priority,
		ReferenceType: m.ReferenceType, ReferenceID: m.ReferenceID, CreatedBy: m.CreatedBy,
		MaxRetries: m.MaxRetries(), At: c.Clock().UTC().Truncate(time.Microsecond),
	}, err
}

// Preview shows a message as its recipient would see it, whether or not there is a mail server.
func (c Composer) Preview(m domain.Message) (_ Content, err error) {
	defer domain.Wrap(&err, "preview %q", m.Template)
	values := map[string]string{domain.ValueOrganisation: c.Organisation}
	maps.Copy(values, m.Data)
	content, err := c.Renderer.RenderShown(m.Template, m.Locale, values)
	return content.Standalone(), err
}

// sealContext binds secrets to one template and one recipient, so that they cannot be moved to somebody else's email.
func sealContext(template, recipient string) []byte {
	return []byte(template + "\x00" + recipient)
}

var errSealed = errors.New("the link or code of this email cannot be opened: the key (ACKIFY_OAUTH_COOKIE_SECRET) is not the one it was sealed with, or the row was changed")

// open returns the values of a stored email, and its secrets by themselves.
func open(sealer Sealer, job Job) (values, secrets map[string]string, err error) {
	if err := json.Unmarshal(job.Data, &values); err != nil {
		return nil, nil, fmt.Errorf("the data of this email is not an object of texts: %w", err)
	}
	sealed, has := values[sealedKey]
	if !has {
		return values, nil, nil
	}
	delete(values, sealedKey)
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, nil, errSealed
	}
	plain, err := sealer.Open(raw, sealContext(job.Template, strings.Join(job.Recipients, ",")))
	if err != nil {
		return nil, nil, errSealed
	}
	if err := json.Unmarshal(plain, &secrets); err != nil {
		return nil, nil, errSealed
	}
	maps.Copy(values, secrets)
	return values, secrets, nil
}
