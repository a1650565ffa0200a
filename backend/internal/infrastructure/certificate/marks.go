package certificate

import (
	"math"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode/qr"
)

// drawSeal draws the seal of an entry hash into a square of the given size with its upper left corner at x, y, in
// millimetres: 32 rays whose lengths are the 32 bytes, clockwise from the top, around a tick. The web app's seal.ts has
// the same rule.
func drawSeal(pdf *fpdf.Fpdf, hash [32]byte, x, y, size float64) {
	const centre, inner, outer, reach = 50, 30, 34, 13
	unit := size / 100
	at := func(radius, angle float64) (float64, float64) {
		return x + unit*(centre+radius*math.Cos(angle)), y + unit*(centre+radius*math.Sin(angle))
	}
	pdf.SetDrawColor(accent.r, accent.g, accent.b)
	pdf.SetFillColor(accentSoft.r, accentSoft.g, accentSoft.b)
	pdf.Circle(x+unit*centre, y+unit*centre, unit*24, "F")
	pdf.SetLineCapStyle("round")
	pdf.SetLineJoinStyle("round")
	pdf.SetLineWidth(unit * 3.2)
	for i, b := range hash {
		angle := float64(i)/float64(len(hash))*2*math.Pi - math.Pi/2
		x1, y1 := at(inner, angle)
		x2, y2 := at(outer+float64(b)/255*reach, angle)
		pdf.Line(x1, y1, x2, y2)
	}
	pdf.SetLineWidth(unit * 5)
	pdf.MoveTo(x+unit*40, y+unit*51)
	pdf.LineTo(x+unit*47, y+unit*58)
	pdf.LineTo(x+unit*61, y+unit*42)
	pdf.DrawPath("D")
	pdf.SetLineCapStyle("butt")
	pdf.SetLineJoinStyle("miter")
}

// qrCode holds the dark modules of a QR code, row by row.
type qrCode [][]bool

func newQRCode(content string) (qrCode, error) {
	image, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := image.Bounds()
	code := make(qrCode, size.Dy())
	for y := range code {
		code[y] = make([]bool, size.Dx())
		for x := range code[y] {
			red, _, _, _ := image.At(x, y).RGBA()
			code[y][x] = red == 0
		}
	}
	return code, nil
}

// draw draws the code into a square of the given size with its upper left corner at x, y, in millimetres. Around it must
// be nothing for four modules.
func (q qrCode) draw(pdf *fpdf.Fpdf, x, y, size float64) {
	module := size / float64(len(q))
	pdf.SetFillColor(ink.r, ink.g, ink.b)
	for row, modules := range q {
		for from := 0; from < len(modules); from++ {
			end := from
			for end < len(modules) && modules[end] {
				end++
			}
			if end > from { // neighbours are drawn as one, and rows overlap a little, so that no seam shows
				pdf.Rect(x+float64(from)*module, y+float64(row)*module, float64(end-from)*module, module+0.02, "F")
				from = end
			}
		}
	}
}
