package certificate

import (
	"cmp"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// facts are the texts of one certificate, every character of which can be printed.
type facts struct {
	organisation, person, email   string
	document, id, url, revision   string
	checksum, algorithm           string // checksum is "" when the content is not fixed
	sentence, language            string
	utc, local                    string // local is "" for UTC
	origin, seq                   string
	entryHash, payloadHash, keyID string
	receiptName, fileName         string
	incomplete                    bool // some character could not be printed
	say                           func(id string, values ...string) string
}

func newFacts(r Renderer, c domain.Certificate) facts {
	p := c.Payload
	f := facts{say: func(id string, values ...string) string {
		named := map[string]string{}
		for i := 0; i+1 < len(values); i += 2 {
			named[values[i]] = values[i+1]
		}
		text, _ := r.coverage.printable(r.words.Text(c.Locale, "certificate."+id, named))
		return text
	}}
	show := func(s string) string {
		text, whole := r.coverage.printable(s)
		f.incomplete = f.incomplete || !whole
		return text
	}
	f.organisation, f.person, f.email = show(r.organisation), show(p.Signer.Name), show(p.Signer.Email)
	f.document, f.id, f.url = show(cmp.Or(p.Doc.Title, p.Doc.ID)), show(p.Doc.ID), show(p.Doc.URL)
	f.revision, f.checksum = show(p.Doc.Revision), show(p.Doc.Checksum)
	f.algorithm = show(p.Doc.ChecksumAlgorithm)
	f.sentence = quoted(c.Locale, show(p.Statement.Text))
	f.language = f.languageName(domain.Locale(show(p.Statement.Locale)))
	f.origin, f.seq = show(p.Origin), strconv.FormatInt(p.Seq, 10)
	f.entryHash, f.payloadHash = hex.EncodeToString(c.EntryHash[:]), hex.EncodeToString(c.PayloadHash[:])
	f.keyID = hex.EncodeToString(p.KeyID[:])
	f.receiptName, f.fileName = show(c.ReceiptName), show(c.FileName)
	f.utc = p.At.UTC().Format("2006-01-02 15:04:05") + " UTC"
	if c.Zone != nil && c.Zone.String() != "UTC" {
		f.local = f.localTime(p.At.In(c.Zone), c.Zone.String())
	}
	return f
}

// languageName is a language's name, or its code where it is none of the app's own.
func (f facts) languageName(locale domain.Locale) string {
	if _, err := domain.ParseLocale(string(locale), ""); err != nil || locale == "" {
		return cmp.Or(string(locale), "—")
	}
	return f.say("language." + string(locale))
}

// localTime writes a time in words, with the name of its zone and the distance to UTC.
func (f facts) localTime(t time.Time, zone string) string {
	months := strings.Fields(f.say("months"))
	return f.say("localTime", "Day", strconv.Itoa(t.Day()), "Month", months[t.Month()-1], "Year", strconv.Itoa(t.Year()),
		"Time", t.Format("15:04:05"), "Zone", zone, "Offset", "UTC"+t.Format("-07:00"))
}

// quoted puts a sentence into the quotation marks of the page's language.
func quoted(locale domain.Locale, s string) string {
	switch locale {
	case "fr":
		return "«\u00a0" + s + "\u00a0»"
	case "es", "it":
		return "«" + s + "»"
	case "de":
		return "„" + s + "“"
	}
	return "“" + s + "”"
}
