package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// bomb is an archive of zeros that unpacks to a gigabyte.
func bomb(t testing.TB) string {
	t.Helper()
	const pieces = 500 // of a MiB each
	var deflated bytes.Buffer
	out, err := flate.NewWriter(&deflated, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	var ends []int // of the first piece, the second, and the end mark
	for range 2 {
		_, err = out.Write(zeros)
		err = errors.Join(err, out.Flush())
		ends = append(ends, deflated.Len())
	}
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	// All further pieces are compressed as the second is: to compress them would take a minute with the race detector.
	b := deflated.Bytes()
	content := slices.Concat(b[:ends[0]], bytes.Repeat(b[ends[0]:ends[1]], pieces-1), b[ends[1]:])
	sum := crc32.NewIEEE()
	for range pieces {
		_, _ = sum.Write(zeros)
	}
	var archive bytes.Buffer
	files := zip.NewWriter(&archive)
	for _, name := range []string{"[Content_Types].xml", "word/document.xml"} {
		w, err := files.CreateRaw(&zip.FileHeader{
			Name: name, Method: zip.Deflate, CRC32: sum.Sum32(), CompressedSize64: uint64(len(content)), UncompressedSize64: pieces << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.String()
}

func TestFilesThatAreNotWhatTheySayLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	files := t.TempDir()
	s := serveIt(t, append(withDatabase(t, db), "ACKIFY_STORAGE_DIR="+files, "ACKIFY_STORAGE_MAX_SIZE_MB=2")...)
	author := loggedIn(t, s, "author@example.com", "author")
	for name, c := range map[string]struct {
		file file
		code string
	}{
		"empty":              {file{"a.pdf", "application/pdf", ""}, "file.empty"},
		"too large":          {file{"a.txt", "text/plain", strings.Repeat("x", 2<<20+1)}, "file.too_large"},
		"far too large":      {file{"a.txt", "text/plain", strings.Repeat("x", 4<<20)}, "file.too_large"},
		"a PDF that is HTML": {file{"a.pdf", "application/pdf", "<!doctype html><script>alert(1)</script>"}, "file.type_mismatch"},
		"a PNG that is none": {file{"a.png", "image/png", "just words"}, "file.type_mismatch"},
		"SVG with script":    {file{"a.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`}, "file.type_unsupported"},
		"a program":          {file{"a.exe", "application/octet-stream", "MZ\x90\x00\x03\x00\x00\x00"}, "file.type_unsupported"},
		"a zip bomb":         {file{"a.docx", "", bomb(t)}, "file.suspicious"},
		"no file":            {file{}, "file.missing"},
	} {
		if a := author.upload("/documents/upload", c.file); a.code() != c.code {
			t.Errorf("%s: %d %s, want %s", name, a.status, a.body, c.code)
		}
	}
	for name, a := range map[string]answer{
		"twice":              author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "title", "A", "title", "B"),
		"a strange field":    author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "docId", "x"),
		"odd options":        author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "reader", `{"mode":"somehow"}`),
		"unknown options":    author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "reader", `{"shape":"round"}`),
		"an odd algorithm":   author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "checksumAlgorithm", "CRC"),
		"an invisible title": author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "title", "a\u202eb"),
	} {
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := author.send(http.MethodPost, "/api/v1/documents/upload", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\ncut of", "Content-Type", "multipart/form-data; boundary=x", "X-CSRF-Token", csrfOf(t, author)); a.code() != "upload.malformed" {
		t.Errorf("no form: %d %s", a.status, a.body)
	}
	if a := author.change(http.MethodPost, "/documents/upload", object{"file": "x"}); a.status/100 != 4 {
		t.Errorf("JSON: %d %s", a.status, a.body)
	}
	if left := kept(t, files); len(left) > 0 {
		t.Errorf("left in the storage: %v", left)
	}
	if left := kept(t, filepath.Join(dataDirOf(s), "spool")); len(left) > 0 {
		t.Errorf("left in the spool: %v", left)
	}
	for _, name := range []string{`a "quoted".txt`, "two\nlines.txt", "../../etc/passwd.txt", strings.Repeat("n", 300) + ".txt", "📄🙂.txt", `C:\x\y.txt`, ".txt", "name"} {
		var made detail
		author.upload("/documents/upload", file{name, "text/plain", "content of " + name}).want(t, http.StatusCreated).into(t, &made)
		if made.Title == "" || strings.ContainsAny(made.Content.FileName, "/\\\"\n") || len([]rune(made.Content.FileName)) > 160 {
			t.Errorf("%q became %q, %q", name, made.Title, made.Content.FileName)
		}
		d := author.get("/documents/"+made.DocID+"/content?download=true").want(t, http.StatusOK)
		if h := d.header.Get("Content-Disposition"); !strings.HasPrefix(h, "attachment; filename") || strings.ContainsAny(h, "\n") {
			t.Errorf("%q: %q", name, h)
		}
	}
}

func csrfOf(t testing.TB, c *client) string {
	t.Helper()
	var csrf struct{ Token string }
	c.get("/csrf").want(t, http.StatusOK).into(t, &csrf)
	return csrf.Token
}

func dataDirOf(s *server) string {
	for _, v := range s.env {
		if dir, found := strings.CutPrefix(v, "ACKIFY_DATA_DIR="); found {
			return dir
		}
	}
	return ""
}

func TestAStorageThatIsGoneOrDamagedIsSaid(t *testing.T) {
	t.Parallel()
	files := filepath.Join(t.TempDir(), "files")
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), "ACKIFY_STORAGE_DIR="+files)...)
	author := loggedIn(t, s, "author@example.com", "author")
	var made detail
	author.upload("/documents/upload", file{"a.txt", "text/plain", "the words"}).want(t, http.StatusCreated).into(t, &made)
	content := "/documents/" + made.DocID + "/content"
	author.get(content).want(t, http.StatusOK)

	stored := kept(t, files)
	if len(stored) != 1 {
		t.Fatalf("stored: %v", stored)
	}
	if err := os.WriteFile(stored[0], []byte("other ones"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := author.get(content); a.code() != "content.damaged" || strings.Contains(string(a.body), "other ones") {
		t.Errorf("damaged: %d %s", a.status, a.body)
	}
	if a := author.send(http.MethodGet, "/api/v1"+content, nil, "Range", "bytes=0-3"); a.code() != "content.damaged" {
		t.Errorf("a range of it: %d %s", a.status, a.body)
	}
	if err := os.Remove(stored[0]); err != nil {
		t.Fatal(err)
	}
	if a := author.get(content); a.code() != "content.missing" {
		t.Errorf("gone: %d %s", a.status, a.body)
	}
	// Bringing the same bytes again mends it, also what is damaged.
	author.upload("/documents/upload", file{"b.txt", "text/plain", "the words"}).want(t, http.StatusCreated)
	if err := os.WriteFile(stored[0], []byte("thE words"), 0o600); err != nil {
		t.Fatal(err)
	}
	author.upload("/documents/upload", file{"b.txt", "text/plain", "the words"}).want(t, http.StatusCreated)
	author.get(content).want(t, http.StatusOK)

	if err := os.RemoveAll(files); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := len(listed(t, author))
	if a := author.upload("/documents/upload", file{"c.txt", "text/plain", "more words"}); a.status != http.StatusServiceUnavailable || a.code() != "storage.unavailable" {
		t.Errorf("no storage: %d %s", a.status, a.body)
	}
	if after := len(listed(t, author)); after != before {
		t.Errorf("there are %d documents, were %d", after, before)
	}
}

func listed(t testing.TB, c *client) []detail {
	t.Helper()
	var page struct{ Items []detail }
	c.get("/documents?limit=100").want(t, http.StatusOK).into(t, &page)
	return page.Items
}

// site is what is at an address.
type site struct {
	page atomic.Pointer[string]
	kind atomic.Pointer[string]
	hits atomic.Int64
}

func (s *site) show(kind, page string) { s.kind.Store(&kind); s.page.Store(&page) }

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.hits.Add(1)
	if r.URL.Path == "/gone" || s.page.Load() == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", *s.kind.Load())
	_, _ = w.Write([]byte(*s.page.Load()))
}

func TestWhatIsAtAnAddressIsFixedAndWatched(t *testing.T) {
	t.Parallel()
	at := &site{}
	at.show("application/pdf", tinyPDF)
	web := httptest.NewServer(at)
	t.Cleanup(web.Close)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), "ACKIFY_FETCH=true", "ACKIFY_FETCH_ALLOWED_HOSTS="+strings.TrimPrefix(web.URL, "http://"),
		"ACKIFY_FETCH_TIMEOUT_SECONDS=5")...)
	author, reader := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "reader@example.com", "signer")

	var preview struct {
		Title, Checksum, DocID string
		Content                *struct{ Kind string }
		Problem                *struct{ Code string }
		Reader                 *struct{ Mode string }
	}
	address := web.URL + "/files/Travel%20policy.pdf"
	author.post("/documents/preview", object{"reference": address}).want(t, http.StatusOK).into(t, &preview)
	if preview.Title != "Travel policy" || preview.Checksum != sum256(tinyPDF) || preview.Content == nil || preview.Reader.Mode != "integrated" || len(listed(t, author)) != 0 {
		t.Errorf("preview: %+v", preview)
	}
	var made detail
	author.post("/documents", object{"reference": address}).want(t, http.StatusCreated).into(t, &made)
	if made.Title != "Travel policy" || made.Checksum != sum256(tinyPDF) || made.Reader.Mode != "integrated" || made.Remote == nil || made.Remote.State != "same" {
		t.Fatalf("made %+v", made)
	}
	hits := at.hits.Load()
	author.post("/documents", object{"reference": address + "#page=2"}).want(t, http.StatusOK)
	if at.hits.Load() != hits {
		t.Error("finding a document looks at its address")
	}

	changed := tinyPDF + "% changed\n"
	at.show("application/pdf", changed)
	if got := reader.get("/documents/"+made.DocID+"/content").want(t, http.StatusOK); string(got.body) != tinyPDF {
		t.Error("what was fixed is not what is shown")
	}
	var check struct {
		IsValid            bool
		CalculatedChecksum string
		Error              *struct{ Code string }
	}
	verify := func(c *client) answer {
		return c.post("/documents/"+made.DocID+"/checksum-verifications", object{"source": "remote"})
	}
	if a := verify(reader); a.code() != "document.edit_forbidden" {
		t.Errorf("a reader looks: %d %s", a.status, a.body)
	}
	verify(author).want(t, http.StatusCreated).into(t, &check)
	if d := author.detail(t, made.DocID); check.IsValid || check.CalculatedChecksum != sum256(changed) || d.Remote.State != "changed" || d.Remote.FoundChecksum != sum256(changed) {
		t.Errorf("changed: %+v %+v", check, d.Remote)
	}
	if d := reader.detail(t, made.DocID); d.Remote != nil {
		t.Errorf("a reader sees %+v", d.Remote)
	}
	author.post("/documents/"+made.DocID+"/revisions", object{"change": "material", "refresh": true}).want(t, http.StatusCreated).into(t, &made)
	if made.Revision != 2 || made.Checksum != sum256(changed) || made.Remote.State != "same" || made.Remote.FoundChecksum != "" {
		t.Errorf("refreshed: %+v", made)
	}
	if a := author.post("/documents/"+made.DocID+"/revisions", object{"change": "material", "refresh": true}); a.code() != "revision.unchanged" {
		t.Errorf("refreshed again: %d %s", a.status, a.body)
	}

	// A web page that is never twice the same, with the same words.
	at.show("text/html; charset=utf-8", `<html><head><title>Travel &amp; more</title><meta property="og:title" content="Travel"></head><body><h1>Travel</h1><p>`+strings.Repeat("Go by train. ", 20)+`</p><i data-nonce="1"></i></body></html>`)
	var page detail
	author.post("/documents", object{"reference": web.URL + "/wiki/Travel"}).want(t, http.StatusCreated).into(t, &page)
	if page.Title != "Travel" || page.Reader.Mode != "external" || page.Content.Kind != "html" {
		t.Errorf("page: %+v", page)
	}
	at.show("text/html; charset=utf-8", `<html><head><title>Travel</title></head><body><h1>Travel</h1><p>`+strings.Repeat("Go by train. ", 20)+`</p><i data-nonce="2"></i></body></html>`)
	author.post("/documents/"+page.DocID+"/checksum-verifications", object{"source": "remote"}).want(t, http.StatusCreated).into(t, &check)
	if !check.IsValid {
		t.Errorf("the same words: %+v", check)
	}
	at.show("text/html; charset=utf-8", `<html><body><h1>Travel</h1><p>`+strings.Repeat("Go by train. ", 20)+`</p><a href="/other">.</a></body></html>`)
	author.post("/documents/"+page.DocID+"/checksum-verifications", object{"source": "remote"}).want(t, http.StatusCreated).into(t, &check)
	if check.IsValid {
		t.Error("a page that leads elsewhere is the same")
	}

	// What cannot be had does not hinder creating, and is said.
	for reference, code := range map[string]string{
		web.URL + "/gone": "url.status", "http://127.0.0.1:1/x": "url.refused", "http://10.0.0.7/wiki": "url.refused", "http://[::1]/x": "url.refused",
		"http://2130706433/": "url.refused", "http://169.254.169.254/latest/meta-data": "url.refused", "http://localhost/x": "url.refused",
	} {
		var d detail
		author.post("/documents", object{"reference": reference, "title": "T"}).want(t, http.StatusCreated).into(t, &d)
		if d.Remote == nil || d.Remote.State != "unreachable" || d.Remote.Problem == nil || d.Remote.Problem.Code != code || d.Content != nil {
			t.Errorf("%s: %+v", reference, d.Remote)
		}
		if a := author.post("/documents/"+d.DocID+"/revisions", object{"change": "material", "refresh": true}); a.code() != code {
			t.Errorf("%s, refreshed: %d %s", reference, a.status, a.body)
		}
	}
	at.show("text/plain", "words")
	if a := author.post("/documents", object{"reference": web.URL + "/other", "checksum": sum256("other words")}); a.code() != "checksum.mismatch" {
		t.Errorf("another checksum: %d %s", a.status, a.body)
	}
	verified(t, s)
}

func TestSomebodysFileIsComparedAndTheOutcomeKept(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author, reader := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "reader@example.com", "signer")
	var doc detail
	if a := author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "checksumAlgorithm", "MD5"); a.code() != "checksum.algorithm_invalid" {
		t.Errorf("a new MD5: %d %s", a.status, a.body)
	}
	author.post("/documents", object{"reference": "legacy-file", "checksum": strings.Repeat("ab", 16), "checksumAlgorithm": "MD5"}).want(t, http.StatusCreated).into(t, &doc)
	if doc.ChecksumAlgorithm != "MD5" || len(doc.Checksum) != 32 {
		t.Fatalf("made %+v", doc)
	}
	path := "/documents/" + doc.DocID + "/checksum-verifications"
	var check struct {
		ID                                    int64
		IsValid                               bool
		VerifiedBy, StoredChecksum, Algorithm string
	}
	reader.post(path, object{"calculatedChecksum": strings.ToUpper(doc.Checksum)}).want(t, http.StatusCreated).into(t, &check)
	if !check.IsValid || check.VerifiedBy != "Name of reader@example.com" || check.StoredChecksum != doc.Checksum || check.Algorithm != "MD5" {
		t.Errorf("checked %+v", check)
	}
	author.post(path, object{"calculatedChecksum": strings.Repeat("0", 32)}).want(t, http.StatusCreated).into(t, &check)
	if check.IsValid {
		t.Error("another file is the document")
	}
	for body, code := range map[string]string{`{"calculatedChecksum":"xyz"}`: "checksum.invalid", `{}`: "checksum.invalid", `{"source":"remote"}`: "url.none"} {
		if a := author.post(path, body); a.code() != code {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	count := func(c *client) int {
		var page struct{ Items []struct{ ID int64 } }
		c.get(path).want(t, http.StatusOK).into(t, &page)
		return len(page.Items)
	}
	if a, r := count(author), count(reader); a != 2 || r != 1 {
		t.Errorf("the author sees %d, the reader %d", a, r)
	}
	author.document(t, "bare-reference")
	if a := reader.post("/documents/bare-reference/checksum-verifications", object{"calculatedChecksum": sum256("x")}); a.code() != "checksum.none" {
		t.Errorf("no checksum: %d %s", a.status, a.body)
	}
}

func TestOnlyThoseWhoWereAskedReadWhereTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, append(withDatabase(t, db), "ACKIFY_DOCUMENT_ACCESS=expected")...)
	author, asked, stranger := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "asked@example.com", "signer"), loggedIn(t, s, "stranger@example.com", "signer")
	auditor := loggedIn(t, s, "auditor@example.com", "auditor")
	var doc detail
	author.upload("/documents/upload", file{"a.txt", "text/plain", "words"}, "reference", "secret-plan").want(t, http.StatusCreated).into(t, &doc)
	run(t, db.Owner, "INSERT INTO expected_signers (doc_id, email, added_by) VALUES ('secret-plan', 'asked@example.com', 'author')")
	paths := []string{"", "/content", "/rendition", "/revisions", "/revisions/1/difference?from=1", "/checksum-verifications"}
	for _, path := range paths {
		for name, c := range map[string]*client{"author": author, "asked": asked, "auditor": auditor} {
			if a := c.get("/documents/secret-plan" + path); a.status != http.StatusOK {
				t.Errorf("%s, %s: %d %s", name, path, a.status, a.body)
			}
		}
		if a := stranger.get("/documents/secret-plan" + path); a.code() != "document.access_forbidden" || strings.Contains(string(a.body), "words") {
			t.Errorf("stranger, %s: %d %s", path, a.status, a.body)
		}
	}
	for _, a := range []answer{
		stranger.get("/documents?reference=secret-plan"), stranger.post("/signatures", object{"docId": "secret-plan"}),
		stranger.post("/documents/secret-plan/checksum-verifications", object{"calculatedChecksum": doc.Checksum}),
	} {
		if a.code() != "document.access_forbidden" {
			t.Errorf("stranger: %d %s", a.status, a.body)
		}
	}
	author.post("/documents/secret-plan/signers", object{"signers": []object{{"email": "stranger@example.com"}}}).want(t, http.StatusOK)
	stranger.get("/documents/secret-plan").want(t, http.StatusOK)
	author.change(http.MethodDelete, "/documents/secret-plan/signers/stranger@example.com", nil).want(t, http.StatusNoContent)
	if a := stranger.get("/documents/secret-plan"); a.code() != "document.access_forbidden" {
		t.Errorf("who was withdrawn: %d %s", a.status, a.body)
	}
	if _, a := asked.sign("secret-plan"); a.status != http.StatusCreated {
		t.Errorf("asked: %d %s", a.status, a.body)
	}
	run(t, db.Owner, "DELETE FROM expected_signers")
	if a := asked.get("/documents/secret-plan"); a.status != http.StatusOK {
		t.Errorf("who has signed no longer sees it: %d %s", a.status, a.body)
	}
}

// run runs a statement as somebody with all rights.
func run(t testing.TB, dsn, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), statement)
	if closeErr := conn.Close(t.Context()); err != nil || closeErr != nil {
		t.Fatal(err, closeErr)
	}
}

// Whoever signs while a revision opens has signed the one that was current at that place in the ledger, or is told to read the new one.
func TestNobodySignsARevisionThatIsNoLongerCurrent(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	one := serveIt(t, withDatabase(t, db)...)
	two := serveIt(t, withDatabase(t, db)...)
	author := loggedIn(t, one, "author@example.com", "author")
	people := signers(t, 12, one, two)
	author.document(t, "moving")
	var work sync.WaitGroup
	work.Go(func() {
		for i := range 10 {
			author.post("/documents/moving/revisions", object{"change": "material", "title": fmt.Sprintf("Title %d", i)}).want(t, http.StatusCreated)
		}
	})
	for _, p := range people {
		work.Go(func() {
			for range 8 {
				if _, a := p.sign("moving"); a.err != nil || a.status != http.StatusCreated && a.status != http.StatusOK && a.code() != "signature.revision_outdated" {
					t.Errorf("signing: %d %s %v", a.status, a.body, a.err)
				}
			}
		})
	}
	work.Wait()
	conn, err := pgx.Connect(t.Context(), db.Owner)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "SELECT payload FROM ledger_entries ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	payloads, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		t.Fatal(err)
	}
	current, signed := "", 0
	for _, raw := range payloads {
		p, err := proof.ParsePayload(raw)
		if err != nil {
			t.Fatal(err)
		}
		switch p.Type {
		case proof.TypeRevision:
			current = p.Doc.Revision
		case proof.TypeSignature:
			if signed++; p.Doc.Revision != current {
				t.Errorf("entry %d signs revision %s while %s is current", p.Seq, p.Doc.Revision, current)
			}
		}
	}
	if current != "11" || signed == 0 {
		t.Errorf("revision %s, %d signatures", current, signed)
	}
	var wrong int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM signature_counts c
		WHERE signatures <> (SELECT count(*) FROM signatures s WHERE s.doc_id = c.doc_id AND s.revision = c.revision)`).Scan(&wrong); err != nil || wrong != 0 {
		t.Errorf("%d counts are wrong, %v", wrong, err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	verified(t, one)
}

func TestTheSameContentAtOnceAndTheSameAddressAtOnce(t *testing.T) {
	t.Parallel()
	files := t.TempDir()
	at := &site{}
	at.show("text/plain", "the words at the address")
	web := httptest.NewServer(at)
	t.Cleanup(web.Close)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), "ACKIFY_STORAGE_DIR="+files, "ACKIFY_FETCH=true",
		"ACKIFY_FETCH_ALLOWED_HOSTS="+strings.TrimPrefix(web.URL, "http://"))...)
	author := loggedIn(t, s, "author@example.com", "author")
	var work sync.WaitGroup
	ids := make([]string, 12)
	for i := range ids {
		work.Go(func() {
			var d detail
			if i%2 == 0 {
				author.upload("/documents/upload", file{"a.txt", "text/plain", "the same words"}).want(t, http.StatusCreated).into(t, &d)
				return
			}
			if a := author.post("/documents", object{"reference": web.URL + "/policy"}); a.status == http.StatusOK || a.status == http.StatusCreated {
				a.into(t, &d)
			}
			ids[i] = d.DocID
		})
	}
	work.Wait()
	for i := 3; i < len(ids); i += 2 {
		if ids[i] == "" || ids[i] != ids[1] {
			t.Errorf("the address became %q and %q", ids[1], ids[i])
		}
	}
	if stored := kept(t, files); len(stored) != 2 {
		t.Errorf("stored: %v", stored)
	}
}
