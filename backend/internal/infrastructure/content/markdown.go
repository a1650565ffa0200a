package content

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	htmlrenderer "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown reads GitHub's Markdown with footnotes. It may be used by several goroutines.
type markdown struct {
	parser   parser.Parser
	renderer renderer.Renderer
}

func newMarkdown() markdown {
	return markdown{
		parser: parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewSetextHeadingParser(parser.WithAutoHeadingID()), 100),
				util.Prioritized(parser.NewThematicBreakParser(), 200),
				util.Prioritized(limitedBlock{BlockParser: parser.NewListParser()}, 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(parser.NewCodeBlockParser(), 500),
				util.Prioritized(parser.NewATXHeadingParser(parser.WithAutoHeadingID()), 600),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(limitedBlock{BlockParser: parser.NewBlockquoteParser()}, 800),
				util.Prioritized(parser.NewHTMLBlockParser(), 900),
				util.Prioritized(limitedBlock{BlockParser: extension.NewFootnoteBlockParser(), footnote: true}, 999),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
				util.Prioritized(limitedInline{InlineParser: parser.NewCodeSpanParser()}, 100),
				util.Prioritized(limitedInline{InlineParser: extension.NewFootnoteParser(), footnote: true}, 101),
				util.Prioritized(limitedLink{limitedInline{InlineParser: parser.NewLinkParser()}}, 200),
				util.Prioritized(limitedInline{InlineParser: parser.NewAutoLinkParser()}, 300),
				util.Prioritized(limitedInline{InlineParser: parser.NewRawHTMLParser()}, 400),
				util.Prioritized(limitedInline{InlineParser: parser.NewEmphasisParser()}, 500),
				util.Prioritized(limitedInline{InlineParser: extension.NewStrikethroughParser()}, 500),
				util.Prioritized(limitedFinder{extension.NewLinkifyParser()}, 999),
			),
			parser.WithParagraphTransformers(
				util.Prioritized(limitedDefinitions{parser.LinkReferenceParagraphTransformer}, 100),
				util.Prioritized(limitedTable{extension.NewTableParagraphTransformer()}, 200),
			),
			parser.WithASTTransformers(
				util.Prioritized(extension.NewTableASTTransformer(), 0),
				util.Prioritized(extension.NewFootnoteASTTransformer(), 999),
				util.Prioritized(limitedDestinations{}, 1000),
			),
		),
		renderer: renderer.NewRenderer(renderer.WithNodeRenderers(
			util.Prioritized(extension.NewTableHTMLRenderer(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), 500),
			util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
			util.Prioritized(extension.NewTaskCheckBoxHTMLRenderer(), 500),
			util.Prioritized(extension.NewFootnoteHTMLRenderer(), 500),
			// The HTML inside is let through: all of the output is sanitised.
			util.Prioritized(htmlrenderer.NewRenderer(htmlrenderer.WithUnsafe()), 1000),
		)),
	}
}

// parse returns the document's tree.
func (m markdown) parse(source []byte) ast.Node {
	context := parser.NewContext()
	context.Set(budgetKey, &budget{
		steps: mostSteps, cells: mostCells, blocks: mostBlocks, pipes: mostEscapedPipes, footnotes: mostFootnotes, found: mostFound,
	})
	return m.parser.Parse(text.NewReader(source), parser.WithContext(context))
}

// convert returns HTML, which is not safe yet. Front matter is shown as it is written: who signs sees everything.
func (m markdown) convert(source string) ([]byte, error) {
	matter, body := frontMatter(source)
	var out bytes.Buffer
	if strings.TrimSpace(matter) != "" {
		out.WriteString("<pre><code>" + html.EscapeString(matter) + "</code></pre>\n")
	}
	if err := m.renderer.Render(&out, []byte(body), m.parse([]byte(body))); err != nil {
		return nil, fmt.Errorf("render Markdown: %w", err)
	}
	return out.Bytes(), nil
}
