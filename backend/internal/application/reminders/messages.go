package reminders

import (
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	subjectLength = 80 // characters of a title that an email's subject has room for
	longestList   = 50 // names that a manager is told
)

// titles are the values of a document.
func titles(title string) map[string]string {
	short := title
	if runes := []rune(title); len(runes) > subjectLength {
		short = string(runes[:subjectLength-1]) + "…"
	}
	return map[string]string{"title": short, "document": title}
}

// readLink opens a document; the address, which no server sees, lets the page to log in offer a link by mail.
func (s Service) readLink(docID string, to domain.Email) string {
	return s.BaseURL + "/d/" + url.PathEscape(docID) + "#email=" + url.QueryEscape(string(to))
}

// reminder is the message to somebody who has not signed.
func (s Service) reminder(document domain.Document, p Person, locale domain.Locale, sender string) domain.Message {
	kind := domain.KindReminder
	if !p.DueAt.IsZero() && p.DueAt.Before(s.now()) {
		kind = domain.KindOverdue
	}
	return s.asking(kind, document, p, locale, sender)
}

func (s Service) asking(kind domain.ReminderKind, document domain.Document, p Person, locale domain.Locale, sender string) domain.Message {
	data := titles(document.Title)
	data["document_link"], data["name"], data["sender"] = s.readLink(document.ID, p.Email), p.Name, sender
	if !p.DueAt.IsZero() {
		data["due"] = p.DueAt.UTC().Format(time.RFC3339)
	}
	return domain.Message{
		To: p.Email, Locale: or(p.Locale, locale), Template: kind.Template(), Data: data,
		ReferenceType: domain.ReferenceReminder, ReferenceID: document.ID,
	}
}

// escalation is the message to a manager about who is late.
func (s Service) escalation(document domain.Document, manager Person, late []Person, locale domain.Locale) domain.Message {
	data := titles(document.Title)
	data["document_link"], data["name"] = s.readLink(document.ID, manager.Email), manager.Name
	if manager.Manages {
		data["document_link"] = s.BaseURL + "/documents/" + url.PathEscape(document.ID) + "?tab=signers"
	}
	maps.Copy(data, lateValues(late))
	return domain.Message{
		To: manager.Email, Locale: or(manager.Locale, locale), Template: domain.MailEscalation, Data: data,
		ReferenceType: domain.ReferenceEscalation, ReferenceID: document.ID,
	}
}

// lateValues are the values of an email about who is late.
func lateValues(late []Person) map[string]string {
	data := map[string]string{}
	shown := late
	if len(late) > longestList {
		shown = late[:min(longestList, len(late)-2)] // never “1 more”
		data["more"] = strconv.Itoa(len(late) - len(shown))
	}
	lines := make([]string, len(shown))
	for i, p := range shown {
		lines[i] = string(p.Email)
		if name := strings.Join(strings.Fields(p.Name), " "); name != "" {
			lines[i] = fmt.Sprintf("%s (%s)", name, p.Email)
		}
	}
	data["missing"] = strings.Join(lines, "\n")
	var newest time.Time
	for _, p := range late {
		if p.DueAt.After(newest) {
			newest = p.DueAt
		}
	}
	if !newest.IsZero() {
		data["due"] = newest.UTC().Format(time.RFC3339)
	}
	return data
}

// completed is the message to the author of a document that everybody has signed.
func (s Service) completed(c Completion) domain.Message {
	data := titles(c.Title)
	data["document_link"], data["name"] = s.BaseURL+"/documents/"+url.PathEscape(c.DocID), c.Author.Name
	data["signed"], data["revision"] = strconv.Itoa(c.Signed), strconv.Itoa(c.Revision)
	return domain.Message{
		To: c.Author.Email, Locale: or(c.Author.Locale, domain.Locales[0]), Template: domain.MailCompleted, Data: data,
		ReferenceType: domain.ReferenceCompleted, ReferenceID: c.DocID,
	}
}
