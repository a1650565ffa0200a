package content

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Markdown can be written that takes goldmark the square of its length, or that unfolds to far more than it is: unmatched brackets, a row of
// ten thousand quotes, one long address that is referred to a million times. What is beyond these limits, which no text for people comes near,
// stays as it is written.
const (
	mostNesting      = 40          // lists and quotes in each other
	mostBlocks       = 100_000     // lists, quotes and footnotes
	mostSteps        = 400_000_000 // roughly the bytes looked at again
	mostCells        = 300_000     // of all tables, also those that goldmark adds to short rows
	mostEscapedPipes = 2000
	mostFootnotes    = 1000
	mostFound        = 20_000   // addresses that are written as text and become links
	mostDestinations = 16 << 20 // bytes of all addresses and titles of links and images

	mostMarkdownLines = 150_000 // more are shown as they are written: each may become a block
)

var budgetKey = parser.NewContextKey()

// budget is what is left while one document is read.
type budget struct {
	steps, cells, blocks, pipes, footnotes, found int

	block ast.Node // the one whose text is being read
	tries int      // in it
}

func budgetOf(pc parser.Context) *budget {
	b, is := pc.Get(budgetKey).(*budget)
	if !is {
		return &budget{}
	}
	return b
}

// take uses up n, and tells whether there was as much.
func take(left *int, n int) bool {
	if n > *left || n < 0 {
		return false
	}
	*left -= n
	return true
}

// limitedBlock is a block that holds others.
type limitedBlock struct {
	parser.BlockParser
	footnote bool
}

// Open makes no block where it would be nested too deep, and none after too many.
func (l limitedBlock) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if n.Kind() != ast.KindListItem {
			depth++
		}
	}
	left := budgetOf(pc)
	if depth > mostNesting || left.blocks < 1 || l.footnote && left.footnotes < 1 {
		return nil, parser.NoChildren
	}
	node, state := l.BlockParser.Open(parent, reader, pc)
	if node != nil {
		left.blocks--
		if l.footnote {
			left.footnotes--
		}
	}
	return node, state
}

// limitedInline is a parser of what is inside a text.
type limitedInline struct {
	parser.InlineParser
	footnote bool
}

// Parse finds nothing once too much was looked at. A try costs what it may look at: the rest of the block, and what was found in it before.
func (l limitedInline) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	left := budgetOf(pc)
	if left.block != parent {
		left.block, left.tries = parent, 0
	}
	left.tries++
	cost := 8 * left.tries
	if lines := parent.Lines(); lines != nil && lines.Len() > 0 {
		_, at := block.Position()
		cost += max(lines.At(lines.Len()-1).Stop-at.Start, 0)
	}
	if l.footnote {
		cost += 4 * (mostFootnotes - left.footnotes)
	}
	if !take(&left.steps, cost) {
		return nil
	}
	return l.InlineParser.Parse(parent, block, pc)
}

// limitedFinder makes links of addresses that are written as text.
type limitedFinder struct{ parser.InlineParser }

// Parse finds nothing once there are too many.
func (l limitedFinder) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	left := budgetOf(pc)
	if left.found < 1 {
		return nil
	}
	node := l.InlineParser.Parse(parent, block, pc)
	if node != nil {
		left.found--
	}
	return node
}

// limitedLink also ends what it began in a block.
type limitedLink struct{ limitedInline }

// CloseBlock is as parser.CloseBlocker says.
func (l limitedLink) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if closer, is := l.InlineParser.(parser.CloseBlocker); is {
		closer.CloseBlock(parent, block, pc)
	}
}

// limitedDefinitions are definitions of links.
type limitedDefinitions struct{ parser.ParagraphTransformer }

// Transform leaves the paragraph as it is when looking through it takes too long.
func (l limitedDefinitions) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	first := lines.At(0)
	if !bytes.HasPrefix(bytes.TrimLeft(first.Value(reader.Source()), " \t"), []byte("[")) {
		return
	}
	length := lines.At(lines.Len()-1).Stop - first.Start
	if take(&budgetOf(pc).steps, lines.Len()*length/4) {
		l.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// limitedTable is a table.
type limitedTable struct{ parser.ParagraphTransformer }

// Transform leaves the paragraph as it is when there would be too many cells.
func (l limitedTable) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines, columns, pipes, delimited := node.Lines(), 0, 0, false
	for i := range lines.Len() {
		line := lines.At(i)
		value := line.Value(reader.Source())
		columns = max(columns, bytes.Count(value, []byte("|"))+1)
		pipes += bytes.Count(value, []byte(`\|`))
		delimited = delimited || i > 0 && bytes.Contains(value, []byte("-"))
	}
	if !delimited {
		return
	}
	left := budgetOf(pc)
	if take(&left.pipes, pipes) && take(&left.cells, columns*lines.Len()) {
		l.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// limitedDestinations drops the addresses of links once there is too much of them.
type limitedDestinations struct{}

// Transform is as parser.ASTTransformer says.
func (limitedDestinations) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	left := mostDestinations
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function never fails
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			if !take(&left, len(n.Destination)+len(n.Title)) {
				n.Destination, n.Title = nil, nil
			}
		case *ast.Image:
			if !take(&left, len(n.Destination)+len(n.Title)) {
				n.Destination, n.Title = nil, nil
			}
		}
		return ast.WalkContinue, nil
	})
}
