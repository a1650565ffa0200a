package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerifyReceiptSaysHowSureItIs(t *testing.T) {
	t.Parallel()
	vectors := filepath.Join("..", "..", "pkg", "proof", "testdata")
	receipt, keys := filepath.Join(vectors, "entry-02.tlog-proof"), filepath.Join(vectors, "keys.json")
	certificate := filepath.Join(vectors, "certificate.pdf")
	empty := write(t, "%PDF-1.7\n")
	large := write(t, "%PDF-1.7\n"+strings.Repeat(" ", 8<<20))
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"proven":               {[]string{"receipt", receipt, "--keys", keys}, 0, "zoe@example.com"},
		"not a receipt":        {[]string{"receipt", keys, "--keys", keys}, 1, "DISPROVEN"},
		"certificate":          {[]string{"receipt", certificate, "--keys", keys}, 0, "not the printed text"},
		"of whom it speaks":    {[]string{"receipt", certificate, "--keys", keys}, 0, "zoe@example.com"},
		"pdf, no keys":         {[]string{"receipt", certificate}, 2, "issuer unknown"},
		"pdf without receipt":  {[]string{"receipt", empty, "--keys", keys}, 1, "DISPROVEN: PDF holds no receipt"},
		"pdf too large":        {[]string{"receipt", large, "--keys", keys}, 1, "DISPROVEN: PDF has more than 8388608 bytes"},
		"pdf for keys":         {[]string{"receipt", receipt, "--keys", certificate}, 2, "not a keys file"},
		"no keys":              {[]string{"receipt", receipt}, 2, "issuer unknown"},
		"no such file":         {[]string{"receipt", "nowhere", "--keys", keys}, 2, "nowhere"},
		"keys that are none":   {[]string{"receipt", receipt, "--keys", receipt}, 2, "not a keys file"},
		"no receipt":           {[]string{"receipt"}, 2, "file name of one receipt"},
		"an option nobody has": {[]string{"receipt", receipt, "--key", keys}, 2, "unknown flag"},
		"a slip of the pen":    {[]string{"recipe", receipt}, 2, "unknown command"},
		"nothing":              {nil, 2, "--help"},
	} {
		out, errs, status := execute(t, nil, "", append([]string{"verify"}, c.args...)...)
		if status != c.status || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: exit status %d, want %d and %q\n%s%s", name, status, c.status, c.says, out, errs)
		}
	}
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
