//go:build bench

package bench

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	smallDocument = 1_000 // signatures
	fillAtOnce    = 100_000
)

// A document's signatures, every second one of somebody who was asked; nobody checks the entries that they name, and there are none.
const (
	fillDocument = `WITH d AS (
			INSERT INTO documents (doc_id, reference, reference_hash, title, created_by) SELECT '$DOC', '$DOC', sha256('$DOC'::bytea), 'Policy', id::text
			FROM users WHERE role = 'admin' RETURNING *
		)
		INSERT INTO document_revisions (doc_id, revision, title, url, checksum, checksum_algorithm, created_by, created_at, seq)
		SELECT doc_id, 1, title, '', '', 'SHA-256', created_by, created_at, 1000000000 + length(doc_id) FROM d`
	fillAsked = `INSERT INTO expected_signers (doc_id, email, name, added_by, signed_revision, signed_at)
		SELECT '$DOC', 'person' || i || '@example.com', 'Person ' || i, 'x', 1, now() - i * interval '1 s' FROM generate_series($FROM, $TO) i WHERE i % 2 = 0`
	fillSigned = `INSERT INTO signatures (doc_id, revision, user_sub, user_email, user_name, payload_hash, signature, nonce, prev_hash, seq, signed_at)
		SELECT '$DOC', 1, 'user' || i, 'person' || i || '@example.com', 'Person ' || i, md5(i::text), md5(i::text), '$DOC' || i, '', $SEQ + i,
			now() - i * interval '1 s'
		FROM generate_series($FROM, $TO) i`
)

// How long it takes to tell how far one document with BENCH_SIGNATURES (200,000) signatures is, and who signed it unasked, beside a document with
// 1,000, in turns on the same server.
func TestOneDocumentAtSize(t *testing.T) {
	t.Setenv("ACKIFY_FETCH", "false")
	t.Setenv("ACKIFY_RATE_LIMIT_GENERAL", "0")
	many := signaturesOfB(t)
	a := newAsker(t)
	owner := a.owner(t)
	begin := time.Now()
	for seq, d := range []struct {
		id   string
		size int
	}{{"small", smallDocument}, {"largest", many}} {
		for from := 1; from <= d.size; from += fillAtOnce {
			steps := []string{fillDocument, fillAsked, fillSigned}
			if from > 1 {
				steps = steps[1:]
			}
			for _, step := range steps {
				_, err := owner.Exec(t.Context(), strings.NewReplacer("$DOC", d.id, "$FROM", fmt.Sprint(from), "$TO", fmt.Sprint(min(from+fillAtOnce-1, d.size)),
					"$SEQ", fmt.Sprint((seq+1)*10_000_000)).Replace(step))
				must(t, err)
			}
		}
	}
	_, err := owner.Exec(t.Context(), "VACUUM (ANALYZE)")
	must(t, err)
	fmt.Printf("one document, %d signatures were made in %s\n", many, time.Since(begin).Round(time.Second))
	for _, what := range []string{
		"", "/status", "/signers?limit=20&state=unexpected", "/signers?limit=20&state=unexpected&sort=-signedAt",
	} {
		var small, large []float64
		for i := range statusRequests + 10 {
			first, second := a.took(t, "/documents/small"+what), a.took(t, "/documents/largest"+what)
			if i >= 10 { // those before only warm up
				small, large = append(small, first), append(large, second)
			}
		}
		s, l := median(small), median(large)
		verdict := ""
		if l/s > listRatioPromised {
			verdict = "  TOO SLOW"
		}
		fmt.Printf("one document, %-46s %d signatures: %5.2f ms   %d: %5.2f ms   ratio %.2f (at most %.1f)%s\n",
			"GET …"+what, smallDocument, s, many, l, l/s, listRatioPromised, verdict)
	}
}

// took is how long the whole answer took, in milliseconds.
func (a asker) took(t *testing.T, path string) float64 {
	t.Helper()
	begin := time.Now()
	a.send(t, http.MethodGet, path, "", nil)
	return float64(time.Since(begin).Microseconds()) / 1000
}
