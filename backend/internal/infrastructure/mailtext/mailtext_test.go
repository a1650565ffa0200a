package mailtext

import (
	"encoding/json"
	"html"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/i18n"
	"github.com/ackify/ackify/backend/locales"
	"github.com/ackify/ackify/backend/templates"
)

// recorder notes which words were asked for.
type recorder struct {
	Words
	used map[string]bool
}

func (r recorder) Text(locale domain.Locale, id string, values map[string]string) string {
	if r.used != nil {
		r.used[id] = true
	}
	return r.Words.Text(locale, id, values)
}

func renderer(t *testing.T, used map[string]bool) Renderer {
	t.Helper()
	messages, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(templates.Mail, recorder{messages, used})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const hostile = `O'Brien <b onclick=x()>"& Söhne</b>`

// samples are values for every email, with every optional one.
var samples = map[string]map[string]string{
	domain.MailMagicLink:         {"link": "https://sign.example.com/m#token=AbCdEf_123&x=1", "code": "123456", "minutes": "15"},
	domain.MailInvitation:        {"link": "https://sign.example.com/invite/x?a=1&b=2", "days": "7", "inviter": "Ada O'Martin", "name": "Zoë Müller"},
	domain.MailVerification:      {"link": "https://sign.example.com/verify#t", "hours": "24", "name": "Zoë Müller"},
	domain.MailAlreadyRegistered: {"login_link": "https://sign.example.com/login", "reset_link": "https://sign.example.com/reset"},
	domain.MailPasswordReset:     {"link": "https://sign.example.com/reset#t", "minutes": "60"},
	domain.MailDocumentChanged: {
		"document_link": "https://sign.example.com/documents/x?tab=integrity", "name": "Zoë Müller", "document": "Policy <2026> & more",
		"title": "Policy <2026> & more", "url": "https://wiki.example.com/policy?a=1&b=2", "time": "2026-11-22T05:33:00+01:00",
	},
	domain.MailReminder: {
		"document_link": "https://sign.example.com/d/x?a=1#email=zoe%40example.com", "name": "Zoë Müller", "document": "Policy <2026> & more",
		"title": "Policy <2026> & more", "due": "2026-12-24T22:59:00Z", "sender": "Ada O'Martin",
	},
	domain.MailReminderOverdue: {
		"document_link": "https://sign.example.com/d/x", "name": "Zoë Müller", "document": "Policy <2026> & more", "title": "Policy <2026> & more",
		"due": "2026-12-24T22:59:00Z", "sender": "Ada O'Martin",
	},
	domain.MailEscalation: {
		"document_link": "https://sign.example.com/d/x", "name": "Zoë Müller", "document": "Policy <2026> & more", "title": "Policy <2026> & more",
		"due": "2026-12-24T22:59:00Z", "missing": "Bob & Lee (bob@example.com)\neve@example.com", "more": "7",
	},
	domain.MailCompleted: {
		"document_link": "https://sign.example.com/documents/x", "name": "Zoë Müller", "document": "Policy <2026> & more", "title": "Policy <2026> & more",
		"signed": "12",
	},
	domain.MailNewDevice: {
		"account_link": "https://sign.example.com/account", "name": "Zoë Müller", "device": "Firefox <151> & Linux", "ip": "2001:db8::1",
		"time": "2026-11-22T05:33:00+01:00",
	},
}

func sample(template string) map[string]string {
	values := maps.Clone(samples[template])
	values["organisation"] = hostile
	return values
}

func TestEveryEmailInEveryLanguage(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	r := renderer(t, used)
	if len(samples) != len(layouts) {
		t.Fatal("a sample is missing")
	}
	for template := range layouts {
		for _, locale := range domain.Locales {
			values := sample(template)
			got, err := r.Render(template, locale, values)
			if err != nil {
				t.Error(err)
				continue
			}
			if got.Subject == "" || strings.ContainsAny(got.Subject, "\r\n") || !strings.Contains(got.Subject, hostile) {
				t.Errorf("%s, %s: subject %q", template, locale, got.Subject)
			}
			for kind, content := range map[string]string{"text": got.Text, "html": html.UnescapeString(got.HTML)} {
				for _, never := range []string{"{{", "}}", "<no value>", "ZgotmplZ", "%!", "mail."} {
					if strings.Contains(content, never) {
						t.Errorf("%s, %s: the %s holds %q", template, locale, kind, never)
					}
				}
				for name, value := range values {
					switch name {
					case "code":
						value = "123 456"
					case "time":
						value = "2026-11-22 04:33 UTC"
					case "due":
						value = "2026" // see TestADeadlineIsInTheRecipientsWords
					}
					for line := range strings.SplitSeq(value, "\n") {
						if !strings.Contains(content, line) {
							t.Errorf("%s, %s: the %s lacks the %s %q", template, locale, kind, name, line)
						}
					}
				}
			}
			if strings.Contains(got.HTML, "<b ") || strings.Contains(got.HTML, "<151>") || strings.Contains(got.HTML, "<b>") || !strings.Contains(got.HTML, `lang="`+string(locale)+`"`) {
				t.Errorf("%s, %s: not escaped, or in another language", template, locale)
			}
			for _, remote := range []string{"<img", "url(", "<script", "<link", "@import"} {
				if strings.Contains(got.HTML, remote) {
					t.Errorf("%s, %s: the page loads something: %s", template, locale, remote)
				}
			}
			// Without what may be missing, and with what is one.
			for _, name := range []string{"name", "inviter", "sender", "missing", "more"} {
				delete(values, name)
			}
			for _, name := range []string{"minutes", "hours", "days"} {
				if values[name] != "" {
					values[name] = "1"
				}
			}
			if _, err := r.Render(template, locale, values); err != nil {
				t.Error(err)
			}
		}
	}
	raw, err := locales.Files.ReadFile("en.json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(raw, &words); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(words)) {
		if strings.HasPrefix(id, "mail.") && !used[id] {
			t.Errorf("no email uses %q", id)
		}
	}
}

func TestEachEmailSaysWhyItCameAndWhatElseToDo(t *testing.T) {
	t.Parallel()
	messages, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	r := renderer(t, nil)
	for template := range layouts {
		for _, locale := range domain.Locales {
			values := sample(template)
			got, err := r.Render(template, locale, values)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"why", "ignore"} {
				text := messages.Text(locale, "mail."+template+"."+word, values)
				if !strings.Contains(got.Text, text) || !strings.Contains(html.UnescapeString(got.HTML), text) {
					t.Errorf("%s, %s does not say: %s", template, locale, text)
				}
			}
		}
	}
}

func TestWhatCannotBeRendered(t *testing.T) {
	t.Parallel()
	r := renderer(t, nil)
	change := func(name, value string) map[string]string {
		values := sample(domain.MailMagicLink)
		values[name] = value
		return values
	}
	for name, c := range map[string]struct {
		template string
		locale   domain.Locale
		values   map[string]string
	}{
		"another template":          {"spam", "en", sample(domain.MailMagicLink)},
		"another language":          {domain.MailMagicLink, "xx", sample(domain.MailMagicLink)},
		"no organisation":           {domain.MailMagicLink, "en", change("organisation", "")},
		"no link":                   {domain.MailMagicLink, "en", change("link", "")},
		"no code":                   {domain.MailMagicLink, "en", change("code", "")},
		"a link that runs a script": {domain.MailMagicLink, "en", change("link", "javascript:alert(1)")},
		"a link without a host":     {domain.MailMagicLink, "en", change("link", "/reset")},
		"two lines as a link":       {domain.MailMagicLink, "en", change("link", "https://a.example/\nhttps://b.example")},
		"a span that is no number":  {domain.MailMagicLink, "en", change("minutes", "some")},
		"no span":                   {domain.MailMagicLink, "en", change("minutes", "")},
		"no values":                 {domain.MailMagicLink, "en", nil},
	} {
		if got, err := r.Render(c.template, c.locale, c.values); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Who makes an account with somebody else's address chooses the name that is greeted there.
func TestANameCannotAdvertise(t *testing.T) {
	t.Parallel()
	r := renderer(t, nil)
	for name, kept := range map[string]bool{
		"Ada Martin": true, "J.R. Smith": true, "Dr. Ada Martin": true, "Jean-Luc d’Arc": true, "Ольга": true,
		"Win at https://evil.example": false, "buy at evil.com": false, "WWW.evil": false, "a@evil.com": false,
		strings.Repeat("long ", 30): false, "<a href=x>": false,
	} {
		values := sample(domain.MailVerification)
		values["name"] = name
		got, err := r.Render(domain.MailVerification, "en", values)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got.Text, strings.TrimSpace(name)) != kept {
			t.Errorf("%q is kept: %v", name, !kept)
		}
	}
}

func TestNoValueBreaksALine(t *testing.T) {
	t.Parallel()
	r := renderer(t, nil)
	values := sample(domain.MailVerification)
	values["organisation"] = "Acme\r\nBcc: eve@example.com\u202e"
	got, err := r.Render(domain.MailVerification, "en", values)
	if err != nil || got.Subject != "Confirm your email address for Acme Bcc: eve@example.com" {
		t.Errorf("%q, %v", got.Subject, err)
	}
}
