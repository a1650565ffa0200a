package content

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// mostDepth is how deep elements are nested in what is shown; elements beyond are left out, what is in them is not. Browsers stop at 512.
const mostDepth = 100

// tidy reads HTML and writes it again with the elements and attributes of the policy only, each closed where it ends, so that every parser
// reads the same. It reads token by token: a parser as browsers have it can be made to build trees many times the size of what it reads.
// What is not shown as it was meant, such as a form, is shown by the text in it; scripts and styles are left out.
func tidy(page string) []byte {
	t := tidier{tokens: html.NewTokenizer(strings.NewReader(page)), counts: map[atom.Atom]int{}}
	for t.next() {
		continue
	}
	t.closeTo(0)
	if t.lang == "" && t.dir == "" {
		return t.out.Bytes()
	}
	var whole bytes.Buffer
	writeTag(&whole, "div", []html.Attribute{{Key: "lang", Val: t.lang}, {Key: "dir", Val: t.dir}})
	whole.Write(t.out.Bytes())
	whole.WriteString("</div>")
	return whole.Bytes()
}

type tidier struct {
	tokens    *html.Tokenizer
	out       bytes.Buffer
	open      []atom.Atom       // what is written and not closed
	counts    map[atom.Atom]int // of what is open
	skip      atom.Atom         // until this ends nothing is written
	skipping  int               // how many of it are open
	lang, dir string            // of the page
}

// silent are elements that are left out with what is in them.
var silent = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Title: true, atom.Iframe: true, atom.Noembed: true, atom.Noframes: true, atom.Textarea: true,
	atom.Template: true, atom.Select: true, atom.Datalist: true, atom.Annotation: true,
}

// renamed are elements that are shown as others.
var renamed = map[atom.Atom]atom.Atom{
	atom.Strike: atom.S, atom.Tt: atom.Code, atom.Acronym: atom.Abbr, atom.Center: atom.Div, atom.Dir: atom.Ul, atom.Menu: atom.Ul,
	atom.Xmp: atom.Pre, atom.Listing: atom.Pre, atom.Plaintext: atom.Pre, atom.Image: atom.Img,
}

// next handles one token, and tells whether there may be more.
func (t *tidier) next() bool {
	switch t.tokens.Next() {
	case html.ErrorToken:
		return false
	case html.TextToken:
		if t.skip == 0 {
			t.out.WriteString(escape(string(t.tokens.Text())))
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		token := t.tokens.Token()
		if token.DataAtom == atom.Noscript {
			t.tokens.NextIsNotRawText() // nothing runs, so this is what is to be read
		}
		t.start(token)
	case html.EndTagToken:
		token := t.tokens.Token()
		if t.skip != 0 {
			if token.DataAtom == t.skip {
				if t.skipping--; t.skipping == 0 {
					t.skip = 0
				}
			}
			return true
		}
		t.end(as(token.DataAtom))
	}
	return true
}

func as(name atom.Atom) atom.Atom {
	if other, is := renamed[name]; is {
		return other
	}
	return name
}

func (t *tidier) start(token html.Token) {
	name := as(token.DataAtom)
	switch {
	case t.skip != 0:
		if token.DataAtom == t.skip {
			t.skipping++
		}
		return
	case silent[name]:
		t.skip, t.skipping = name, 1
		return
	case name == atom.Html || name == atom.Body:
		allowed := attributesOf(atom.Html, token.Attr)
		t.lang, t.dir = firstOf(t.lang, allowed, "lang"), firstOf(t.dir, allowed, "dir")
		return
	case name == atom.Img:
		t.image(token.Attr)
		return
	case name == atom.Input:
		t.checkbox(token.Attr)
		return
	case elements[name] == nil:
		return
	}
	t.closeImplied(name)
	attributes := attributesOf(name, token.Attr)
	if void[name] {
		writeTag(&t.out, name.String(), attributes)
		return
	}
	if len(t.open) >= mostDepth {
		return
	}
	if name == atom.Table {
		t.out.WriteString(`<div class="table" tabindex="0">`) // which scrolls
	}
	writeTag(&t.out, name.String(), attributes)
	t.open = append(t.open, name)
	t.counts[name]++
}

func firstOf(known string, attributes []html.Attribute, key string) string {
	for _, a := range attributes {
		if a.Key == key && known == "" {
			return a.Val
		}
	}
	return known
}

// image shows an image that is in the page; of any other it shows the words for it, since nothing is loaded.
func (t *tidier) image(attributes []html.Attribute) {
	allowed := attributesOf(atom.Img, attributes)
	if slices.ContainsFunc(allowed, func(a html.Attribute) bool { return a.Key == "src" }) {
		writeTag(&t.out, "img", allowed)
		return
	}
	alt := ""
	for _, a := range allowed {
		if a.Key == "alt" {
			alt = a.Val
		}
	}
	t.out.WriteString(`<span class="missing-image">` + escape(alt) + `</span>`)
}

// checkbox shows that of a list of tasks, as a character: nothing can be filled in.
func (t *tidier) checkbox(attributes []html.Attribute) {
	kind, checked := "", false
	for _, a := range attributes {
		switch a.Key {
		case "type":
			kind = strings.ToLower(a.Val)
		case "checked":
			checked = true
		}
	}
	switch {
	case kind != "checkbox":
	case checked:
		t.out.WriteString(`<span class="task">☑</span>`)
	default:
		t.out.WriteString(`<span class="task">☐</span>`)
	}
}

// implied says what ends where an element begins, and what keeps it from ending.
type implied struct{ ends, until []atom.Atom }

var (
	blockElements = []atom.Atom{
		atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Details, atom.Div, atom.Dl, atom.Figure, atom.Footer, atom.H1, atom.H2,
		atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Section, atom.Table, atom.Ul,
	}
	headings = []atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}
	cells    = []atom.Atom{atom.Td, atom.Th, atom.Caption}
	rows     = []atom.Atom{atom.Tr, atom.Colgroup}
	groups   = []atom.Atom{atom.Thead, atom.Tbody, atom.Tfoot}
	scopes   = []atom.Atom{atom.Table, atom.Td, atom.Th, atom.Caption}
	ends     = impliedEnds()
)

func impliedEnds() map[atom.Atom]implied {
	table := []atom.Atom{atom.Table}
	ends := map[atom.Atom]implied{
		atom.Li: {[]atom.Atom{atom.Li}, append(slices.Clone(scopes), atom.Ul, atom.Ol)},
		atom.Dt: {[]atom.Atom{atom.Dt, atom.Dd}, append(slices.Clone(scopes), atom.Dl)},
		atom.Dd: {[]atom.Atom{atom.Dt, atom.Dd}, append(slices.Clone(scopes), atom.Dl)},
		atom.A:  {[]atom.Atom{atom.A}, scopes},
		atom.Rt: {[]atom.Atom{atom.Rt, atom.Rp}, append(slices.Clone(scopes), atom.Ruby)},
		atom.Rp: {[]atom.Atom{atom.Rt, atom.Rp}, append(slices.Clone(scopes), atom.Ruby)},
		atom.Td: {cells, table}, atom.Th: {cells, table},
		atom.Tr: {slices.Concat(cells, rows), table},
	}
	for _, name := range slices.Concat(groups, []atom.Atom{atom.Caption, atom.Colgroup}) {
		ends[name] = implied{slices.Concat(cells, rows, groups), table}
	}
	for _, name := range blockElements {
		ends[name] = implied{[]atom.Atom{atom.P}, scopes}
	}
	for _, name := range headings {
		ends[name] = implied{append(slices.Clone(headings), atom.P), append(slices.Clone(scopes), atom.Section, atom.Article, atom.Div)}
	}
	return ends
}

// closeImplied closes what ends where an element begins: a paragraph where another does, though no end tag says so.
func (t *tidier) closeImplied(name atom.Atom) {
	rule, is := ends[name]
	if !is || !slices.ContainsFunc(rule.ends, func(end atom.Atom) bool { return t.counts[end] > 0 }) {
		return
	}
	lowest := -1
	for i := len(t.open) - 1; i >= 0 && !slices.Contains(rule.until, t.open[i]); i-- {
		if slices.Contains(rule.ends, t.open[i]) {
			lowest = i
		}
	}
	if lowest >= 0 {
		t.closeTo(lowest)
	}
}

// end closes the innermost element of that name, and what is open in it; but nothing in a cell ends what is outside.
func (t *tidier) end(name atom.Atom) {
	if t.counts[name] == 0 {
		return
	}
	inTable := name == atom.Table || slices.Contains(cells, name) || slices.Contains(rows, name) || slices.Contains(groups, name)
	for i := len(t.open) - 1; i >= 0; i-- {
		switch {
		case t.open[i] == name:
			t.closeTo(i)
			return
		case t.open[i] == atom.Table, !inTable && slices.Contains(cells, t.open[i]):
			return
		}
	}
}

func (t *tidier) closeTo(length int) {
	for len(t.open) > length {
		last := t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		t.counts[last]--
		t.out.WriteString("</" + last.String() + ">")
		if last == atom.Table {
			t.out.WriteString("</div>")
		}
	}
}

func writeTag(out *bytes.Buffer, name string, attributes []html.Attribute) {
	out.WriteByte('<')
	out.WriteString(name)
	for _, a := range attributes {
		if a.Val == "" && (a.Key == "lang" || a.Key == "dir") {
			continue
		}
		out.WriteByte(' ')
		out.WriteString(a.Key)
		out.WriteString(`="`)
		out.WriteString(escape(a.Val))
		out.WriteByte('"')
	}
	out.WriteByte('>')
}

// escape makes text of any text, within elements and in attributes. A carriage return would not survive a parser.
func escape(s string) string {
	return html.EscapeString(strings.ReplaceAll(printable(s), "\r", "\n"))
}
