package content

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/ackify/ackify/backend/internal/domain"
)

// titleOf finds the title of a text that begins with head; "" when it has none. contentType may state the charset of HTML.
func titleOf(mediaType string, head []byte, contentType string) string {
	switch mediaType {
	case domain.MediaHTML:
		return htmlTitle(decodeHTML(head, contentType))
	case domain.MediaMarkdown:
		return markdownTitle(decodeText(head))
	}
	return ""
}

// htmlTitle prefers what a page says of itself for others to show.
func htmlTitle(page string) string {
	var og, twitter, title, heading strings.Builder
	var into *strings.Builder // where text goes
	raw, drawing := false, 0
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(readText + 1)
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			for _, found := range []string{og.String(), twitter.String(), title.String(), heading.String()} {
				if clean := domain.CleanTitle(found); clean != "" {
					return clean
				}
			}
			return ""
		case html.TextToken:
			if into != nil && !raw {
				into.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			raw = token.DataAtom == atom.Script || token.DataAtom == atom.Style
			switch {
			case token.DataAtom == atom.Meta:
				property, content := metaOf(token)
				switch {
				case property == "og:title" && og.Len() == 0:
					og.WriteString(content)
				case property == "twitter:title" && twitter.Len() == 0:
					twitter.WriteString(content)
				}
			case token.DataAtom == atom.Svg && kind == html.StartTagToken:
				drawing++
			case token.DataAtom == atom.Title && title.Len() == 0 && drawing == 0:
				into = &title
			case token.DataAtom == atom.H1 && heading.Len() == 0:
				into = &heading
			case token.DataAtom == atom.Br && into != nil:
				into.WriteByte(' ')
			}
		case html.EndTagToken:
			raw = false
			switch token := z.Token(); token.DataAtom {
			case atom.Svg:
				drawing = max(drawing-1, 0)
			case atom.Title, atom.H1, atom.Head, atom.Body:
				into = nil
			}
		}
	}
}

func metaOf(meta html.Token) (property, content string) {
	for _, a := range meta.Attr {
		switch a.Key {
		case "property", "name":
			property = cmp.Or(property, strings.ToLower(strings.TrimSpace(a.Val)))
		case "content":
			content = a.Val
		}
	}
	return property, content
}

var (
	fence      = regexp.MustCompile("^ {0,3}(```+|~~~+)")
	atxHeading = regexp.MustCompile(`^ {0,3}#[ \t]+(.*?)(?:[ \t]+#*)?[ \t]*$`)
	underline  = regexp.MustCompile(`^ {0,3}=+[ \t]*$`)
)

// markdownTitle is the title of the front matter, or the first heading of the first level.
func markdownTitle(text string) string {
	matter, body := frontMatter(text)
	for line := range strings.Lines(matter) {
		if value, is := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "title:"); is {
			if title := domain.CleanTitle(unquoted(strings.TrimSpace(value))); title != "" {
				return title
			}
		}
	}
	inside, before := "", "" // of a fence; the line before, if it may be a heading
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n")
		mark := ""
		if match := fence.FindStringSubmatch(line); match != nil {
			mark = match[1]
		}
		switch {
		case inside != "":
			if strings.HasPrefix(mark, inside) {
				inside = ""
			}
			continue
		case mark != "":
			inside, before = mark, ""
			continue
		}
		heading := before
		if match := atxHeading.FindStringSubmatch(line); match != nil {
			heading = match[1]
		} else if !underline.MatchString(line) {
			before = strings.TrimSpace(line)
			continue
		}
		if title := domain.CleanTitle(visibleInline(heading)); title != "" {
			return title
		}
		before = ""
	}
	return ""
}

// frontMatter cuts the lines between two of "---" from the top of a Markdown text.
func frontMatter(text string) (matter, body string) {
	const most = 64 << 10
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimRight(first, " \t\r") != "---" {
		return "", text
	}
	length := 0
	for line := range strings.Lines(rest) {
		if bare := strings.TrimRight(line, " \t\r\n"); bare == "---" || bare == "..." {
			return rest[:length], rest[length+len(line):]
		}
		if length += len(line); length > most {
			break
		}
	}
	return "", text
}

// unquoted reads a YAML scalar well enough for a title.
func unquoted(value string) string {
	for _, quote := range []string{`"`, `'`} {
		if inner, is := strings.CutPrefix(value, quote); is {
			text, _, _ := strings.Cut(inner, quote)
			return text
		}
	}
	text, _, _ := strings.Cut(value, " #")
	if text == "|" || text == ">" || strings.HasPrefix(text, "#") {
		return ""
	}
	return text
}

// visibleInline is a line of Markdown as it reads.
func visibleInline(line string) string {
	const most = 4000
	source := []byte("# " + line[:min(len(line), most)])
	var text strings.Builder
	_ = ast.Walk(newMarkdown().parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function never fails
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			text.Write(readable(n.Segment.Value(source), n.IsRaw()))
		case *ast.String:
			text.Write(n.Value)
		case *ast.AutoLink:
			text.Write(n.Label(source))
		}
		return ast.WalkContinue, nil
	})
	return text.String()
}

// readable reads the character references in a run of Markdown text.
func readable(segment []byte, raw bool) []byte {
	if raw {
		return segment
	}
	return util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(segment)))
}
