package content

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the style
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"strings"

	"github.com/microcosm-cc/bluemonday"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

//go:embed reader.css
var style string

// StyleHash is the style of every page as the source list of a Content-Security-Policy names it. A page needs nothing but
// "default-src 'none'; style-src " + StyleHash() + "; img-src data:".
func StyleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var errNoText = errors.New("this kind is no text")

// Renderer makes pages of texts. It may be used by several goroutines.
type Renderer struct {
	markdown markdown
	policy   *bluemonday.Policy
}

// NewRenderer makes a renderer. It fails when the style would end before its end.
func NewRenderer() (*Renderer, error) {
	if strings.Contains(style, "</") || strings.Contains(style, "<!--") {
		return nil, errors.New("the style cannot be in a page")
	}
	return &Renderer{markdown: newMarkdown(), policy: newPolicy()}, nil
}

// Render is as contents.Renderer says. The page has no language: nobody knows it.
func (r *Renderer) Render(kind domain.ContentKind, content []byte, title string) (page []byte, err error) {
	defer domain.Wrap(&err, "render %s", kind)
	body, err := r.body(kind, content)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n")
	out.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
	out.WriteString("<title>" + escape(title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<main>\n")
	out.Write(body)
	out.WriteString("\n</main>\n</body>\n</html>\n")
	return out.Bytes(), nil
}

// body is the content as HTML in which nothing runs and nothing is loaded.
func (r *Renderer) body(kind domain.ContentKind, content []byte) (body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	switch kind {
	case domain.ContentMarkdown:
		text := decodeText(content)
		if strings.Count(text, "\n") > mostMarkdownLines {
			return plain(text), nil
		}
		converted, err := r.markdown.convert(text)
		if err != nil {
			return nil, err
		}
		return r.sanitise(string(converted)), nil
	case domain.ContentHTML:
		return r.sanitise(decodeHTML(content, "")), nil
	case domain.ContentText:
		return plain(decodeText(content)), nil
	}
	return nil, errNoText
}

// plain shows text as it is.
func plain(text string) []byte {
	return []byte("<pre class=\"text\">\n" + html.EscapeString(unixLines(text)) + "</pre>") // a parser drops the first line break
}

// unixLines ends every line with a line feed.
func unixLines(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
}

func (r *Renderer) sanitise(page string) []byte {
	return r.policy.SanitizeBytes(tidy(page))
}

var _ contents.Renderer = (*Renderer)(nil)
