package certificate

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf16"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/i18n"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	testOrigin = "sign.example.com/ledger"
	testSecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

var signedAt = time.Date(2026, 11, 21, 23, 30, 7, 123456000, time.UTC)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sample is what somebody signed.
type sample struct {
	person, title, url, checksum, sentence string
	locale                                 domain.Locale
	zone                                   string
}

func usual() sample {
	return sample{
		person: "Zoë Müller", title: "Security policy 2026", url: "https://docs.example.com/policy.pdf",
		checksum: strings.Repeat("e3b0c442", 8), sentence: "I certify that I have read and understood this document.",
		locale: "en", zone: "Europe/Paris",
	}
}

// certificate signs the sample as the first entry of a ledger.
func (s sample) certificate(t testing.TB) (domain.Certificate, proof.KeySet) {
	t.Helper()
	keys, err := proof.ParseSecret(testSecret)
	check(t, err)
	doc := proof.Fields{"id": "k7m2n4p8", "revision": "2", "title": s.title, "url": s.url, "checksum": s.checksum}
	if s.checksum != "" {
		doc["checksum_algorithm"] = "SHA-256"
	}
	payload, entry, err := proof.Seal(keys, proof.Position{Origin: testOrigin, At: signedAt, Nonce: [16]byte{7}}, proof.TypeSignature,
		proof.Fields{
			"doc": doc, "statement": proof.Fields{"locale": "en", "text": s.sentence},
			"signer": proof.Fields{"user": "u1", "name": s.person, "email": "zoe@example.com"},
		})
	check(t, err)
	note, err := proof.SignCheckpoint(keys, proof.Checkpoint{Origin: testOrigin, Size: 1, Root: entry.Hash()})
	check(t, err)
	receipt, err := proof.BuildReceipt(payload, entry.KeyID, entry.Signature, 0, nil, note)
	check(t, err)
	zone, err := domain.ParseTimeZone(s.zone)
	check(t, err)
	c, err := domain.NewCertificate(domain.Signature{DocID: "k7m2n4p8", Revision: 2}, receipt, s.locale, zone)
	check(t, err)
	vkey, err := proof.VerifierKey(testOrigin, keys.LedgerPublic())
	check(t, err)
	window := proof.Window{NotBefore: signedAt.Add(-time.Hour)}
	return c, proof.KeySet{
		Origin: testOrigin, Ledger: []proof.LedgerKey{{Vkey: vkey, Window: window}},
		Statement: []proof.StatementKey{{KeyID: entry.KeyID, PublicKey: keys.StatementPublic(), Window: window}},
	}
}

func newRenderer(t testing.TB) Renderer {
	t.Helper()
	words, err := i18n.Load()
	check(t, err)
	r, err := New("Acme Industries", "https://sign.example.com", words)
	check(t, err)
	return r
}

func render(t testing.TB, s sample) []byte {
	t.Helper()
	c, _ := s.certificate(t)
	pdf, err := newRenderer(t).Render(c)
	check(t, err)
	return pdf
}

// place is one line of text on a page: its baseline's left end and its width, in millimetres.
type place struct {
	text        string
	x, y, width float64
}

var (
	fontNamed  = regexp.MustCompile(`/F([0-9a-f]+) (\d+) 0 R`)
	fontObject = regexp.MustCompile(`(\d+) 0 obj\n<</Type /Font\n/Subtype /Type0\n/BaseFont /utf8(sans|mono)(B?)\n`)
	fontChosen = regexp.MustCompile(`BT /F([0-9a-f]+) ([\d.]+) Tf ET`)
	pageStream = regexp.MustCompile(`(?s)<</Filter /FlateDecode /Length \d+>>\nstream\n(.*?)\nendstream`)
	textShown  = regexp.MustCompile(`(?s)BT ([\d.]+) ([\d.-]+) Td \(((?:\\.|[^\\)])*)\) Tj`)
)

// textOf is the text of each page, a line of the page a line.
func textOf(t testing.TB, pdf []byte) []string {
	t.Helper()
	var pages []string
	for _, places := range placesOf(t, pdf) {
		var text strings.Builder
		for _, p := range places {
			text.WriteString(p.text + "\n")
		}
		pages = append(pages, text.String())
	}
	return pages
}

// placesOf is where the text of each page stands. Characters are their own codes in these fonts.
func placesOf(t testing.TB, pdf []byte) (pages [][]place) {
	t.Helper()
	objects, fonts := map[string][]string{}, map[string][]string{}
	for _, found := range fontObject.FindAllStringSubmatch(string(pdf), -1) {
		objects[found[1]] = found[2:]
	}
	for _, found := range fontNamed.FindAllStringSubmatch(string(pdf), -1) {
		fonts[found[1]] = objects[found[2]]
	}
	ruler := newPDF()
	for _, found := range pageStream.FindAllSubmatch(pdf, -1) {
		stream, err := zlib.NewReader(bytes.NewReader(found[1]))
		check(t, err)
		content, err := io.ReadAll(stream)
		check(t, err)
		var places []place
		for _, line := range bytes.SplitAfter(content, []byte(" Tf ET\n")) {
			for _, shown := range textShown.FindAllSubmatch(line, -1) {
				text := decodeText(shown[3])
				places = append(places, place{
					text: text, x: number(t, shown[1]) * 25.4 / 72, y: pageHeight - number(t, shown[2])*25.4/72, width: ruler.GetStringWidth(text),
				})
			}
			if chosen := fontChosen.FindSubmatch(line); chosen != nil {
				font := fonts[string(chosen[1])]
				ruler.SetFont(font[0], font[1], number(t, chosen[2]))
			}
		}
		if len(places) > 0 {
			pages = append(pages, places)
		}
	}
	return pages
}

func number(t testing.TB, digits []byte) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(string(digits), 64)
	check(t, err)
	return n
}

func decodeText(escaped []byte) string {
	var raw []byte
	for i := 0; i < len(escaped); i++ {
		if escaped[i] == '\\' {
			i++
			if escaped[i] == 'r' {
				escaped[i] = '\r'
			}
		}
		raw = append(raw, escaped[i])
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}
