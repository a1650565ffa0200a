package content

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attribute is one that an element may have, and what it may say.
type attribute struct {
	name  string
	value *regexp.Regexp
}

const longestAddress = 4096 // characters of a link

var (
	anyText     = regexp.MustCompile(`(?s)^.*$`)
	number      = regexp.MustCompile(`^[0-9]{1,4}$`)
	language    = regexp.MustCompile(`^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,6}$`)
	direction   = regexp.MustCompile(`^(?i:ltr|rtl|auto)$`)
	identifier  = regexp.MustCompile(`^[\p{L}\p{N}_:.-]+$`) // a bound would cost each start 20 ms
	className   = regexp.MustCompile(`^(?:footnotes|footnote-ref|footnote-backref|missing-image|task|table|text|language-[A-Za-z0-9+#_-]{1,40})$`)
	date        = regexp.MustCompile(`^[0-9A-Za-z:+. -]{1,50}$`)
	align       = regexp.MustCompile(`^(?i:left|center|right|justify)$`)
	scope       = regexp.MustCompile(`^(?i:row|col|rowgroup|colgroup)$`)
	footnote    = regexp.MustCompile(`^doc-(?:noteref|backlink|endnotes)$`)
	listType    = regexp.MustCompile(`^(?:1|a|A|i|I|disc|circle|square)$`)
	nothing     = regexp.MustCompile(`^$`)
	address     = regexp.MustCompile(`^(?:https?://|mailto:|#)`)
	relation    = regexp.MustCompile(`^noopener noreferrer nofollow$`)
	newWindow   = regexp.MustCompile(`^_blank$`)
	dataImage   = regexp.MustCompile(`^data:image/(?:png|jpeg|gif|webp);base64,`) // and isImage
	zero        = regexp.MustCompile(`^0$`)
	everywhere  = []attribute{{"id", identifier}, {"class", className}, {"lang", language}, {"dir", direction}, {"title", anyText}, {"role", footnote}}
	cellAligned = []attribute{{"align", align}}
	cell        = []attribute{{"align", align}, {"colspan", number}, {"rowspan", number}, {"scope", scope}, {"abbr", anyText}}
	columns     = []attribute{{"span", number}}
	dated       = []attribute{{"datetime", date}}
)

// elements are those that are shown, with the attributes they may have besides those that all may. What a link or an image may lead to is said by
// linkOf and imageOf; here is what they write.
var elements = map[atom.Atom][]attribute{
	atom.A:   {{"href", address}, {"rel", relation}, {"target", newWindow}},
	atom.Img: {{"src", dataImage}, {"alt", anyText}, {"width", number}, {"height", number}},
	atom.Td:  cell, atom.Th: cell, atom.Tr: cellAligned, atom.P: cellAligned, atom.Div: {{"align", align}, {"tabindex", zero}},
	atom.Col: columns, atom.Colgroup: columns, atom.Time: dated, atom.Ins: dated, atom.Del: dated,
	atom.Ol: {{"start", number}, {"type", listType}, {"reversed", nothing}}, atom.Ul: {{"type", listType}}, atom.Li: {{"value", number}},
	atom.Details: {{"open", nothing}},
	atom.Abbr:    {}, atom.Address: {}, atom.Article: {}, atom.Aside: {}, atom.B: {}, atom.Bdi: {}, atom.Bdo: {}, atom.Blockquote: {}, atom.Br: {},
	atom.Caption: {}, atom.Cite: {}, atom.Code: {}, atom.Dd: {}, atom.Dfn: {}, atom.Dl: {}, atom.Dt: {}, atom.Em: {}, atom.Figcaption: {},
	atom.Figure: {}, atom.Footer: {}, atom.H1: {}, atom.H2: {}, atom.H3: {}, atom.H4: {}, atom.H5: {}, atom.H6: {}, atom.Header: {}, atom.Hgroup: {},
	atom.Hr: {}, atom.I: {}, atom.Kbd: {}, atom.Mark: {}, atom.Nav: {}, atom.Pre: {}, atom.Q: {}, atom.Rp: {}, atom.Rt: {}, atom.Ruby: {}, atom.S: {},
	atom.Samp: {}, atom.Section: {}, atom.Small: {}, atom.Span: {}, atom.Strong: {}, atom.Sub: {}, atom.Summary: {}, atom.Sup: {}, atom.Table: {},
	atom.Tbody: {}, atom.Tfoot: {}, atom.Thead: {}, atom.U: {}, atom.Var: {}, atom.Wbr: {},
}

// void are elements without an end.
var void = map[atom.Atom]bool{atom.Br: true, atom.Hr: true, atom.Wbr: true, atom.Col: true, atom.Img: true}

// newPolicy says the same to bluemonday, which has the last word on everything that is shown.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for name, own := range elements {
		p.AllowElements(name.String())
		p.AllowNoAttrs().OnElements(name.String())
		for _, a := range slices.Concat(everywhere, own) {
			p.AllowAttrs(a.name).Matching(a.value).OnElements(name.String())
		}
	}
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true) // for what begins with #; the address's pattern refuses all others
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowURLSchemeWithCustomPolicy("data", func(u *url.URL) bool { return isImage(u.String()) })
	return p
}

// attributesOf returns the attributes that an element keeps, and those it is given.
func attributesOf(name atom.Atom, given []html.Attribute) []html.Attribute {
	var kept []html.Attribute
	own := elements[name]
	for _, g := range given {
		value := g.Val
		switch {
		case g.Namespace != "" || slices.ContainsFunc(kept, func(k html.Attribute) bool { return k.Key == g.Key }):
			continue
		case g.Key == "name" && name == atom.A:
			g.Key = "id"
		case g.Key == "href" && name == atom.A:
			value = linkOf(value)
		case g.Key == "src" && name == atom.Img:
			value = imageOf(value)
		case g.Key == "class":
			value = classOf(value)
		case g.Key == "rel", g.Key == "target", g.Key == "tabindex", g.Key == "open", g.Key == "role" && name != atom.A && name != atom.Div:
			continue
		case g.Key == "reversed":
			value = ""
		case g.Key == "xml:lang":
			g.Key = "lang"
		}
		fits := func(a attribute) bool { return a.name == g.Key && a.value.MatchString(value) }
		if slices.ContainsFunc(own, fits) || slices.ContainsFunc(everywhere, fits) {
			kept = append(kept, html.Attribute{Key: g.Key, Val: value})
			if g.Key == "href" && !strings.HasPrefix(value, "#") {
				kept = append(kept, html.Attribute{Key: "rel", Val: "noopener noreferrer nofollow"}, html.Attribute{Key: "target", Val: "_blank"})
			}
		}
	}
	if name == atom.Details { // nobody signs what they did not unfold
		kept = append(kept, html.Attribute{Key: "open"})
	}
	return kept
}

var dropControls = strings.NewReplacer("\t", "", "\n", "", "\r", "")

// linkOf is an absolute address of the web or of an email, or a place in the page; "" for any other.
func linkOf(href string) string {
	href = strings.TrimFunc(dropControls.Replace(href), func(r rune) bool { return r <= ' ' }) // as browsers read it
	if len(href) > longestAddress {
		return ""
	}
	u, err := url.Parse(href)
	if err != nil {
		return ""
	}
	switch {
	case strings.HasPrefix(href, "#") && len(href) > 1,
		(u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Opaque == "",
		u.Scheme == "mailto" && u.Opaque != "":
		href = u.String()
	default:
		return ""
	}
	if _, err := url.Parse(href); err != nil || strings.Contains(href, " ") { // bluemonday would drop it
		return ""
	}
	return href
}

// imageOf is an image's address that holds the image; "" for any other.
func imageOf(src string) string {
	head, data, _ := strings.Cut(src, ",")
	src = strings.ToLower(strings.TrimSpace(head)) + "," + strings.Join(strings.Fields(data), "")
	if !isImage(src) {
		return ""
	}
	return src
}

// isImage tells whether an address holds an image of a type that is shown.
func isImage(src string) bool {
	prefix := dataImage.FindString(src)
	data := strings.TrimRight(src[len(prefix):], "=")
	return prefix != "" && data != "" && len(src)-len(prefix)-len(data) <= 2 && !strings.ContainsFunc(data, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+' && r != '/'
	})
}

// classOf keeps the one class that the page's style knows.
func classOf(classes string) string {
	for class := range strings.FieldsSeq(classes) {
		if className.MatchString(class) && class != "table" {
			return class
		}
	}
	return ""
}
