package content

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/domain"
)

// hostile are texts of any length that have made Markdown and HTML libraries take the square of their time or many times their memory.
func hostile() map[string]func(int) string {
	seq := func(f func(i int) string) func(n int) string {
		return func(n int) string {
			var b strings.Builder
			for i := 0; b.Len() < n; i++ {
				b.WriteString(f(i))
			}
			return b.String()[:n]
		}
	}
	rep := func(s string) func(n int) string { return func(n int) string { return strings.Repeat(s, n/len(s)) } }
	half := func(a, b string) func(n int) string {
		return func(n int) string { return strings.Repeat(a, n/2/len(a)) + strings.Repeat(b, n/2/len(b)) }
	}
	return map[string]func(n int) string{
		"[": rep("["), "![": rep("!["), "[]": rep("[]"), "[[]": rep("[[]"), "]": rep("]"), "[a](": rep("[a]("), "[a](<b": rep("[a](<b"), "half[]": half("[", "]"), "half![]": half("![", "](a)"),
		"[a](x)[":   func(n int) string { return "[a](x)" + strings.Repeat("[b", n/4) + strings.Repeat("](x)", n/8) },
		"[a](b)rep": rep("[a](b)"), "[a][": rep("[a]["), "![[]()": rep("![[]()"), "[a](\"": rep("[a](b \""),
		"*": rep("*"), "*a": rep("*a "), "a*": rep("a*"), "a**b": rep("a**b"), "*a**": rep("*a **a "), "*a_": rep("*a_ "), "**a *b": rep("**a *b"), "a**b c*": rep("a**b" + "c* "), "half*": half("*a ", "a* "), "half**_": half("*a _b ", "b_ "), "_a": rep("_a"), "x _": rep("_a __a "), "~": rep("~~a"), "~a": half("~~a ", "a~ "),
		"`": seq(func(i int) string { return strings.Repeat("`", i%3000+1) + "a" }), "`a": rep("`a``b"),
		"<": rep("<"), "<!--": rep("<!--"), "a<!--": rep("a<!--"), "a<?": rep("a<?"), "a<![CDATA[": rep("a<![CDATA["), "a<!A": rep("a<!A"), "<a ": rep("<a "), "<a x='": rep("<a x='y\" "), "<a@": rep("<a@b"), "<http:": rep("<http:a"), "</a": rep("</a"),
		"&": rep("&"), "&#": rep("&#x1"), "\\": rep("\\"),
		"a@": rep("a@"), "a.": rep("a."), " a@b.c": rep(" a@b.c"), "(a(": rep("(http://a.b/("), "www": rep("www."), " http://": rep(" http://"), "http)": func(n int) string { return "http://a.bc/" + strings.Repeat(")", n) }, "http;": func(n int) string { return "http://a.bc/" + strings.Repeat("a;", n/2) }, "http&;": rep(" http://a.bc/&a;&a;"),
		"> lazy": func(n int) string { return strings.Repeat(">", 100) + strings.Repeat("a\n", n/2) },
		">s":     func(n int) string { return strings.Repeat(">", n) },
		"- ":     func(n int) string { return strings.Repeat("- ", n/2) },
		"#":      rep("# a\n"), "# heads": seq(func(i int) string { return fmt.Sprintf("# %d\n", i) }), "setext": rep("a\n=\n"), "hr": rep("---\n"), "-\n": rep("-\n"), "- a\n\n": rep("- a\n\n"), "list indent": seq(func(i int) string { return strings.Repeat(" ", i*2) + "- a\n" }),
		"paras": rep("a\n\n"), "1 para": rep("a\n"), "1 para *": rep("*a\n"), "hard": rep("a\\\n"), "``` ": rep("```\n"), "fence open": rep("~~~a\n```\n"), "html": rep("<div>\n"), "html2": rep("<div>\n\n"), "<x>": rep("<x>\n\n"),
		"table cols": func(n int) string {
			c := n / 8
			return strings.Repeat("|a", c) + "|\n" + strings.Repeat("|-", c) + "|\n" + strings.Repeat("a\n", n/4)
		},
		"table delim": func(n int) string { return "a\n" + rep("|-\n")(n) }, "table2": rep("|a|b|\n"), "table mis": rep("a|b\n-|-|-\n"), "table esc": func(n int) string { return "|a|\n|-|\n" + strings.Repeat("|`\\|`|\n", n/7) }, "table delims": rep("a\n-:\n"),
		"refdef": seq(func(i int) string { return fmt.Sprintf("[a%d]: b\n", i) }), "refdef same": rep("[a]: b\n"), "refdef open": rep("[a]:\n"), "refdef [": rep("[\n"), "refdef t": rep("[a]: b \"\n"), "refdef t2": rep("[a]: b \"c\n\n"), "refs": func(n int) string { return "[a]: b\n\n" + strings.Repeat("[a]", n/3) },
		"refexp": func(n int) string { return "[a]: " + strings.Repeat("b", n/2) + "\n\n" + strings.Repeat("[a]", n/6) },
		"fn": func(n int) string {
			return seq(func(i int) string { return fmt.Sprintf("[^%d]: b\n\n", i) })(n/2) + seq(func(i int) string { return fmt.Sprintf("[^%d] ", n-i) })(n/2)
		},
		"fnrefs": func(n int) string { return "[^a]: b\n\n" + strings.Repeat("[^a]", n/4) }, "fnopen": rep("[^"), "fndef": rep("[^a]:"), "fndefn": rep("[^a]: b\n"), "fn nest": rep("[^a]: > - "),
		"task": rep("- [ ] a\n"), "spaces": rep(" "), "tabs": rep("\t"), "tab>": rep("\t>"), "> >": rep("> a\n\n"), ">\t": rep(">\t-\t"), "entity": rep("&amp"), "crlf": rep("a  \r\n"), "\\[": rep("\\["), "nul": rep("\x00"), "utf": rep("é[ "),
		"pipes": func(n int) string { return strings.Repeat("|", n/2) + "\n" + strings.Repeat("-|", n/4) },
		"<div>": rep("<div>"), "<b>": rep("<b>"), "<p><b>": seq(func(i int) string { return fmt.Sprintf("<b id=%d>", i) }), "<b></p>": func(n int) string {
			return seq(func(i int) string { return fmt.Sprintf("<p><b id=%d>", i) })(n/2) + strings.Repeat("<p>x", n/8)
		},
		"<table>": rep("<table>"), "<table><td>": rep("<table><td>"), "<tr>": rep("<table><tr>a<td>"), "<li>": rep("<ul><li>"), "<dl>": rep("<dl><dt>"), "<a>": rep("<a href=#a>"), "</div>": rep("</div>"), "<a </a>": rep("<b><i></b></i>"),
		"<svg>": rep("<svg><p>"), "<select>": rep("<select>"), "<form>": rep("<form><input>"), "<h1>": rep("<h1>"), "attrs": func(n int) string { return "<p " + rep("a=b ")(n) + ">" }, "attrs2": func(n int) string {
			return "<p " + seq(func(i int) string { return fmt.Sprintf("a%d ", i) })(n) + ">"
		},
		"id long": func(n int) string { return "<p id=" + rep("a")(n) + ">" }, "data image": func(n int) string { return "<img src='data:image/png;base64," + rep("AAAA")(n) + "'>" },
		"<!": rep("<!"), "<script>": rep("<script>"), "<style></": rep("<style></"), "<math>": rep("<math><mi>"), "&amp;": rep("&amp;"), "<hr>": rep("<hr>"), "\"": rep("\""), "<img>": rep("<img>"), "class": func(n int) string { return "<p class='" + rep("a ")(n) + "'>" },
	}
}

// It must end, as each text did alone at the full size: go test -bench Hostile -benchtime 1x. go test's own limit says when that is too late.
func TestRenderEndsForHostileTexts(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	for name, text := range hostile() {
		for _, kind := range []domain.ContentKind{domain.ContentMarkdown, domain.ContentHTML} {
			if page, err := r.Render(kind, []byte(text(8<<10)), name); err != nil || len(page) == 0 {
				t.Errorf("%q as %s: %v", name, kind, err)
			}
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	r := newRenderer(b)
	for name, text := range hostile() {
		content := []byte(text(domain.MaxTextSize))
		for _, kind := range []domain.ContentKind{domain.ContentMarkdown, domain.ContentHTML} {
			b.Run(string(kind)+" "+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := r.Render(kind, content, name); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
