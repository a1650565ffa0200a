package api

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every code that the server can answer has a sentence in the web app and a place in the documentation.
func TestEveryCodeIsTranslatedAndDocumented(t *testing.T) {
	t.Parallel()
	made := regexp.MustCompile(`(?:domain\.)?(?:E|Invalid)\([^"\n]*"?[A-Za-z]*"?,?\s*"([a-z_]+(?:\.[a-z_]+)?)"`)
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
	english, err := os.ReadFile("../../../../webapp/src/locales/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var locale struct{ Errors map[string]any }
	if err := json.Unmarshal(english, &locale); err != nil {
		t.Fatal(err)
	}
	var missing []string
	for code := range codes {
		var at any = locale.Errors
		for part := range strings.SplitSeq(code, ".") {
			section, _ := at.(map[string]any)
			at = section[part]
		}
		if _, translated := at.(string); !translated {
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
}
