package content

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"unicode/utf16"
)

const pdfFile = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

func pngFile(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hugePNG states its size as 20,000 × 20,000 pixels.
func hugePNG(t testing.TB) string {
	t.Helper()
	b := []byte(pngFile(t))
	binary.BigEndian.PutUint32(b[16:], 20_000)
	binary.BigEndian.PutUint32(b[20:], 20_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return string(b)
}

func jpegFile(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2)), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gifFile(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2)), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func webpFile(t testing.TB) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// entry is a file in an archive.
type entry struct{ name, content string }

func zipFile(t testing.TB, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		method := zip.Deflate
		if e.name == "mimetype" {
			method = zip.Store
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const coreTitle = `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ` +
	`xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Réglement  &amp; more</dc:title></cp:coreProperties>`

func officeFile(t testing.TB, folder string, more ...entry) string {
	t.Helper()
	return zipFile(t, append([]entry{{"[Content_Types].xml", "<Types/>"}, {folder + "/document.xml", "<w/>"}, {"docProps/core.xml", coreTitle}}, more...)...)
}

func openDocument(t testing.TB, media string) string {
	t.Helper()
	meta := `<office:document-meta xmlns:office="urn:o" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Notice</dc:title></office:document-meta>`
	return zipFile(t, entry{"mimetype", media}, entry{"content.xml", "<c/>"}, entry{"meta.xml", meta})
}

// directory returns where the archive's first directory record is.
func directory(t testing.TB, archive string) int {
	t.Helper()
	at := strings.Index(archive, "PK\x01\x02")
	if at < 0 {
		t.Fatal("no directory")
	}
	return at
}

// lyingZip says in its directory, and after the entry, that what it unpacks to is smaller.
func lyingZip(t testing.TB) string {
	t.Helper()
	b := []byte(zipFile(t, entry{"a.txt", strings.Repeat("a", 1<<20)}))
	binary.LittleEndian.PutUint32(b[directory(t, string(b))+24:], 10)
	return string(b)
}

// overlappingZip has two directory records of one entry.
func overlappingZip(t testing.TB) string {
	t.Helper()
	archive := zipFile(t, entry{"a.txt", strings.Repeat("a", 1000)})
	at, end := directory(t, archive), strings.Index(archive, "PK\x05\x06")
	record := archive[at:end]
	tail := []byte(archive[end:])
	binary.LittleEndian.PutUint16(tail[8:], 2)
	binary.LittleEndian.PutUint16(tail[10:], 2)
	binary.LittleEndian.PutUint32(tail[12:], uint32(2*len(record)))
	return archive[:at] + record + record + string(tail)
}

// quotedZip has an entry whose data holds a whole other entry, which the directory also names (Fifield's bomb).
func quotedZip(t testing.TB) string {
	t.Helper()
	inner := zipFile(t, entry{"b.txt", "b"})
	local := inner[:directory(t, inner)]
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	outer, err := w.CreateHeader(&zip.FileHeader{Name: "a.txt", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := outer.Write([]byte(local)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	archive := b.String()
	at, end := directory(t, archive), strings.Index(archive, "PK\x05\x06")
	record := []byte(inner[directory(t, inner):strings.Index(inner, "PK\x05\x06")])
	binary.LittleEndian.PutUint32(record[42:], uint32(strings.Index(archive, local)))
	tail := []byte(archive[end:])
	binary.LittleEndian.PutUint16(tail[8:], 2)
	binary.LittleEndian.PutUint16(tail[10:], 2)
	binary.LittleEndian.PutUint32(tail[12:], uint32(end-at+len(record)))
	return archive[:end] + string(record) + string(tail)
}

// withFlag sets bits of the general purpose flag in the directory.
func withFlag(t testing.TB, archive string, flag byte) string {
	t.Helper()
	b := []byte(archive)
	b[directory(t, archive)+8] |= flag
	return string(b)
}

func manyEntries(t testing.TB, n int) string {
	t.Helper()
	entries := make([]entry, n)
	for i := range entries {
		entries[i] = entry{name: "a"}
	}
	return zipFile(t, entries...)
}

func utf16File(s string) string {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}
