// Package certificate prints signatures as PDF: one page to read, with the receipt, which is the proof, attached inside.
package certificate

import (
	"bytes"
	"cmp"
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Words are the messages printed around the facts.
type Words interface {
	// Text is a message with its values filled in.
	Text(locale domain.Locale, id string, values map[string]string) string
}

// Renderer prints certificates. It may be used by several goroutines.
type Renderer struct {
	organisation string
	verifyURL    string
	words        Words
	code         qrCode
	coverage     coverage
}

// New makes a renderer. baseURL is where this instance is reached, without a slash at its end.
func New(organisation, baseURL string, words Words) (Renderer, error) {
	r := Renderer{organisation: organisation, verifyURL: baseURL + "/verify", words: words}
	var err error
	if r.code, err = newQRCode(r.verifyURL); err != nil {
		return r, fmt.Errorf("QR code of %s: %w", r.verifyURL, err)
	}
	r.coverage, err = newCoverage()
	return r, err
}

// Render returns the PDF. The same certificate gives the same bytes: its dates are the signature's.
func (r Renderer) Render(c domain.Certificate) ([]byte, error) {
	f := newFacts(r, c)
	pdf := newPDF()
	pdf.SetCreationDate(c.Payload.At.UTC())
	pdf.SetModificationDate(c.Payload.At.UTC())
	pdf.SetLang(string(c.Locale))
	pdf.SetProducer("Ackify", true)
	pdf.SetAuthor(f.organisation, true)
	pdf.SetTitle(f.say("title")+" · "+f.document, true)
	pdf.SetSubject(f.say("subject", "Person", f.person, "Document", f.document), true)
	pdf.SetAttachments([]fpdf.Attachment{{Content: c.Receipt, Filename: c.ReceiptName, Description: f.say("attachment")}})

	s := newSheet(pdf)
	s.continued = func() {
		s.write(s.left(), small, f.say("title")+" · "+f.say("entry", "Seq", f.seq)+" · "+f.origin)
		s.space(4)
	}
	r.head(s, f, c)
	r.facts(s, f)
	r.explanation(s, f)
	s.footers(f.say("footer"))

	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("certificate of entry %d: %w", c.Payload.Seq, err)
	}
	return finish(out.Bytes(), c.ReceiptName)
}

func newPDF() *fpdf.Fpdf {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	addFonts(pdf)
	pdf.AddPage()
	return pdf
}

// head says who confirmed what, beside the seal.
func (r Renderer) head(s *sheet, f facts, c domain.Certificate) {
	const seal = 34
	drawSeal(s.pdf, c.EntryHash, pageWidth-margin-seal, s.y-2, seal)
	beside := s.left()
	beside.width -= seal + 8
	s.write(beside, quiet, f.organisation)
	s.space(2)
	s.write(beside, title, f.say("title"))
	s.space(4)
	s.write(beside, label, f.say("person"))
	s.write(beside, fitting(f.person), cmp.Or(f.person, f.email))
	if f.person != "" {
		s.write(beside, quiet, f.email)
	}
	s.y = max(s.y, top+seal-4)
	s.space(3.5)
	s.write(s.left(), label, f.say("acknowledged"))
	s.write(s.left(), fitting(f.document), f.document)
	s.space(3)
	s.panel(accent, accentSoft, func(in box) {
		s.write(in, quote, f.sentence)
		s.write(in, small, f.say("sentence", "Language", f.language))
	})
	if f.incomplete {
		s.space(2.5)
		s.panel(due, dueSoft, func(in box) { s.write(in, notice, f.say("missing")) })
	}
}

// facts lists what was recorded.
func (r Renderer) facts(s *sheet, f facts) {
	s.heading(f.say("document"))
	s.row(f.say("identifier"), plain, f.id)
	if f.url != "" {
		s.row(f.say("address"), plain, f.url)
	}
	s.row(f.say("revision"), plain, f.revision)
	if f.checksum == "" {
		s.row(f.say("checksum"), plain, f.say("noChecksum"))
	} else {
		s.row(f.say("checksum"), mono, f.checksum)
		s.row("", small, f.algorithm)
	}
	s.heading(f.say("time"))
	s.row("UTC", plain, f.utc)
	if f.local != "" {
		s.row(f.say("local"), plain, f.local)
	}
	s.heading(f.say("ledger"))
	s.row(f.say("origin"), plain, f.origin)
	s.row(f.say("position"), plain, f.say("entry", "Seq", f.seq))
	s.row(f.say("entryHash"), mono, f.entryHash)
	s.row(f.say("payloadHash"), mono, f.payloadHash)
	s.row(f.say("keyId"), mono, f.keyID)
}

// explanation says what this proves and what not, and how to check it, beside the QR code.
func (r Renderer) explanation(s *sheet, f facts) {
	const code, quiet = 30, 4.5 // four modules at least stay empty around the code
	s.space(7)
	proven := "provenContent"
	if f.checksum == "" {
		proven = "provenReference"
	}
	parts := [][2]string{
		{f.say("proven"), f.say(proven)},
		{f.say("notProven"), f.say("notProvenText")},
		{f.say("check"), f.say("checkText", "Receipt", f.receiptName, "Certificate", f.fileName, "Address", r.verifyURL)},
	}
	text := s.left()
	text.width -= code + 8
	height := 0.0
	for _, part := range parts {
		height += s.height(text, strong, part[0]) + s.height(text, fine, part[1]) + 2
	}
	caption := box{x: pageWidth - margin - code, width: code}
	address := f.say("scan") + " " + r.verifyURL
	s.need(max(height, code+quiet+s.height(caption, tiny, address)))
	start := s.y
	r.code.draw(s.pdf, caption.x, start+0.5, code)
	s.y = start + code + quiet
	s.write(caption, tiny, address)
	s.y = start
	for _, part := range parts {
		s.write(text, strong, part[0])
		s.write(text, fine, part[1])
		s.space(2)
	}
}

// addFonts makes the fonts known under the names that styles use.
func addFonts(pdf *fpdf.Fpdf) {
	for _, f := range fonts {
		pdf.AddUTF8FontFromBytes(f.family, f.style, f.ttf)
	}
}
