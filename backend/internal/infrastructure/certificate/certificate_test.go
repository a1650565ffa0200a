package certificate

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// opened reads a PDF as another program would, and refuses what is not valid.
func opened(t *testing.T, pdf []byte) *model.Context {
	t.Helper()
	settings := model.NewDefaultConfiguration()
	settings.ValidationMode = model.ValidationStrict
	context, err := api.ReadValidateAndOptimize(bytes.NewReader(pdf), settings)
	check(t, err)
	return context
}

func TestCertificateIsAValidPDFWithTitleAndLanguage(t *testing.T) {
	api.DisableConfigDir()
	for _, locale := range domain.Locales {
		s := usual()
		s.title, s.locale = "Řád (č. 5) \\ безопасность", locale
		context := opened(t, render(t, s))
		if context.PageCount != 1 {
			t.Errorf("%s: %d pages", locale, context.PageCount)
		}
		if lang, err := context.RootDict.StringOrHexLiteralEntry("Lang"); err != nil || lang == nil || *lang != string(locale) {
			t.Errorf("%s: language %v, %v", locale, lang, err)
		}
		preferences, err := context.DereferenceDict(context.RootDict["ViewerPreferences"])
		check(t, err)
		if shown := preferences.BooleanEntry("DisplayDocTitle"); shown == nil || !*shown {
			t.Errorf("%s: the file name is shown instead of the title", locale)
		}
		info, err := context.DereferenceDict(*context.Info)
		check(t, err)
		for key, want := range map[string]string{"Title": s.title, "Subject": "Zoë Müller", "Producer": "Ackify", "Author": "Acme Industries"} {
			if got, err := types.StringOrHexLiteral(info[key]); err != nil || got == nil || !strings.Contains(*got, want) {
				t.Errorf("%s: %s is %v, %v", locale, key, got, err)
			}
		}
	}
}

func TestReceiptIsAttachedAndVerifies(t *testing.T) {
	t.Parallel()
	c, keys := usual().certificate(t)
	pdf := render(t, usual())
	files, err := api.ExtractAttachmentsRaw(bytes.NewReader(pdf), "", nil, nil)
	check(t, err)
	if len(files) != 1 || files[0].FileName != "k7m2n4p8-r2-0.tlog-proof" {
		t.Fatalf("attached: %+v", files)
	}
	attached := new(bytes.Buffer)
	_, err = attached.ReadFrom(files[0])
	check(t, err)
	found, err := proof.ReceiptFromPDF(pdf)
	check(t, err)
	if !bytes.Equal(found, c.Receipt) || !bytes.Equal(attached.Bytes(), c.Receipt) {
		t.Error("another receipt is attached")
	}
	verdict, err := proof.VerifyReceipt(found, keys)
	check(t, err)
	if verdict.Payload.Signer.Name != "Zoë Müller" {
		t.Errorf("%+v", verdict.Payload)
	}
}

func TestSameInputGivesSameBytes(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(render(t, usual()), render(t, usual())) {
		t.Error("two renderings differ")
	}
	r := newRenderer(t)
	c, _ := usual().certificate(t)
	want, err := r.Render(c)
	check(t, err)
	for range 4 {
		t.Run("at the same time", func(t *testing.T) {
			t.Parallel()
			got, err := r.Render(c)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("differs: %v", err)
			}
		})
	}
}

func TestPageSaysWhatWasSigned(t *testing.T) {
	t.Parallel()
	c, _ := usual().certificate(t)
	text := strings.Join(textOf(t, render(t, usual())), "")
	for _, want := range []string{
		"Acme Industries", "Zoë Müller", "zoe@example.com", "Security policy 2026", "https://docs.example.com/policy.pdf",
		strings.Repeat("e3b0c442", 8), "SHA-256", "“I certify that I have read and understood this document.”",
		"Sentence accepted, in English", "2026-11-21 23:30:07 UTC", "22 November 2026, 00:30:07 (Europe/Paris, UTC+01:00)",
		testOrigin, "entry 0, counted from 0", newFacts(newRenderer(t), c).entryHash, newFacts(newRenderer(t), c).payloadHash,
		"b290bc064613a29a0ee604745722a3177a78a53230ce4deb3ff03cc27b932215", "https://sign.example.com/", "k7m2n4p8-r2-0.tlog-proof",
		"who holds its key can invent a new signature", "the proof is the attached receipt",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, string(placeholder)) {
		t.Errorf("has a placeholder:\n%s", text)
	}
}

func TestReferenceWithoutContentIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	s := usual()
	s.checksum, s.url, s.zone, s.person = "", "", "", ""
	text := strings.Join(textOf(t, render(t, s)), "")
	if !strings.Contains(text, "none: the reference is proven") || !strings.Contains(text, "acknowledged which reference") ||
		strings.Contains(text, "Address") || strings.Contains(text, "Local time") {
		t.Error(text)
	}
}

func TestLongContentStaysOnThePages(t *testing.T) {
	t.Parallel()
	s := usual()
	s.person, s.title = strings.Repeat("W", 200), strings.Repeat("ŵ", 500)
	s.url = "https://docs.example.com/" + strings.Repeat("%C3%A9", 337) + "x"
	for name, s := range map[string]sample{
		"no space to break at": s,
		"every line too long":  {person: strings.Repeat("Ada ", 50), title: strings.Repeat("of the ", 71), url: s.url, sentence: strings.Repeat("I have read it. ", 400), locale: "de"},
	} {
		pdf := render(t, s)
		pages := textOf(t, pdf)
		if len(pages) < 2 {
			t.Fatalf("%s: %d pages", name, len(pages))
		}
		var values strings.Builder
		for _, p := range slices.Concat(placesOf(t, pdf)...) {
			if math.Abs(p.x-margin-labelWidth) < 0.1 {
				values.WriteString(p.text)
			}
		}
		if !strings.Contains(values.String(), s.url) {
			t.Errorf("%s: the address is not whole", name)
		}
		for i, page := range pages {
			if !strings.Contains(page, "/"+string(rune('0'+len(pages)))) {
				t.Errorf("%s: page %d has no number", name, i+1)
			}
		}
		wantInsideMargins(t, name, pdf)
	}
}

// Every line of text stands between the margins and apart from the lines above and below it.
func wantInsideMargins(t *testing.T, name string, pdf []byte) {
	t.Helper()
	for _, places := range placesOf(t, pdf) {
		for i, p := range places {
			if p.x < margin-0.1 || p.x+p.width > pageWidth-margin+0.1 || p.y < top || p.y > pageHeight-10 {
				t.Errorf("%s: %q stands at %.1f, %.1f and is %.1f wide", name, p.text, p.x, p.y, p.width)
			}
			for _, other := range places[:i] {
				if apart := math.Abs(p.y - other.y); apart < 2.8 && p.x < other.x+other.width && other.x < p.x+p.width {
					t.Errorf("%s: %q overlaps %q", name, p.text, other.text)
				}
			}
		}
	}
}

func TestExampleForTheFuzzerIsACertificate(t *testing.T) {
	t.Parallel()
	seed, err := os.ReadFile(filepath.Join("..", "..", "..", "pkg", "proof", "testdata", "certificate.pdf"))
	check(t, err)
	receipt, err := proof.ReceiptFromPDF(seed)
	check(t, err)
	if len(textOf(t, seed)) == 0 || !strings.HasPrefix(string(receipt), "c2sp.org/tlog-proof@v1\n") {
		t.Error("it is not")
	}
}
