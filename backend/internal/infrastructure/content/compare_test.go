package content

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// shown writes a difference as a[-b-]{+c+}d.
func shown(d contents.Difference) string {
	var b strings.Builder
	for _, p := range d.Parts {
		switch p.Change {
		case contents.PartRemoved:
			b.WriteString("[-" + p.Text + "-]")
		case contents.PartAdded:
			b.WriteString("{+" + p.Text + "+}")
		default:
			b.WriteString(p.Text)
		}
	}
	if d.Truncated {
		b.WriteString("…")
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	const text, page = domain.ContentText, domain.ContentHTML
	for name, c := range map[string]struct {
		fromKind domain.ContentKind
		from     string
		toKind   domain.ContentKind
		to, want string
	}{
		"nothing":             {text, "", text, "", ""},
		"the same":            {text, "a\nb", text, "a\nb", "a\nb"},
		"a new text":          {text, "", text, "a\n", "{+a\n+}"},
		"an emptied text":     {text, "a\n", text, "", "[-a\n-]"},
		"a word":              {text, "one two three\n", text, "one four three\n", "one [-two-]{+four+} three\n"},
		"words in a row":      {text, "x one two y\n", text, "x three four y\n", "x [-one two-]{+three four+} y\n"},
		"a line":              {text, "a\nb\nc\n", text, "a\nc\nd\n", "a\n[-b\n-]c\n{+d\n+}"},
		"a word in a line":    {text, "the rule is 8 letters\nkept\n", text, "the rule is 12 letters\nkept\n", "the rule is [-8-]{+12+} letters\nkept\n"},
		"accents":             {text, "été à vélo\n", text, "été à pied\n", "été à [-vélo-]{+pied+}\n"},
		"no spaces":           {text, "我们签署文件。\n", text, "我们阅读文件。\n", "我们[-签署-]{+阅读+}文件。\n"},
		"line ends":           {text, "a\r\nb\r", text, "a\nb\n", "a\nb\n"},
		"encodings":           {text, "caf\xe9", text, "café", "café"},
		"Markdown's source":   {domain.ContentMarkdown, "# a\n*b*\n", domain.ContentMarkdown, "# a\n**b**\n", "# a\n{+*+}*b*{+*+}\n"},
		"HTML's tags":         {page, "<p>a <b>b</b>", page, "<div>a <i>b</i></div>", "a b\n"},
		"HTML's text":         {page, "<p>a  b<p>c<br>d<script>x</script>", page, "<p>a\n e</p> <p>c</p>d", "a [-b-]{+e+}\nc\nd\n"},
		"HTML's lists":        {page, "<ul><li>a<li>b</ul>", page, "<ul><li>a<li>c</ul>", "a\n[-b-]{+c+}\n"},
		"HTML's tables":       {page, "<table><tr><td>a<td>b</table>", page, "<table><tr><td>a<td>c</table>", "a [-b-]{+c+}\n"},
		"HTML's images":       {page, "<img alt=a src=x>b", page, "<img alt=c src=y>b", "[-ab-]{+cb+}\n"},
		"HTML's preformatted": {page, "<pre>a\n  b</pre>c", page, "<pre>a\n b</pre>c", "a\n[-  -]{+ +}b\nc\n"},
		"text with HTML":      {text, "a\nb\n", page, "<p>a<p>c", "a\n[-b-]{+c+}\n"},
	} {
		d, err := r.Compare(c.fromKind, []byte(c.from), c.toKind, []byte(c.to))
		if got := shown(d); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := r.Compare(domain.ContentPDF, nil, text, nil); err == nil {
		t.Error("a PDF is compared")
	}
}

func TestCompareIsCutOff(t *testing.T) {
	t.Parallel()
	var from, to strings.Builder
	for i := range mostParts / 2 {
		fmt.Fprintf(&from, "same %d\nold %d\n", i, i)
		fmt.Fprintf(&to, "same %d\nnew %d\n", i, i)
	}
	if d := compare(from.String(), to.String()); len(d.Parts) != mostParts || !d.Truncated {
		t.Errorf("%d parts, %v", len(d.Parts), d.Truncated)
	}
	long := strings.Repeat("é", mostShown)
	d := compare("a"+long, "a"+long)
	if len(d.Parts) != 1 || len(d.Parts[0].Text) > mostShown || !utf8.ValidString(d.Parts[0].Text) || !d.Truncated {
		t.Errorf("%d parts, %v", len(d.Parts), d.Truncated)
	}
}

// FuzzCompare: what stayed and went is the first text, what stayed and came the second.
func FuzzCompare(f *testing.F) {
	f.Add("a b\nc\nd", "a c\nd\ne")
	f.Add("我们签署文件。", "我们阅读文件。")
	f.Add("\n\n \n", "\n \n\n")
	f.Fuzz(func(t *testing.T, from, to string) {
		from, to = printable(from), printable(to)
		var before, after strings.Builder
		last := contents.PartChange("")
		d := compare(from, to)
		for _, p := range d.Parts {
			if p.Text == "" || p.Change == last || last == contents.PartAdded && p.Change == contents.PartRemoved {
				t.Errorf("a part %+v after %q", p, last)
			}
			last = p.Change
			if p.Change != contents.PartAdded {
				before.WriteString(p.Text)
			}
			if p.Change != contents.PartRemoved {
				after.WriteString(p.Text)
			}
		}
		if !d.Truncated && (before.String() != from || after.String() != to) {
			t.Errorf("%q and %q: %s", from, to, shown(d))
		}
	})
}
