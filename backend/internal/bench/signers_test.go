//go:build bench

package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	askedPeople          = 10_000
	importPromised       = 3 * time.Second
	statusPromised       = 50.0 // milliseconds
	statusRequests       = 100
	signedOfAsked        = 4_000 // written by the owner, as those who signed would have left them
	peopleImportsInTotal = 3
)

// asker is an administrator of a server, who asks.
type asker struct {
	testServer
	cookie, token string
	http          *http.Client
}

func newAsker(t *testing.T) asker {
	t.Helper()
	a := asker{testServer: startServer(t), http: &http.Client{Timeout: time.Minute}}
	a.cookie = a.logInAs(t, domain.RoleAdmin)
	var csrf struct{ Token string }
	must(t, json.Unmarshal(a.send(t, http.MethodGet, "/csrf", "", nil), &csrf))
	a.token = csrf.Token
	return a
}

// send returns the body of an answer that went well.
func (a asker) send(t *testing.T, method, path, kind string, body io.Reader) []byte {
	t.Helper()
	request, err := http.NewRequest(method, a.base+"/api/v1"+path, body)
	must(t, err)
	request.Header.Set("Cookie", a.cookie)
	request.Header.Set("User-Agent", benchDevice)
	request.Header.Set("X-CSRF-Token", a.token)
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	response, err := a.http.Do(request)
	must(t, err)
	content, err := io.ReadAll(response.Body)
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, content)
	}
	return content
}

// How long it takes to ask 10,000 people in a CSV file, entries in the ledger and all, and to tell how far a document with so many is.
func TestSigners(t *testing.T) {
	t.Setenv("ACKIFY_FETCH", "false")
	t.Setenv("ACKIFY_RATE_LIMIT_DOCUMENTS", "0")
	a := newAsker(t)
	var list strings.Builder
	list.WriteString("Last name;First name;Email\n")
	for i := range askedPeople {
		fmt.Fprintf(&list, "Last %d;First;person%d@example.com\n", i, i)
	}
	var took []float64
	for i := range peopleImportsInTotal {
		a.send(t, http.MethodPost, "/documents", "application/json", strings.NewReader(fmt.Sprintf(`{"reference":"policy-%d"}`, i)))
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "list.csv")
		must(t, err)
		_, err = io.WriteString(part, list.String())
		must(t, err)
		must(t, form.Close())
		begin := time.Now()
		answer := a.send(t, http.MethodPost, fmt.Sprintf("/documents/policy-%d/signers/import?dryRun=false", i), form.FormDataContentType(), &body)
		took = append(took, time.Since(begin).Seconds())
		if !bytes.Contains(answer, []byte(`"added":10000`)) {
			t.Fatalf("%s", answer)
		}
	}
	verdict := func(slow bool) string {
		if slow {
			return "  TOO SLOW"
		}
		return ""
	}
	fmt.Printf("signers, import of %d: %.2f s (median of %d; at most %.0f s)%s\n", askedPeople, median(took), peopleImportsInTotal, importPromised.Seconds(),
		verdict(median(took) > importPromised.Seconds()))
	owner := a.owner(t)
	_, err := owner.Exec(t.Context(), fmt.Sprintf(`UPDATE expected_signers SET signed_revision = 1, signed_at = now() - (id %% 90) * interval '1 day'
		WHERE doc_id = 'policy-0' AND id IN (SELECT id FROM expected_signers WHERE doc_id = 'policy-0' LIMIT %d)`, signedOfAsked))
	must(t, err)
	_, err = owner.Exec(t.Context(), "ANALYZE")
	must(t, err)
	for _, what := range []string{
		"/status", "/signers?limit=100", "/signers?limit=100&state=missing&sort=name", "/signers?limit=100&q=person99", "/signers?limit=100&sort=dueAt", "",
	} {
		var times []float64
		for range statusRequests {
			times = append(times, a.took(t, "/documents/policy-0"+what))
		}
		fmt.Printf("signers, %-44s of %d: %6.2f ms (median; at most %.0f)%s\n", "GET …"+what, askedPeople, median(times), statusPromised, verdict(median(times) > statusPromised))
	}
}
