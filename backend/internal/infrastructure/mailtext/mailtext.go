// Package mailtext turns an email's template and values into a subject, a text and an HTML page, in every language.
package mailtext

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Words are texts in every language; "" stands for one that a language lacks.
type Words interface {
	Text(locale domain.Locale, id string, values map[string]string) string
}

// layout says what values an email needs besides the organisation.
type layout struct {
	needs []string // must not be ""
	links []string // must be absolute http or https addresses
	span  string   // the value that is a whole number of this unit: "minutes", "hours", "days"; "": none
	lines string   // the value that has several lines; "": none
}

var layouts = map[string]layout{
	domain.MailMagicLink:         {needs: []string{"code"}, links: []string{"link"}, span: "minutes"},
	domain.MailInvitation:        {links: []string{"link"}, span: "days"},
	domain.MailVerification:      {links: []string{"link"}, span: "hours"},
	domain.MailAlreadyRegistered: {links: []string{"login_link", "reset_link"}},
	domain.MailPasswordReset:     {links: []string{"link"}, span: "minutes"},
	domain.MailNewDevice:         {needs: []string{"device", "ip", "time"}, links: []string{"account_link"}},
	domain.MailDocumentChanged:   {needs: []string{"document", "title", "url", "time"}, links: []string{"document_link"}},
	domain.MailReminder:          {needs: []string{"document", "title"}, links: []string{"document_link"}},
	domain.MailReminderOverdue:   {needs: []string{"document", "title", "due"}, links: []string{"document_link"}},
	domain.MailEscalation:        {needs: []string{"document", "title"}, links: []string{"document_link"}, lines: "missing"},
	domain.MailCompleted:         {needs: []string{"document", "title", "signed"}, links: []string{"document_link"}},
}

// Renderer knows every template.
type Renderer struct {
	look  Look
	words Words
	html  map[string]*htmltemplate.Template
	text  map[string]*texttemplate.Template
}

// New reads the templates, mail/<template>.html and .txt beside their layouts; it fails when one is missing or wrong.
func New(files fs.FS, words Words) (Renderer, error) {
	r := Renderer{words: words, html: map[string]*htmltemplate.Template{}, text: map[string]*texttemplate.Template{}}
	for name := range layouts {
		var err error
		if r.html[name], err = htmltemplate.New(name).ParseFS(files, "mail/layout.html", "mail/"+name+".html"); err != nil {
			return Renderer{}, fmt.Errorf("email template %q: %w", name, err)
		}
		if r.text[name], err = texttemplate.New(name).ParseFS(files, "mail/layout.txt", "mail/"+name+".txt"); err != nil {
			return Renderer{}, fmt.Errorf("email template %q: %w", name, err)
		}
	}
	return r, nil
}

// Render fails for a template or language that it does not know, and when a value or a word is missing or unusable.
func (r Renderer) Render(template string, locale domain.Locale, values map[string]string) (content emails.Content, err error) {
	defer domain.Wrap(&err, "email %q in %q", template, locale)
	p, err := r.page(template, locale, values)
	if err != nil {
		return content, err
	}
	var html, text strings.Builder
	if err := r.html[template].ExecuteTemplate(&html, "layout", p); err != nil {
		return content, err
	}
	if err := r.text[template].ExecuteTemplate(&text, "layout", p); err != nil {
		return content, err
	}
	return emails.Content{Subject: p.Subject, Text: text.String(), HTML: html.String(), Images: r.look.images()}, nil
}

// Subject is that of an email; it fails where Render does for a template, a language or a value.
func (r Renderer) Subject(template string, locale domain.Locale, values map[string]string) (_ string, err error) {
	defer domain.Wrap(&err, "subject of email %q in %q", template, locale)
	p, err := r.page(template, locale, values)
	return p.Subject, err
}

// page is what the templates need to know.
func (r Renderer) page(template string, locale domain.Locale, values map[string]string) (p page, err error) {
	l, known := layouts[template]
	if !known || !slices.Contains(domain.Locales, locale) {
		return p, errors.New("there is no such template or language")
	}
	p = page{Locale: locale, look: r.look, words: r.words, template: template, lines: l.lines}
	if p.values, err = l.prepare(values); err != nil {
		return p, err
	}
	if p.values["due"], err = p.moment(values["due"]); err != nil {
		return p, err
	}
	if l.span != "" {
		if p.values["span"], err = p.span(l.span); err != nil {
			return p, err
		}
	}
	p.Subject, err = p.Word("subject")
	return p, err
}

// prepare checks values and makes them fit to be read.
func (l layout) prepare(values map[string]string) (map[string]string, error) {
	ready := maps.Clone(values)
	for _, name := range slices.Concat([]string{domain.ValueOrganisation}, l.needs, l.links) {
		if values[name] == "" {
			return nil, fmt.Errorf("the value %q is missing", name)
		}
	}
	for _, name := range l.links {
		if u, err := url.Parse(values[name]); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsFunc(values[name], unicode.IsSpace) {
			return nil, fmt.Errorf("the value %q is not an absolute address", name)
		}
	}
	for name, value := range ready {
		switch {
		case slices.Contains(l.links, name):
		case name == l.lines && name != "":
			lines := strings.Split(value, "\n")
			for i := range lines {
				lines[i] = personLine(oneLine(lines[i]))
			}
			ready[name] = strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n")
		default:
			ready[name] = oneLine(value)
		}
	}
	for _, name := range []string{"name", "inviter", "sender"} {
		ready[name] = personName(ready[name])
	}
	if code := ready["code"]; len(code) == 6 {
		ready["code"] = code[:3] + " " + code[3:]
	}
	if slices.Contains(l.needs, "time") {
		at, err := time.Parse(time.RFC3339, values["time"])
		if err != nil {
			return nil, fmt.Errorf("the value %q is not a time as of RFC 3339", "time")
		}
		ready["time"] = at.UTC().Format("2006-01-02 15:04 UTC")
	}
	return ready, nil
}

// oneLine has no line breaks and no characters that cannot be seen. Spaces that keep French punctuation with its word stay.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u00a0' || unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control)
	}), " ")
}

// address is what a mail program would make a link of.
var address = regexp.MustCompile(`(?i)[:/\\@<>]|www\.|[^\s.]{2,}\.[a-z]{2,}`)

const longestName = 80 // characters

// personName is "" for what is no name: who makes an account chooses its name, and must not have Ackify send advertisements.
func personName(s string) string {
	if len([]rune(s)) > longestName || address.MatchString(s) {
		return ""
	}
	return s
}

// personLine is "name (address)", or the address alone of somebody whose name is none.
func personLine(s string) string {
	if at := strings.LastIndex(s, " ("); at >= 0 && strings.HasSuffix(s, ")") && personName(s[:at]) == "" {
		return s[at+2 : len(s)-1]
	}
	return s
}

// page is what the templates see. Its methods fail where a word or a value is missing.
type page struct {
	Locale   domain.Locale
	Subject  string
	look     Look
	words    Words
	template string
	lines    string
	values   map[string]string
}

func (p page) text(id string, values map[string]string) (string, error) {
	text := oneLine(p.words.Text(p.Locale, id, values))
	if text == "" {
		return "", fmt.Errorf("there is no word for %q", id)
	}
	return text, nil
}

// Word is a text of this email.
func (p page) Word(name string) (string, error) {
	return p.text("mail."+p.template+"."+name, p.values)
}

// WordIf is one text where a value is given, another where it is "".
func (p page) WordIf(value, given, otherwise string) (string, error) {
	if p.values[value] != "" {
		return p.Word(given)
	}
	return p.Word(otherwise)
}

// Common is a text of every email.
func (p page) Common(name string) (string, error) { return p.text("mail."+name, p.values) }

// Greeting is with the recipient's name where it is known.
func (p page) Greeting() (string, error) {
	if p.values["name"] != "" {
		return p.Common("greetingName")
	}
	return p.Common("greeting")
}

// Value is a value as it is to be read.
func (p page) Value(name string) (string, error) {
	if p.values[name] == "" {
		return "", fmt.Errorf("the value %q is missing", name)
	}
	return p.values[name], nil
}

// Has tells whether a value is given.
func (p page) Has(name string) bool { return p.values[name] != "" }

// Lines are a value's.
func (p page) Lines(name string) []string {
	if p.values[name] == "" || name != p.lines {
		return nil
	}
	return strings.Split(p.values[name], "\n")
}

// Look is how the organisation wants its emails to look.
func (p page) Look() Look { return p.look }

// button is a link with its words.
type button struct {
	URL, Label, CopyLink string
	Look                 Look
}

// Button is the link of a value under the email's word "button".
func (p page) Button(value string) (b button, err error) {
	b.Look = p.look
	if b.URL, err = p.Value(value); err != nil {
		return b, err
	}
	if b.Label, err = p.Word("button"); err != nil {
		return b, err
	}
	b.CopyLink, err = p.Common("copyLink")
	return b, err
}

// fact is a value with its name.
type fact struct{ Label, Value string }

// Fact is a value under the word of the same name.
func (p page) Fact(name string) (f fact, err error) {
	if f.Label, err = p.Word(name); err != nil {
		return f, err
	}
	f.Value, err = p.Value(name)
	return f, err
}

// FactLine is a Fact in one line.
func (p page) FactLine(name string) (string, error) {
	f, err := p.Fact(name)
	if err != nil {
		return "", err
	}
	return p.text("mail.fact", map[string]string{"label": f.Label, "value": f.Value})
}

// span is a number of minutes, hours or days in words.
func (p page) span(unit string) (string, error) {
	number, err := strconv.Atoi(p.values[unit])
	if err != nil || number < 1 {
		return "", fmt.Errorf("the value %q is not a whole number above 0", unit)
	}
	if number == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return p.text("mail."+unit, map[string]string{"number": strconv.Itoa(number)})
}

var _ emails.Renderer = Renderer{}
