package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// tinyPDF is one empty page.
const tinyPDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n"

// file is a file to send.
type file struct{ name, kind, content string }

// upload sends a file with other fields before and after it: those whose names begin with "+" come after.
func (c *client) upload(path string, f file, fields ...string) answer {
	var csrf struct{ Token string }
	a := c.get("/csrf")
	if err := json.Unmarshal(a.body, &csrf); err != nil {
		return answer{err: err}
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	field := func(after bool) {
		for i := 0; i+1 < len(fields); i += 2 {
			if name, late := strings.CutPrefix(fields[i], "+"); late == after {
				_ = form.WriteField(name, fields[i+1])
			}
		}
	}
	field(false)
	if f.name != "" {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", multipart.FileContentDisposition("file", f.name))
		h.Set("Content-Type", f.kind)
		part, err := form.CreatePart(h)
		if err != nil {
			return answer{err: err}
		}
		_, _ = part.Write([]byte(f.content))
	}
	field(true)
	_ = form.Close()
	return c.send(http.MethodPost, "/api/v1"+path, body.String(), "Content-Type", form.FormDataContentType(), "X-CSRF-Token", csrf.Token)
}

func sum256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// detail is a document as the API gives it.
type detail struct {
	DocID, Reference, Title, URL, Description, Checksum, ChecksumAlgorithm string
	Revision, MaterialRevision, SignatureCount                             int
	DeletedAt                                                              string
	CanEdit, CanManage                                                     bool
	Reader                                                                 struct {
		Mode                                 string
		Download, FullRead, ChecksumRequired bool
	}
	Content *struct {
		Kind, MediaType, FileName string
		Size                      int64
	}
	Remote *struct {
		State, FoundChecksum string
		Recheck              bool
		Problem              *struct{ Code string }
	}
	MySignature, MyEarlierSignature *signature
	Service                         *struct{ ID, Name string }
}

func (c *client) detail(t testing.TB, docID string) (d detail) {
	t.Helper()
	c.get("/documents/"+docID).want(t, http.StatusOK).into(t, &d)
	return d
}

func TestAFileBecomesADocumentThatIsSignedAsItWasShown(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author, reader := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "reader@example.com", "signer")

	var made detail
	author.upload("/documents/upload", file{"Security_policy 2026.pdf", "application/pdf", tinyPDF}, "+description", "Read it.",
		"+reader", `{"fullRead": true, "checksumRequired": true}`).want(t, http.StatusCreated).into(t, &made)
	if made.Title != "Security policy 2026" || made.Checksum != sum256(tinyPDF) || made.ChecksumAlgorithm != "SHA-256" || made.Description != "Read it." ||
		made.Content == nil || made.Content.Kind != "pdf" || made.Content.Size != int64(len(tinyPDF)) || made.Content.FileName != "Security_policy 2026.pdf" ||
		made.Reader.Mode != "integrated" || !made.Reader.FullRead || !made.Reader.ChecksumRequired || !made.Reader.Download || !made.CanEdit {
		t.Fatalf("made %+v", made)
	}
	path := "/documents/" + made.DocID

	content := reader.get(path+"/content").want(t, http.StatusOK)
	if string(content.body) != tinyPDF || content.header.Get("Content-Type") != "application/pdf" || content.header.Get("Repr-Digest") == "" ||
		!strings.Contains(content.header.Get("Content-Security-Policy"), "sandbox") || content.header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(content.header.Get("Content-Disposition"), "inline") || content.header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("content: %q %v", content.body, content.header)
	}
	if part := reader.send(http.MethodGet, "/api/v1"+path+"/content", nil, "Range", "bytes=0-7").want(t, http.StatusPartialContent); string(part.body) != "%PDF-1.4" {
		t.Errorf("range: %q", part.body)
	}
	if again := reader.send(http.MethodGet, "/api/v1"+path+"/content", nil, "If-None-Match", content.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("conditional: %d", again.status)
	}
	if d := reader.get(path+"/content?download=true").want(t, http.StatusOK).header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
		t.Errorf("download: %q", d)
	}
	reader.get(path+"/rendition").want(t, http.StatusNotFound)

	sign := func(more object) answer {
		body := object{"docId": made.DocID, "revision": 1}
		for k, v := range more {
			body[k] = v
		}
		return reader.post("/signatures", body)
	}
	read := object{"pages": 3, "pagesSeen": 3, "seconds": 61}
	for name, c := range map[string]struct {
		body   object
		status int
		code   string
	}{
		"something else was shown": {object{"displayedChecksum": sum256("another"), "reading": read}, 409, "signature.document_changed"},
		"nobody knows what":        {object{"reading": read}, 409, "signature.checksum_missing"},
		"not read to the end":      {object{"displayedChecksum": made.Checksum, "reading": object{"pages": 3, "pagesSeen": 2, "seconds": 5}}, 422, "reading.incomplete"},
		"nothing said of reading":  {object{"displayedChecksum": made.Checksum}, 422, "reading.incomplete"},
		"no pages at all":          {object{"displayedChecksum": made.Checksum, "reading": object{"pages": 0, "pagesSeen": 0, "seconds": 5}}, 422, "reading.incomplete"},
		"more than there is":       {object{"displayedChecksum": made.Checksum, "reading": object{"pages": 3, "pagesSeen": 4, "seconds": 5}}, 422, "reading.invalid"},
		"half a number":            {object{"displayedChecksum": made.Checksum, "reading": object{"pages": 3.5, "pagesSeen": 3, "seconds": 5}}, 422, "request.invalid"},
	} {
		if a := sign(c.body); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	var signed signature
	sign(object{"displayedChecksum": strings.ToUpper(made.Checksum), "reading": read}).want(t, http.StatusCreated).into(t, &signed)
	receipt := string(reader.receipt(t, signed))
	payload := payloadOf(t, receipt)
	for _, part := range []string{
		`"reading":{"displayed_checksum":"` + made.Checksum + `","pages":"3","pages_seen":"3","seconds":"61"}`,
		`"checksum":"` + made.Checksum + `","checksum_algorithm":"SHA-256"`,
	} {
		if !strings.Contains(payload, part) {
			t.Errorf("%s is not in what was signed: %s", part, payload)
		}
	}
	if d := reader.detail(t, made.DocID); d.MySignature == nil || d.CanEdit {
		t.Errorf("after signing: %+v", d)
	}
	verified(t, s)
}

// verified runs the check of the whole ledger.
func verified(t testing.TB, s *server) {
	t.Helper()
	if out, errs, status := execute(t, s.env, "", "verify", "ledger"); status != 0 && status != 2 || strings.Contains(out, "disproven") {
		t.Errorf("verify ledger: %d %s %s", status, out, errs)
	}
}

func TestRevisionsAskAgainOrDoNot(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author, reader, other := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "reader@example.com", "signer"), loggedIn(t, s, "other@example.com", "author")
	admin, auditor := loggedIn(t, s, "admin@example.com", "admin"), loggedIn(t, s, "auditor@example.com", "auditor")

	var doc detail
	author.upload("/documents/upload", file{"rules.md", "text/markdown", "# House rules\n\nBe kind.\n"}, "reference", "house-rules").
		want(t, http.StatusCreated).into(t, &doc)
	if doc.DocID != "house-rules" || doc.Title != "House rules" || doc.Content.Kind != "markdown" {
		t.Fatalf("made %+v", doc)
	}
	page := reader.get("/documents/house-rules/rendition").want(t, http.StatusOK)
	if !strings.Contains(string(page.body), "<h1") || !strings.Contains(page.header.Get("Content-Security-Policy"), "sandbox allow-same-origin") ||
		page.header.Get("X-Frame-Options") != "SAMEORIGIN" || strings.Contains(page.header.Get("Content-Security-Policy"), "script") {
		t.Errorf("rendition: %v %s", page.header, page.body)
	}
	first, _ := reader.sign("house-rules")

	revise := func(c *client, f file, fields ...string) answer {
		return c.upload("/documents/house-rules/revisions", f, fields...)
	}
	wording := file{"rules.md", "text/markdown", "# House rules\n\nPlease be kind.\n"}
	for name, a := range map[string]answer{
		"another author":  revise(other, wording, "change", "editorial"),
		"a reader":        revise(reader, wording, "change", "editorial"),
		"an auditor":      revise(auditor, wording, "change", "editorial"),
		"without choice":  revise(author, wording),
		"an odd choice":   revise(author, wording, "change", "some"),
		"an old revision": revise(author, wording, "change", "editorial", "previousRevision", "7"),
		"the same again":  revise(author, file{"rules.md", "text/markdown", "# House rules\n\nBe kind.\n"}, "change", "editorial"),
		"no file":         revise(author, file{}, "change", "editorial"),
	} {
		want := map[string]string{
			"another author": "document.edit_forbidden", "a reader": "document.edit_forbidden", "an auditor": "role.forbidden",
			"without choice": "request.invalid", "an odd choice": "request.invalid", "an old revision": "revision.conflict",
			"the same again": "revision.unchanged", "no file": "file.missing",
		}[name]
		if a.code() != want {
			t.Errorf("%s: %d %s, want %s", name, a.status, a.body, want)
		}
	}
	revise(author, wording, "change", "editorial", "previousRevision", "1").want(t, http.StatusCreated).into(t, &doc)
	if doc.Revision != 2 || doc.MaterialRevision != 1 || doc.SignatureCount != 1 {
		t.Errorf("after a change of wording: %+v", doc)
	}
	if d := reader.detail(t, "house-rules"); d.MySignature == nil || d.MySignature.ID != first.ID {
		t.Errorf("the signature no longer counts: %+v", d)
	}
	if again, a := reader.sign("house-rules"); a.status != http.StatusOK || again.ID != first.ID {
		t.Errorf("signing again: %d %+v", a.status, again)
	}

	admin.post("/documents/house-rules/revisions", object{"change": "material", "title": "New house rules"}).want(t, http.StatusCreated).into(t, &doc)
	if doc.Revision != 3 || doc.MaterialRevision != 3 || doc.Title != "New house rules" || doc.SignatureCount != 0 || doc.Checksum != sum256(wording.content) {
		t.Errorf("after a material change: %+v", doc)
	}
	if d := reader.detail(t, "house-rules"); d.MySignature != nil || d.MyEarlierSignature == nil || d.MyEarlierSignature.ID != first.ID {
		t.Errorf("the earlier signature: %+v", d)
	}
	if a := reader.post("/signatures", object{"docId": "house-rules", "revision": 2}); a.code() != "signature.revision_outdated" {
		t.Errorf("an outdated revision: %d %s", a.status, a.body)
	}
	if second, a := reader.sign("house-rules"); a.status != http.StatusCreated || second.ID == first.ID {
		t.Errorf("signing anew: %d %+v", a.status, second)
	}

	var revisions struct {
		Items []struct {
			Revision, SignatureCount int
			Change, CreatedBy        string
		}
	}
	author.get("/documents/house-rules/revisions").want(t, http.StatusOK).into(t, &revisions)
	if got := fmt.Sprint(revisions.Items); got != "[{3 1 material Name of admin@example.com} {2 0 editorial Name of author@example.com} {1 1 material Name of author@example.com}]" {
		t.Errorf("revisions: %s", got)
	}
	var difference struct {
		Parts []struct{ Change, Text string }
	}
	reader.get("/documents/house-rules/revisions/2/difference").want(t, http.StatusOK).into(t, &difference)
	if got := fmt.Sprint(difference.Parts); !strings.Contains(got, "added") || !strings.Contains(got, "Please") {
		t.Errorf("difference: %s", got)
	}
	if a := reader.get("/documents/house-rules/revisions/9/difference"); a.code() != "revision.not_found" {
		t.Errorf("difference of nothing: %s", a.body)
	}
	if old := reader.get("/documents/house-rules/content?revision=1").want(t, http.StatusOK); string(old.body) != "# House rules\n\nBe kind.\n" {
		t.Errorf("old content: %q", old.body)
	}
	verified(t, s)
}

func TestAnAdminSetsMetadataAsTheyAlwaysDid(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	admin, author := loggedIn(t, s, "admin@example.com", "admin"), loggedIn(t, s, "author@example.com", "author")
	author.document(t, "policy_2025")
	body := object{
		"title": "Security Policy 2025", "url": "https://docs.company.com/policy.pdf", "checksumAlgorithm": "SHA-256",
		"checksum":    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"description": "Annual security policy",
	}
	put := func(c *client, body object) answer {
		return c.change(http.MethodPut, "/admin/documents/policy_2025/metadata", body)
	}
	if a := put(author, body); a.code() != "role.forbidden" {
		t.Errorf("an author: %d %s", a.status, a.body)
	}
	var doc detail
	put(admin, body).want(t, http.StatusOK).into(t, &doc)
	if doc.Revision != 2 || doc.MaterialRevision != 2 || doc.Checksum != body["checksum"] || doc.URL != body["url"] || doc.Description != body["description"] ||
		doc.Title != body["title"] || doc.Reference != "policy_2025" || doc.Remote == nil || doc.Remote.State != "unchecked" {
		t.Errorf("set %+v", doc)
	}
	put(admin, body).want(t, http.StatusOK).into(t, &doc)
	if doc.Revision != 2 {
		t.Errorf("the same again made revision %d", doc.Revision)
	}
	put(admin, object{"title": "Security policy"}).want(t, http.StatusOK).into(t, &doc)
	if doc.Revision != 3 || doc.MaterialRevision != 2 {
		t.Errorf("a title alone: %+v", doc)
	}
	put(admin, object{"description": ""}).want(t, http.StatusOK).into(t, &doc)
	if doc.Revision != 3 || doc.Description != "" {
		t.Errorf("a description alone: %+v", doc)
	}
	sum := sha512.Sum512([]byte("x"))
	put(admin, object{"checksum": hex.EncodeToString(sum[:]), "checksumAlgorithm": "SHA-512"}).want(t, http.StatusOK).into(t, &doc)
	if doc.Revision != 4 || doc.ChecksumAlgorithm != "SHA-512" || doc.MaterialRevision != 4 {
		t.Errorf("another checksum: %+v", doc)
	}
	for name, c := range map[string]struct {
		body object
		code string
	}{
		"half a checksum":   {object{"checksum": "abc"}, "checksum.invalid"},
		"another algorithm": {object{"checksumAlgorithm": "CRC-32"}, "request.invalid"},
		"no address":        {object{"url": "policy.pdf"}, "url.invalid"},
		"nothing":           {object{}, "request.invalid"},
		"no title":          {object{"title": ""}, "request.invalid"},
	} {
		if a := put(admin, c.body); a.code() != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	verified(t, s)
}

func TestADeletedDocumentStaysAsProofAndComesBack(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author, reader := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "reader@example.com", "signer")
	author.document(t, "handbook")
	signed, _ := reader.sign("handbook")
	remove := func(c *client) answer { return c.change(http.MethodDelete, "/documents/handbook", nil) }
	if a := remove(reader); a.code() != "role.forbidden" && a.code() != "document.edit_forbidden" {
		t.Errorf("a reader deletes: %d %s", a.status, a.body)
	}
	var work sync.WaitGroup
	var gone atomic.Int64
	for range 4 { // of many at once, one deletes
		work.Go(func() {
			switch a := remove(author); {
			case a.status == http.StatusNoContent:
				gone.Add(1)
			case a.code() != "document.deleted" && a.code() != "revision.conflict":
				t.Errorf("deleting at once: %d %s", a.status, a.body)
			}
		})
	}
	work.Wait()
	if gone.Load() != 1 {
		t.Errorf("%d deletions", gone.Load())
	}
	remove(author).want(t, http.StatusGone)
	for _, a := range []answer{
		reader.get("/documents/handbook"), reader.get("/documents/handbook/revisions"), reader.get("/documents/handbook/content"),
		reader.post("/signatures", object{"docId": "handbook"}), author.post("/documents", object{"reference": "handbook"}),
		author.change(http.MethodPatch, "/documents/handbook", object{"description": "x"}),
	} {
		if a.code() != "document.deleted" {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if d := author.detail(t, "handbook"); d.DeletedAt == "" {
		t.Errorf("the author sees %+v", d)
	}
	reader.receipt(t, signed)
	list := func(query string) string {
		var page struct{ Items []detail }
		author.get("/documents"+query).want(t, http.StatusOK).into(t, &page)
		ids := []string{}
		for _, d := range page.Items {
			ids = append(ids, d.DocID)
		}
		return strings.Join(ids, " ")
	}
	if got := list(""); got != "" {
		t.Errorf("listed: %q", got)
	}
	if got := list("?state=deleted"); got != "handbook" {
		t.Errorf("deleted ones: %q", got)
	}
	author.post("/documents/handbook/restore", nil).want(t, http.StatusOK)
	if a := author.post("/documents/handbook/restore", nil); a.code() != "document.not_deleted" {
		t.Errorf("restored again: %d %s", a.status, a.body)
	}
	if d := reader.detail(t, "handbook"); d.MySignature == nil || d.DeletedAt != "" {
		t.Errorf("restored: %+v", d)
	}
	verified(t, s)
}

// kept lists the files of a storage directory.
func kept(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return names
}

// payloadOf is the statement in a receipt.
func payloadOf(t testing.TB, receipt string) string {
	t.Helper()
	verdict, err := proof.CheckConsistency([]byte(receipt))
	if err != nil {
		t.Fatal(err)
	}
	return string(verdict.Payload.Raw)
}
