package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Whoever may have the receipt may have the certificate, with that receipt in it; nobody else learns that it exists.
func TestCertificateOfASignature(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	author := loggedIn(t, s, "author@example.com", "author")
	auditor := loggedIn(t, s, "auditor@example.com", "auditor")
	signer := loggedIn(t, s, "signer@example.com", "signer")
	stranger := loggedIn(t, s, "stranger@example.com", "signer")
	signed, a := signer.sign(author.document(t, "doc-1").DocID)
	a.want(t, http.StatusCreated)
	if want := fmt.Sprintf("%s/api/v1/signatures/%d/certificate", s.base, signed.ID); signed.CertificateURL != want {
		t.Errorf("certificateUrl is %q, want %q", signed.CertificateURL, want)
	}
	path := fmt.Sprintf("/signatures/%d/certificate", signed.ID)
	receipt := signer.receipt(t, signed)
	api.DisableConfigDir()

	for name, c := range map[string]struct {
		who             *client
		query, language string
	}{
		"signer":        {signer, "?locale=fr&timeZone=Europe%2FParis", "fr"},
		"author":        {author, "?locale=de", "de"},
		"admin":         {admin, "?timeZone=America%2FNew_York", "en"},
		"auditor":       {auditor, "", "en"},
		"empty values":  {signer, "?timeZone=", "en"},
		"longest names": {signer, "?locale=it&timeZone=America%2FArgentina%2FComodRivadavia", "it"},
	} {
		a := c.who.get(path+c.query).want(t, http.StatusOK)
		if kind := a.header.Get("Content-Type"); kind != "application/pdf" {
			t.Errorf("%s: %s", name, kind)
		}
		if got, want := a.header.Get("Content-Disposition"), fmt.Sprintf("attachment; filename=doc-1-r1-%d.pdf", signed.Seq); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		attached, err := proof.ReceiptFromPDF(a.body)
		if err != nil || !bytes.Equal(attached, receipt) {
			t.Errorf("%s: another receipt is attached, %v", name, err)
		}
		pdf, err := api.ReadContext(bytes.NewReader(a.body), nil)
		if err != nil {
			t.Fatal(err)
		}
		if language, err := pdf.RootDict.StringOrHexLiteralEntry("Lang"); err != nil || *language != c.language {
			t.Errorf("%s: language %v, %v", name, language, err)
		}
		if again := c.who.get(path + c.query); !bytes.Equal(again.body, a.body) {
			t.Errorf("%s: the second time it is another", name)
		}
	}

	for _, c := range []struct {
		who         *client
		path        string
		status      int
		code, field string
	}{
		{stranger, path, 404, "signature.not_found", ""},
		{newClient(t, s), path, 401, "auth.required", ""},
		{signer, "/signatures/999/certificate", 404, "signature.not_found", ""},
		{signer, path + "?timeZone=Mars%2FOlympus", 422, "time_zone.invalid", "timeZone"},
		{signer, path + "?timeZone=Local", 422, "time_zone.invalid", "timeZone"},
		{signer, path + "?timeZone=localtime", 422, "time_zone.invalid", "timeZone"},
		{signer, path + "?timeZone=posix%2FEurope%2FParis", 422, "time_zone.invalid", "timeZone"},
		{signer, path + "?timeZone=..%2F..%2Fetc%2Fpasswd", 422, "time_zone.invalid", "timeZone"},
		{signer, path + "?timeZone=" + strings.Repeat("x", 65), 422, "request.invalid", "timeZone"},
		{signer, path + "?locale=xx", 422, "request.invalid", "locale"},
	} {
		a := c.who.get(c.path).want(t, c.status)
		if a.code() != c.code || c.field != "" && !bytes.Contains(a.body, []byte(`"field":"`+c.field+`"`)) {
			t.Errorf("%s: %s, want %s of %q", c.path, a.body, c.code, c.field)
		}
	}
}
