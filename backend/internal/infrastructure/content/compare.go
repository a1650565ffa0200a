package content

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// What a comparison may take and show.
const (
	mostParts     = 2000
	mostShown     = 1 << 20         // bytes
	mostLines     = 20_000          // of each text, besides those that both begin and end with
	mostWords     = 10_000          // of each side of a change; it is shown whole beyond
	longestSearch = 3 * time.Second // afterwards changes are found, but not the smallest ones
)

// Compare is as contents.Renderer says. The parts that stayed and went are the first text, those that stayed and came the second, until a
// difference of more than 2,000 parts or 1 MiB is cut off.
func (r *Renderer) Compare(fromKind domain.ContentKind, from []byte, toKind domain.ContentKind, to []byte) (d contents.Difference, err error) {
	defer domain.Wrap(&err, "compare %s with %s", fromKind, toKind)
	before, err := r.source(fromKind, from)
	if err != nil {
		return d, err
	}
	after, err := r.source(toKind, to)
	if err != nil {
		return d, err
	}
	return compare(before, after), nil
}

// source is what is compared of a text.
func (r *Renderer) source(kind domain.ContentKind, content []byte) (string, error) {
	switch kind {
	case domain.ContentHTML:
		body, err := r.body(kind, content)
		if err != nil {
			return "", err
		}
		return visibleText(string(body)), nil
	case domain.ContentMarkdown, domain.ContentText:
		return unixLines(decodeText(content)), nil
	}
	return "", errNoText
}

// visibleText is sanitised HTML as it reads, a line for each block.
func visibleText(body string) string {
	var text strings.Builder
	pre, gap, line := 0, false, true // in <pre>; space was seen; at the beginning of a line
	lineBreak := func() {
		if gap = false; !line {
			text.WriteByte('\n')
			line = true
		}
	}
	write := func(s string) {
		if gap && !line {
			text.WriteByte(' ')
		}
		gap, line = false, false
		text.WriteString(s)
	}
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			lineBreak()
			return text.String()
		}
		token := z.Token()
		switch {
		case kind == html.TextToken && pre > 0:
			text.WriteString(token.Data)
			gap, line = false, strings.HasSuffix(token.Data, "\n")
		case kind == html.TextToken:
			words := strings.Fields(token.Data)
			if first, _ := utf8.DecodeRuneInString(token.Data); unicode.IsSpace(first) {
				gap = true
			}
			for i, word := range words {
				gap = gap || i > 0
				write(word)
			}
			if last, _ := utf8.DecodeLastRuneInString(token.Data); unicode.IsSpace(last) {
				gap = true
			}
		case token.DataAtom == atom.Img:
			for _, a := range token.Attr {
				if a.Key == "alt" && a.Val != "" {
					write("[" + a.Val + "]")
				}
			}
		case token.DataAtom == atom.Br && pre > 0:
			text.WriteByte('\n')
		case breaksLine(token.DataAtom):
			lineBreak()
			if token.DataAtom == atom.Pre && kind == html.StartTagToken {
				pre++
			} else if token.DataAtom == atom.Pre {
				pre = max(pre-1, 0)
			}
		case token.DataAtom == atom.Td, token.DataAtom == atom.Th:
			gap = true
		}
	}
}

func breaksLine(name atom.Atom) bool {
	switch name {
	case atom.Br, atom.Li, atom.Dt, atom.Dd, atom.Tr, atom.Caption, atom.Summary, atom.Figcaption:
		return true
	}
	for _, block := range blockElements {
		if name == block {
			return true
		}
	}
	return false
}

// comparison collects parts.
type comparison struct {
	contents.Difference
	size           int
	removed, added strings.Builder // not yet among the parts
	differ         *diffmatchpatch.DiffMatchPatch
	until          time.Time
}

// compare looks at lines first, and then at the words of those that changed.
func compare(before, after string) contents.Difference {
	c := &comparison{differ: diffmatchpatch.New(), until: time.Now().Add(longestSearch)}
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	c.same(strings.Join(a[:head], ""))
	middleA, middleB := a[head:len(a)-tail], b[head:len(b)-tail]
	cut := len(middleA) > mostLines || len(middleB) > mostLines
	middleA, middleB = middleA[:min(len(middleA), mostLines)], middleB[:min(len(middleB), mostLines)]
	steps := c.steps(middleA, middleB, false)
	for i := 0; i < len(steps) && !c.Truncated; i++ {
		switch {
		case steps[i].change == contents.PartSame:
			c.same(steps[i].text)
		case i+1 < len(steps) && steps[i].change == contents.PartRemoved && steps[i+1].change == contents.PartAdded:
			c.words(steps[i].text, steps[i+1].text)
			i++
		default:
			c.changed(steps[i])
		}
	}
	if cut {
		c.flush()
		c.Truncated = true
		return c.Difference
	}
	c.same(strings.Join(a[len(a)-tail:], ""))
	c.flush()
	return c.Difference
}

// step is a run of tokens of one fate.
type step struct {
	change contents.PartChange
	text   string
}

// steps leads from some tokens to others. Each token becomes one character, of which there are enough. Cleaned, a word that stayed by chance among
// many that did not is changed too.
func (c *comparison) steps(before, after []string, cleaned bool) []step {
	left := time.Until(c.until)
	if left <= 0 || len(before) == 0 || len(after) == 0 {
		return []step{{contents.PartRemoved, strings.Join(before, "")}, {contents.PartAdded, strings.Join(after, "")}}
	}
	c.differ.DiffTimeout = left
	var tokens []string
	numbers := map[string]rune{}
	encode := func(from []string) []rune {
		to := make([]rune, len(from))
		for i, token := range from {
			if _, known := numbers[token]; !known {
				tokens = append(tokens, token)
				numbers[token] = rune(len(tokens)) //nolint:gosec // at most twice mostLines
			}
			to[i] = numbers[token]
		}
		return to
	}
	diffs := c.differ.DiffMainRunes(encode(before), encode(after), false)
	if cleaned {
		diffs = c.differ.DiffCleanupSemantic(diffs)
	}
	changes := map[diffmatchpatch.Operation]contents.PartChange{
		diffmatchpatch.DiffEqual: contents.PartSame, diffmatchpatch.DiffDelete: contents.PartRemoved, diffmatchpatch.DiffInsert: contents.PartAdded,
	}
	steps := make([]step, 0, len(diffs))
	for _, d := range diffs {
		var text strings.Builder
		for _, number := range d.Text {
			text.WriteString(tokens[number-1])
		}
		steps = append(steps, step{changes[d.Type], text.String()})
	}
	return steps
}

// words adds what changed within a change. A space that stayed between two changed words is shown as changed.
func (c *comparison) words(before, after string) {
	a, b := wordsOf(before), wordsOf(after)
	if len(a) > mostWords || len(b) > mostWords {
		a, b = []string{before}, []string{after}
	}
	steps := c.steps(a, b, true)
	for i, s := range steps {
		between := i > 0 && i < len(steps)-1 && strings.Trim(s.text, " \t") == ""
		if s.change == contents.PartSame && !between {
			c.same(s.text)
			continue
		}
		if s.change != contents.PartAdded {
			c.changed(step{contents.PartRemoved, s.text})
		}
		if s.change != contents.PartRemoved {
			c.changed(step{contents.PartAdded, s.text})
		}
	}
}

// wordsOf cuts a text into words, spaces and other characters; scripts that put no space between words into characters.
func wordsOf(text string) []string {
	const space, word, other = 1, 2, 3
	var words []string
	start, kind := 0, 0
	for at, r := range text {
		next := other
		switch {
		case r == '\n' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		case unicode.IsSpace(r):
			next = space
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			next = word
		}
		if at > start && (next != kind || next == other) {
			words = append(words, text[start:at])
			start = at
		}
		kind = next
	}
	if start < len(text) {
		words = append(words, text[start:])
	}
	return words
}

func (c *comparison) changed(s step) {
	if s.change == contents.PartRemoved {
		c.removed.WriteString(s.text)
	} else {
		c.added.WriteString(s.text)
	}
}

func (c *comparison) same(text string) {
	if text != "" {
		c.flush()
		c.add(contents.PartSame, text)
	}
}

func (c *comparison) flush() {
	removed, added := c.removed.String(), c.added.String()
	c.removed.Reset()
	c.added.Reset()
	c.add(contents.PartRemoved, removed)
	c.add(contents.PartAdded, added)
}

// add shows a part, as much of it as there is room for.
func (c *comparison) add(change contents.PartChange, text string) {
	if text == "" || c.Truncated {
		return
	}
	last := len(c.Parts) - 1
	joins := last >= 0 && c.Parts[last].Change == change
	if len(c.Parts) == mostParts && !joins {
		c.Truncated = true
		return
	}
	if c.size+len(text) > mostShown {
		c.Truncated = true
		end := mostShown - c.size
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		if text = text[:end]; text == "" {
			return
		}
	}
	c.size += len(text)
	if joins {
		c.Parts[last].Text += text
		return
	}
	c.Parts = append(c.Parts, contents.Part{Change: change, Text: text})
}
