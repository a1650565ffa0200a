package certificate

import (
	"fmt"

	"codeberg.org/go-pdf/fpdf"
)

// A4 and its margins, in millimetres.
const (
	pageWidth  = 210
	pageHeight = 297
	margin     = 20
	top        = 17
	bottom     = pageHeight - 19 // where the text ends
	labelWidth = 36
)

type colour struct{ r, g, b int }

// The colours of the light theme, in sRGB.
var (
	ink        = colour{29, 34, 41}
	ink2       = colour{86, 91, 100}
	rule       = colour{225, 223, 219}
	accent     = colour{2, 102, 68}
	accentSoft = colour{224, 246, 234}
	due        = colour{141, 84, 3}
	dueSoft    = colour{255, 241, 214}
)

// style is how text looks: size in points, leading (from line to line) in millimetres.
type style struct {
	family, weight string
	size, leading  float64
	colour         colour
}

var (
	title  = style{"sans", "B", 18, 7.6, ink}
	label  = style{"sans", "", 8.5, 4.9, ink2}
	quiet  = style{"sans", "", 9.5, 4.6, ink2}
	quote  = style{"sans", "", 11.5, 5.4, ink}
	small  = style{"sans", "", 8, 4, ink2}
	notice = style{"sans", "", 8.5, 4, due}
	plain  = style{"sans", "", 9.5, 4.9, ink}
	mono   = style{"mono", "", 8.5, 4.9, ink}
	strong = style{"sans", "B", 9, 4.6, ink}
	fine   = style{"sans", "", 8.5, 4, ink2}
	tiny   = style{"sans", "", 7, 3.1, ink2}
	part   = style{"sans", "B", 9.5, 4.6, accent}
)

// fitting is the style of a name or title: the longer it is, the smaller.
func fitting(s string) style {
	switch n := len([]rune(s)); {
	case n <= 90:
		return style{"sans", "B", 14, 6.2, ink}
	case n <= 220:
		return style{"sans", "B", 11.5, 5.2, ink}
	}
	return style{"sans", "B", 9.5, 4.4, ink}
}

// box is where text runs: from x to the right, in millimetres.
type box struct{ x, width float64 }

// sheet writes from top to bottom, and on the next page when one is full. Lengths are millimetres.
type sheet struct {
	pdf       *fpdf.Fpdf
	y         float64 // where the next line begins
	continued func()  // writes the head of a further page
	dry       bool    // nothing is written, only measured
}

func newSheet(pdf *fpdf.Fpdf) *sheet { return &sheet{pdf: pdf, y: top, continued: func() {}} }

// left is the whole width between the margins.
func (s *sheet) left() box { return box{margin, pageWidth - 2*margin} }

func (s *sheet) space(height float64) { s.y += height }

// need begins a new page unless that much height is left on this one.
func (s *sheet) need(height float64) {
	if !s.dry && s.y+height > bottom && s.y > top {
		s.pdf.AddPage()
		s.y = top
		s.continued()
	}
}

func (s *sheet) use(st style) {
	s.pdf.SetFont(st.family, st.weight, st.size)
	s.pdf.SetTextColor(st.colour.r, st.colour.g, st.colour.b)
}

// lines wraps text to a box.
func (s *sheet) lines(in box, st style, text string) []string {
	s.use(st)
	return wrap(text, in.width, func(r rune) float64 { return s.pdf.GetStringWidth(string(r)) })
}

// height is what write would take.
func (s *sheet) height(in box, st style, text string) float64 {
	return float64(len(s.lines(in, st, text))) * st.leading
}

// write sets text into a box, line below line.
func (s *sheet) write(in box, st style, text string) {
	for _, line := range s.lines(in, st, text) {
		s.need(st.leading)
		if !s.dry {
			s.line(in.x, st, line)
		}
		s.space(st.leading)
	}
}

// line sets one line at the present height, its baseline so that the letters stand in the middle of the leading.
func (s *sheet) line(x float64, st style, text string) {
	s.use(st)
	const pointsPerMillimetre, capHeight = 72 / 25.4, 0.72
	s.pdf.Text(x, s.y+(st.leading+st.size*capHeight/pointsPerMillimetre)/2, text)
}

// heading begins a group of rows; two of them stay with it.
func (s *sheet) heading(text string) {
	s.space(5)
	s.need(part.leading + 2 + 2*plain.leading)
	s.write(s.left(), part, text)
	s.space(0.6)
	s.rule(s.y)
	s.space(1.4)
}

// row sets a label and its value side by side.
func (s *sheet) row(name string, st style, value string) {
	names := box{margin, labelWidth - 2}
	values := box{margin + labelWidth, pageWidth - 2*margin - labelWidth}
	s.need(s.height(names, label, name))
	start, page := s.y, s.pdf.PageNo()
	s.write(names, label, name)
	end := s.y
	s.y = start
	s.write(values, st, value)
	if s.pdf.PageNo() == page {
		s.y = max(s.y, end)
	}
}

// panel sets text on a tinted ground with a bar at its left. It is not broken across pages where it fits on one.
func (s *sheet) panel(bar, ground colour, content func(box)) {
	in := box{margin + 5, pageWidth - 2*margin - 8}
	height := s.measure(in, content) + 4
	s.need(min(height, bottom-top))
	if s.y+height <= bottom {
		s.fill(margin, s.y, pageWidth-2*margin, height, ground)
		s.fill(margin, s.y, 1, height, bar)
	}
	s.space(2)
	content(in)
	s.space(2)
}

// measure is the height that content would take, without writing it.
func (s *sheet) measure(in box, content func(box)) float64 {
	before := *s
	s.dry, s.y = true, 0
	content(in)
	height := s.y
	*s = before
	return height
}

func (s *sheet) fill(x, y, width, height float64, c colour) {
	s.pdf.SetFillColor(c.r, c.g, c.b)
	s.pdf.Rect(x, y, width, height, "F")
}

func (s *sheet) rule(y float64) {
	s.pdf.SetDrawColor(rule.r, rule.g, rule.b)
	s.pdf.SetLineWidth(0.2)
	s.pdf.Line(margin, y, pageWidth-margin, y)
}

// footers closes every page with a line and its number.
func (s *sheet) footers(text string) {
	last := s.pdf.PageNo()
	for page := 1; page <= last; page++ {
		s.pdf.SetPage(page)
		s.y = bottom + 4
		s.rule(s.y)
		s.space(1.6)
		number := fmt.Sprintf("%d/%d", page, last)
		s.use(small)
		s.line(pageWidth-margin-s.pdf.GetStringWidth(number), small, number)
		s.line(margin, small, text)
	}
	s.pdf.SetPage(last)
}
