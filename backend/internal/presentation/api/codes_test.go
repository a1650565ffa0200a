package api

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every code that the server can answer has a sentence in the web app and a place in the documentation; the web app has
// no sentence for any other.
func TestEveryCodeIsTranslatedAndDocumented(t *testing.T) {
	t.Parallel()
	made := regexp.MustCompile(`(?:\b(?:E|Invalid)\((?:"[A-Za-z.]*"|[^",\n]*),\s*|&Error\{.*Code: )"([a-z_]+(?:\.[a-z_]+)?)"`)
	codes := map[string]bool{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, path)
		for _, found := range made.FindAllSubmatch(source, -1) {
			codes[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(codes) < 35 || !codes["document.not_found"] || !codes["password.too_short"] || !codes["internal"] {
		t.Fatalf("found only %v", codes)
	}
	sentences := map[string]bool{}
	areas, err := filepath.Glob("../../../../webapp/src/locales/*/en.json")
	if err != nil || len(areas) == 0 {
		t.Fatal("no messages found", err)
	}
	for _, area := range areas {
		english, err := os.ReadFile(area)
		if err != nil {
			t.Fatal(err)
		}
		var messages struct{ Errors map[string]any }
		if err := json.Unmarshal(english, &messages); err != nil {
			t.Fatal(err)
		}
		for code, message := range messages.Errors {
			below, group := message.(map[string]any)
			if !group {
				sentences[code] = true
			}
			for rest := range below {
				sentences[code+"."+rest] = true
			}
		}
	}
	var missing []string
	for code := range codes {
		if !sentences[code] {
			missing = append(missing, code+" in the web app")
		}
		for _, language := range []string{"en", "fr"} {
			page, err := os.ReadFile("../../../../docs/" + language + "/api.md")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(page), "`"+code+"`") {
				missing = append(missing, code+" in docs/"+language+"/api.md")
			}
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("missing: %v", missing)
	}
	// What the browser finds by itself, the words around the sentences, and a code that the web app is ready for.
	for _, own := range []string{
		"network.unreachable", "field.required", "file.folder", "file.several", "unknown", "value", "requestId", "signature.document_changed",
	} {
		delete(sentences, own)
	}
	for sentence := range sentences {
		if !codes[sentence] {
			t.Errorf("the web app has words for %q, which the server never answers", sentence)
		}
	}
}
