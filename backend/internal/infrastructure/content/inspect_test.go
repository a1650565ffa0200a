package content

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

func inspect(content, name, claimed string) (contents.Inspection, error) {
	return Inspector{}.Inspect(strings.NewReader(content), int64(len(content)), name, claimed)
}

func TestInspectKnowsWhatIsKept(t *testing.T) {
	t.Parallel()
	html := "<!-- a --><!DOCTYPE html><title>Charte</title>"
	for name, c := range map[string]struct{ content, file, claimed, want string }{
		"PDF":                         {pdfFile, "a.pdf", "application/pdf", domain.MediaPDF},
		"PDF without a name":          {pdfFile, "", "", domain.MediaPDF},
		"PDF after a BOM and space":   {"\xef\xbb\xbf\r\n " + pdfFile, "A.PDF", "application/octet-stream", domain.MediaPDF},
		"PDF with a dotted name":      {pdfFile, "Policy v1.2", "application/force-download", domain.MediaPDF},
		"PNG":                         {pngFile(t), "a.png", "image/x-png", mediaPNG},
		"JPEG":                        {jpegFile(t), "a.JPG", "image/pjpeg", mediaJPEG},
		"GIF":                         {gifFile(t), "a.gif", "", mediaGIF},
		"WebP":                        {webpFile(t), "a.webp", "image/webp", mediaWebP},
		"DOCX":                        {officeFile(t, "word"), "a.docx", "", mediaDOCX},
		"DOCX said to be a ZIP":       {officeFile(t, "word"), "a.docx", "application/zip", mediaDOCX},
		"DOCX without a name":         {officeFile(t, "word"), "", "", mediaDOCX},
		"DOCX named ZIP":              {officeFile(t, "word"), "a.zip", "application/x-zip-compressed", mediaZIP},
		"XLSX":                        {officeFile(t, "xl"), "a.xlsx", mediaXLSX, mediaXLSX},
		"PPTX":                        {officeFile(t, "ppt"), "a.pptx", "binary/octet-stream", mediaPPTX},
		"ODT":                         {openDocument(t, mediaODT), "a.odt", "", mediaODT},
		"ODS":                         {openDocument(t, mediaODS), "a.ods", "", mediaODS},
		"ODP":                         {openDocument(t, mediaODP), "a.odp", "", mediaODP},
		"ZIP":                         {zipFile(t, entry{"a.txt", "a"}, entry{"../../b", "b"}), "a.zip", "", mediaZIP},
		"empty ZIP":                   {zipFile(t), "a.zip", "", mediaZIP},
		"Markdown":                    {"# A", "a.md", "text/plain; charset=utf-8", domain.MediaMarkdown},
		"Markdown with HTML in it":    {"# A\n<html>", "a.markdown", "", domain.MediaMarkdown},
		"Markdown by its claim":       {"# A", "README", "text/x-markdown", domain.MediaMarkdown},
		"a web page at README.md":     {html, "README.md", "text/html", domain.MediaHTML},
		"HTML":                        {html, "a.html", "", domain.MediaHTML},
		"HTML that does not look so":  {"Hello", "a.htm", "text/plain", domain.MediaHTML},
		"HTML by its claim":           {"Hello", "index.php", "text/html; charset=utf-8", domain.MediaHTML},
		"HTML by its looks":           {html, "", "", domain.MediaHTML},
		"HTML by its looks, UTF-16":   {utf16File(html), "", "", domain.MediaHTML},
		"XHTML":                       {"<?xml version='1.0'?><html>", "", "application/xhtml+xml", domain.MediaHTML},
		"text":                        {"a\tb\r\n\fc", "a.txt", "text/html", domain.MediaText},
		"text without a hint":         {"a < b", "", "", domain.MediaText},
		"text with a tag":             {"<htmlx>", "", "", domain.MediaText},
		"text that is a script":       {"#!/bin/sh\nrm -rf /", "a.txt", "", domain.MediaText},
		"text that is an SVG":         {"<svg/>", "a.txt", "", domain.MediaText},
		"CSV that Windows calls XLS":  {"a;b", "a.csv", "application/vnd.ms-excel", domain.MediaText},
		"log":                         {"a", "a.log", "text/x-log", domain.MediaText},
		"JSON":                        {"{}", "a.json", "application/json", domain.MediaText},
		"Latin 1":                     {"caf\xe9", "a.txt", "", domain.MediaText},
		"UTF-16":                      {utf16File("café 🙂"), "a.txt", "", domain.MediaText},
		"UTF-8 with a BOM":            {"\xef\xbb\xbfa", "a.txt", "", domain.MediaText},
		"a bad claim":                 {"a", "", "text/html; ;=", domain.MediaHTML},
		"a name of many kinds of bad": {pdfFile, "../..\\\"a\n\x00<b>" + strings.Repeat("é🙂", 300) + ".pdf", "", domain.MediaPDF},
		"a name without a name":       {pdfFile, "..", "", domain.MediaPDF},
		"a name that is an ending":    {pdfFile, ".txt", "", domain.MediaPDF},
	} {
		found, err := inspect(c.content, c.file, c.claimed)
		if err != nil || found.MediaType != c.want {
			t.Errorf("%s: got %q, %v; want %q", name, found.MediaType, err, c.want)
		}
	}
}

func TestInspectRefuses(t *testing.T) {
	t.Parallel()
	svg := "<?xml version='1.0'?><!-- a --><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	docx := officeFile(t, "word")
	unsupported, mismatch, suspicious := domain.ErrFileUnsupported, domain.ErrFileMismatch, domain.ErrFileSuspicious
	for name, c := range map[string]struct {
		content, file, claimed string
		want                   error
	}{
		"nothing":                          {"", "a.txt", "", domain.ErrFileEmpty},
		"HTML named PDF":                   {"<!doctype html><p>Log in", "a.pdf", "application/pdf", mismatch},
		"HTML said to be PDF":              {"<!doctype html><p>Log in", "", "application/pdf", mismatch},
		"HTML before a PDF":                {"<html><script>alert(1)</script>\n" + pdfFile, "a.pdf", "", mismatch},
		"PDF after 1,024 bytes":            {strings.Repeat(" ", 1024) + pdfFile, "a.pdf", "", mismatch},
		"PNG named PDF":                    {pngFile(t), "a.pdf", "", mismatch},
		"JPEG named PNG":                   {jpegFile(t), "a.png", "", mismatch},
		"JPEG said to be PNG":              {jpegFile(t), "", "image/png", mismatch},
		"PDF named HTML":                   {pdfFile, "a.html", "", mismatch},
		"PDF said to be HTML":              {pdfFile, "a.pdf", "text/html", mismatch},
		"PDF with a newline in its ending": {pdfFile, "a.pdf\n.html", "", mismatch},
		"PDF named as a program":           {pdfFile, "a.pdf.exe", "", unsupported},
		"damaged PNG":                      {pngFile(t)[:20], "a.png", "", mismatch},
		"damaged JPEG":                     {"\xff\xd8\xff\xe0\x00", "a.jpg", "", mismatch},
		"damaged GIF":                      {"GIF89a\x01", "a.gif", "", mismatch},
		"GIF of no pixels":                 {"GIF89a\x00\x00\x00\x00\x00\x00\x00;", "a.gif", "", mismatch},
		"damaged WebP":                     {webpFile(t)[:16], "a.webp", "", mismatch},
		"GIF that is HTML":                 {"GIF89a/*<script>alert(1)</script>", "a.html", "", mismatch},
		"too many pixels":                  {hugePNG(t), "a.png", "", suspicious},
		"SVG":                              {svg, "a.svg", "image/svg+xml", unsupported},
		"SVG by its looks":                 {svg, "", "", unsupported},
		"SVG by its claim":                 {"hello", "", "image/svg+xml", unsupported},
		"SVG named as a page":              {svg, "a.php", "text/xml", unsupported},
		"a program":                        {"MZ\x90\x00\x03\x00", "", "", unsupported},
		"a program named so":               {"MZ\x90\x00\x03\x00", "a.exe", "", unsupported},
		"a program for Linux":              {"\x7fELF\x02\x01\x01\x00", "a", "", unsupported},
		"a program named PDF":              {"MZ\x90\x00\x03\x00", "a.pdf", "", mismatch},
		"a script named so":                {"#!/bin/sh", "a.sh", "", unsupported},
		"an old Word document":             {ole, "a.doc", "", unsupported},
		"an old Word document, unnamed":    {ole, "", "", unsupported},
		"an old Word document named DOCX":  {ole, "a.docx", "", mismatch},
		"text with NUL":                    {"a\x00b", "a.txt", "", mismatch},
		"text with other controls":         {"a\x07b", "a.md", "", mismatch},
		"half a UTF-16 unit":               {"\xff\xfea\x00b", "a.txt", "", mismatch},
		"half a surrogate pair":            {"\xff\xfe\x3d\xd8a\x00", "a.txt", "", mismatch},
		"UTF-32":                           {"\xff\xfe\x00\x00a\x00\x00\x00", "a.txt", "", mismatch},
		"text named PNG":                   {"hello", "a.png", "", mismatch},
		"ZIP named DOCX":                   {zipFile(t, entry{"a.txt", "a"}), "a.docx", "", mismatch},
		"ZIP said to be DOCX":              {zipFile(t, entry{"a.txt", "a"}), "", mediaDOCX, mismatch},
		"XLSX named DOCX":                  {officeFile(t, "xl"), "a.docx", "", mismatch},
		"DOCX named ODT":                   {docx, "a.odt", "", mismatch},
		"DOCX with macros":                 {officeFile(t, "word", entry{"word/vbaProject.bin", "x"}), "a.docx", "", unsupported},
		"DOCM":                             {docx, "a.docm", "", unsupported},
		"JAR":                              {zipFile(t, entry{"META-INF/MANIFEST.MF", "a"}), "a.jar", "", unsupported},
		"truncated ZIP":                    {docx[:len(docx)-30], "a.docx", "", mismatch},
		"damaged entry":                    {strings.Replace(zipFile(t, entry{"a", strings.Repeat("hello", 99)}), "a\xcaH", "a\xff\xff", 1), "a.zip", "", mismatch},
		"encrypted ZIP":                    {withFlag(t, zipFile(t, entry{"a", "a"}), 1), "a.zip", "", mismatch},
		"ZIP that lies":                    {lyingZip(t), "a.zip", "", mismatch},
		"entries that overlap":             {overlappingZip(t), "a.zip", "", suspicious},
		"an entry in an entry":             {quotedZip(t), "a.zip", "", suspicious},
		"too many entries":                 {manyEntries(t, mostEntries+1), "a.zip", "", suspicious},
		"a bomb":                           {zipFile(t, entry{"a", strings.Repeat("\x00", largeUnpacked+1)}), "a.zip", "", suspicious},
		"RAR":                              {"Rar!\x1a\x07\x00", "a.rar", "", unsupported},
	} {
		if found, err := inspect(c.content, c.file, c.claimed); !errors.Is(err, c.want) || found != (contents.Inspection{}) && found.Title != "" {
			t.Errorf("%s: got %+v, %v; want %v", name, found, err, c.want)
		}
	}
}

func TestInspectFindsTitles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, file, claimed, want string }{
		"og:title":            {`<title>b</title><h1>c</h1><meta property="og:title" content=" Charte &amp; règles ">`, "a.html", "", "Charte & règles"},
		"twitter:title":       {`<title>b</title><meta name="Twitter:Title" content="a">`, "a.html", "", "a"},
		"empty og:title":      {`<meta property="og:title" content=" "><title>b</title>`, "a.html", "", "b"},
		"title":               {"<html><title>a\n <b> &lt;</title><h1>b</h1>", "a.html", "", "a <b> <"},
		"title of a drawing":  {"<svg><title>icon</title></svg><h1>a <b>b</b><br>c<script>d</script></h1><h1>e</h1>", "a.html", "", "a b c"},
		"title in Latin 1":    {"<meta charset=iso-8859-1><title>caf\xe9</title>", "a.html", "", "café"},
		"title as served":     {"<title>\xf0\xd2</title>", "a.html", "text/html; charset=koi8-r", "Пр"},
		"late UTF-8":          {"<title>" + strings.Repeat(" ", 2000) + "été</title>", "a.html", "", "été"},
		"no title":            {"<p>a", "a.html", "", ""},
		"heading":             {"text\n\n## b\n\n#  A *b* `c` [d](e) &amp; \\# ![f](g) #\n", "a.md", "", "A b c d & # f"},
		"underlined heading":  {"A **b**\n=====\n", "a.md", "", "A b"},
		"heading in a fence":  {"```\n# a\n```\n# b", "a.md", "", "b"},
		"front matter":        {"---\r\nlayout: x\r\ntitle: \"A: b\" # c\r\n---\r\n# d", "a.md", "", "A: b"},
		"plain front matter":  {"---\ntitle: A b # c\n---\n", "a.md", "", "A b"},
		"folded front matter": {"---\ntitle: >\n  A\n---\n# b", "a.md", "", "b"},
		"no front matter":     {"---\ntitle: a\n# b", "a.md", "", "b"},
		"only a hashtag":      {"#a\n", "a.md", "", ""},
		"text":                {"# a", "a.txt", "", ""},
		"PDF":                 {pdfFile, "", "", ""},
		"DOCX":                {officeFile(t, "word"), "", "", "Réglement & more"},
		"ODT":                 {openDocument(t, mediaODT), "", "", "Notice"},
		"ZIP":                 {officeFile(t, "word"), "a.zip", "", ""},
		"DOCX, damaged":       {zipFile(t, entry{"[Content_Types].xml", ""}, entry{"word/a", ""}, entry{"docProps/core.xml", "<a"}), "", "", ""},
		"DOCX, large":         {zipFile(t, entry{"[Content_Types].xml", ""}, entry{"word/a", ""}, entry{"docProps/core.xml", coreTitle + strings.Repeat(" ", mostProperties)}), "", "", ""},
	} {
		if found, err := inspect(c.content, c.file, c.claimed); err != nil || found.Title != c.want {
			t.Errorf("%s: got %q, %v; want %q", name, found.Title, err, c.want)
		}
	}
}

// counted counts what is read.
type counted struct {
	io.ReaderAt
	bytes int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	c.bytes += len(p)
	return c.ReaderAt.ReadAt(p, off)
}

func TestInspectReadsLittle(t *testing.T) {
	t.Parallel()
	content := "# a\n" + strings.Repeat("é", 4<<20)
	r := &counted{ReaderAt: strings.NewReader(content)}
	if _, err := (Inspector{}).Inspect(r, int64(len(content)), "a.md", ""); err != nil || r.bytes > readText+sniffed {
		t.Errorf("read %d bytes, %v", r.bytes, err)
	}
}

func TestInspectSaysWhenReadingFails(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := (Inspector{}).Inspect(f, 10, "a.zip", ""); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	short := strings.NewReader(zipFile(t))
	if _, err := (Inspector{}).Inspect(short, 1000, "a.zip", ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file shorter than its size: %v", err)
	}
}

func FuzzInspect(f *testing.F) {
	for _, seed := range []string{
		pdfFile, pngFile(f), jpegFile(f), gifFile(f), webpFile(f), officeFile(f, "word"), openDocument(f, mediaODT), zipFile(f), lyingZip(f), overlappingZip(f), quotedZip(f),
		"<!doctype html><title>a", "---\ntitle: a\n---\n# b", utf16File("a"), "<svg>",
	} {
		for _, name := range []string{"", "a.md", "a.html", "a.zip"} {
			f.Add([]byte(seed), name, "text/html; charset=utf-16")
		}
	}
	f.Fuzz(func(t *testing.T, content []byte, name, claimed string) {
		found, err := inspect(string(content), name, claimed)
		known := errors.Is(err, domain.ErrFileEmpty) || errors.Is(err, domain.ErrFileUnsupported) || errors.Is(err, domain.ErrFileMismatch) || errors.Is(err, domain.ErrFileSuspicious)
		if err != nil && !known || err == nil && found.MediaType == "" {
			t.Errorf("got %+v, %v", found, err)
		}
		if err != nil && strings.Contains(err.Error(), "panic") {
			t.Error(err)
		}
		if found.Title != domain.CleanTitle(found.Title) {
			t.Errorf("a title that is not clean: %q", found.Title)
		}
	})
}
