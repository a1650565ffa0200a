package content

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"github.com/ackify/ackify/backend/internal/domain"
)

var update = flag.Bool("update", false, "write the golden files")

func TestRenderIsAsItWas(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	for name, kind := range map[string]domain.ContentKind{"sample.md": domain.ContentMarkdown, "sample.html": domain.ContentHTML} {
		source, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		page, err := r.Render(kind, source, "Charte <\"informatique\">")
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Replace(string(page), style, "STYLE", 1)
		golden := "testdata/" + name + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v, got\n%s", name, err, got)
		}
		if found := faults(t, string(page)); found != nil {
			t.Errorf("%s: %q", name, found)
		}
	}
}

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	page := "<!doctype html><head><style>" + style + "</style></head><main>"
	if found := faults(t, page+"<p lang=fr>a"); found != nil {
		t.Errorf("a good page: %q", found)
	}
	for _, bad := range []string{
		"<script>", "<p onclick=x>", "<a href=javascript:x>a</a>", "<a href=https://a.example>a</a>", "<img src=https://a.example>", "<style>p{}</style>", "<!-- a -->",
		"<svg>", "<p class=evil>", "<p id='a b'>", "<meta charset=utf-8>", "<a target=_blank rel='noopener noreferrer nofollow'>a</a>",
	} {
		if faults(t, page+bad) == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestRenderReadsEncodings(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	for content, kind := range map[string]domain.ContentKind{
		"caf\xe9 \x80":                                         domain.ContentText,
		"\xef\xbb\xbfcafé €":                                   domain.ContentText,
		"café €":                                               domain.ContentMarkdown,
		utf16File("café €"):                                    domain.ContentHTML,
		"<meta charset=windows-1252>caf\xe9 \x80":              domain.ContentHTML,
		"<meta charset=iso-8859-15>caf\xe9 \xa4":               domain.ContentHTML,
		strings.Repeat("<!-- a -->", 200) + "café €":           domain.ContentHTML,
		"<?xml version='1.0'?><html><body>caf&eacute; &#8364;": domain.ContentHTML,
	} {
		page, err := r.Render(kind, []byte(content), "")
		if err != nil || !strings.Contains(string(page), "café €") {
			t.Errorf("%q: %v, got %q", content, err, bodyOf(string(page)))
		}
	}
}

func TestRenderShowsTextAsItIs(t *testing.T) {
	t.Parallel()
	page, err := newRenderer(t).Render(domain.ContentText, []byte("\n  a\r\n<b>&amp;\x00</pre>"), "</title><script>")
	if err != nil || bodyOf(string(page)) != "<pre class=\"text\">\n\n  a\n&lt;b&gt;&amp;amp;\ufffd&lt;/pre&gt;</pre>" {
		t.Errorf("%v, got %q", err, bodyOf(string(page)))
	}
	if !strings.Contains(string(page), "<title>&lt;/title&gt;&lt;script&gt;</title>") {
		t.Error("the title is not escaped")
	}
}

func TestRenderRefusesWhatIsNoText(t *testing.T) {
	t.Parallel()
	for _, kind := range []domain.ContentKind{domain.ContentPDF, domain.ContentImage, domain.ContentOther, ""} {
		if _, err := newRenderer(t).Render(kind, []byte("a"), ""); err == nil {
			t.Errorf("%q is shown", kind)
		}
	}
}

// What is beyond the limits is not lost: it is shown as it is written.
func TestRenderKeepsWhatIsBeyondLimits(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	for name, source := range map[string]string{
		"quotes":    strings.Repeat(">", 500) + " last",
		"lists":     strings.Repeat("- ", 500) + " last",
		"lines":     strings.Repeat("a\n", mostMarkdownLines) + "last",
		"brackets":  strings.Repeat("[", 20_000) + " *last*",
		"table":     "|" + strings.Repeat("a|", 5000) + "\n|" + strings.Repeat("-|", 5000) + "\n" + strings.Repeat("b\n", 100) + "last",
		"addresses": "[a]: https://a.example/" + strings.Repeat("b", 1<<20) + "\n\n" + strings.Repeat("[a] ", 1000) + "last",
		"footnotes": strings.Repeat("[^a]: b\n\n", mostFootnotes+1) + "last",
	} {
		page, err := r.Render(domain.ContentMarkdown, []byte(source), "")
		if err != nil || !strings.Contains(string(page), "last") || len(page) > 4<<20 {
			t.Errorf("%s: %v, %d bytes", name, err, len(page))
		}
	}
	page, err := r.Render(domain.ContentHTML, []byte(strings.Repeat("<div>", 5000)+"last"+strings.Repeat("</div>", 5000)+"after"), "")
	if err != nil || strings.Count(string(page), "<div>") != mostDepth || !strings.Contains(string(page), "last") || !strings.Contains(string(page), "after") {
		t.Errorf("elements: %v", err)
	}
}

// What the tree of a browser is, and what tidy makes, read the same.
func TestTidyEndsElementsAsBrowsersDo(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"<p>a<p>b":                             "<p>a</p><p>b</p>",
		"<ul><li>a<li>b<ul><li>c</ul><li>d":    "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>",
		"<dl><dt>a<dd>b<dt>c":                  "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>",
		"<p>a<ul><li><p>b</ul>c":               "<p>a</p><ul><li><p>b</p></li></ul>c",
		"<a href=#a>a<a href=#b>b":             `<a href="#a">a</a><a href="#b">b</a>`,
		"<b><i>a</b>b</i>":                     "<b><i>a</i></b>b",
		"<h1>a<h2>b":                           "<h1>a</h1><h2>b</h2>",
		"<table><tr><td>a</p></div></b>b</td>": `<div class="table" tabindex="0"><table><tr><td>ab</td></tr></table></div>`,
		"<table><tr><td>a<td>b<tr><th>c":       `<div class="table" tabindex="0"><table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table></div>`,
		"<div><table><td>a</div>b</table>c":    `<div><div class="table" tabindex="0"><table><td>ab</td></table></div>c</div>`,
		"a<br>b</br><hr/>c<wbr>":               "a<br/>b<hr/>c<wbr/>",
		"<body lang=fr dir=rtl>a":              `<div lang="fr" dir="rtl">a</div>`,
		"<center><tt>a</tt><strike>b</strike><font>c</font></center>": "<div><code>a</code><s>b</s>c</div>",
		"<details>a": `<details open="">a</details>`,
		"<select><option>a<select><option>b</select>c</select>d": "d",
		"<a name=x></a>": `<a id="x"></a>`,
	} {
		got := string(newRenderer(t).sanitise(page))
		if strings.ReplaceAll(got, "/>", ">") != strings.ReplaceAll(want, "/>", ">") {
			t.Errorf("%q: got %q, want %q", page, got, want)
		}
	}
}

func TestHeadingsKeepTheirOrderAndPlaces(t *testing.T) {
	t.Parallel()
	page, err := newRenderer(t).Render(domain.ContentMarkdown, []byte("## B\n# A\n### C\n# A\n[to A](#a-1)"), "")
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' {
			found = append(found, n.Data+"#"+n.Attr[0].Val)
		}
	}
	if want := []string{"h2#b", "h1#a", "h3#c", "h1#a-1"}; !slices.Equal(found, want) {
		t.Errorf("got %q, want %q", found, want)
	}
	if !strings.Contains(string(page), `<a href="#a-1">`) {
		t.Error("the link in the page is lost")
	}
}

func TestStyleHashIsTheStyles(t *testing.T) {
	t.Parallel()
	page, err := newRenderer(t).Render(domain.ContentText, []byte("a"), "")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<style>")
	inside, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(inside))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; StyleHash() != want {
		t.Errorf("got %s, want %s", StyleHash(), want)
	}
	for _, loads := range []string{"url(", "@import", "http"} {
		if strings.Contains(style, loads) {
			t.Errorf("the style has %q", loads)
		}
	}
}

func TestRendererIsForSeveralAtOnce(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	source := []byte("# a\n\n*b* [c](https://a.example)[^1] [x]\n\n- [ ] d\n\n[^1]: e\n\n[x]: https://b.example")
	want, err := r.Render(domain.ContentMarkdown, source, "")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, err := r.Render(domain.ContentMarkdown, source, ""); err != nil || string(got) != string(want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	group.Wait()
}
