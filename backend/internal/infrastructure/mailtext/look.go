package mailtext

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
)

// Look is how an organisation wants its emails to look.
type Look struct {
	Logo *emails.Image  // nil: the organisation's name in words
	Zone *time.Location // of the times that are shown; nil: UTC

	colour string // #rrggbb; "": Ackify's own
}

// The button's colours where the organisation has none.
const (
	ownBack = "#1f5c43"
	ownInk  = "#fcfffd"
)

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// NewLook refuses a colour that is not #rrggbb; "" is Ackify's own.
func NewLook(colour string, logo *emails.Image, zone *time.Location) (Look, error) {
	colour = strings.ToLower(colour)
	if colour != "" && !colourForm.MatchString(colour) {
		return Look{}, fmt.Errorf("%q is not a colour as #rrggbb", colour)
	}
	if logo != nil {
		shown := *logo
		shown.ID = "logo"
		logo = &shown
	}
	return Look{Logo: logo, Zone: zone, colour: colour}, nil
}

// With returns a renderer of emails that look so.
func (r Renderer) With(look Look) Renderer {
	r.look = look
	return r
}

// Coloured tells whether the organisation has a colour.
func (l Look) Coloured() bool { return l.colour != "" }

// Back is the colour of buttons.
func (l Look) Back() htmltemplate.CSS {
	if l.colour == "" {
		return ownBack
	}
	return htmltemplate.CSS(l.colour) //nolint:gosec // NewLook has looked at it
}

// Ink is the colour of text on buttons: black or white, whichever has the higher contrast (WCAG 2.2).
func (l Look) Ink() htmltemplate.CSS {
	switch {
	case l.colour == "":
		return ownInk
	case (luminance(l.colour)+0.05)/0.05 > 1.05/(luminance(l.colour)+0.05):
		return "#000000"
	}
	return "#ffffff"
}

// luminance is the relative one of #rrggbb, as WCAG 2.2 defines it, from 0 to 1.
func luminance(colour string) (sum float64) {
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		value, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			panic(err) // NewLook has looked at it
		}
		c := float64(value) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func (l Look) images() []emails.Image {
	if l.Logo == nil {
		return nil
	}
	return []emails.Image{*l.Logo}
}

// moment is a time of RFC 3339 in the recipient's language, where the organisation is; "" stays so.
func (p page) moment(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return "", fmt.Errorf("%q is not a time as of RFC 3339", value)
	}
	zone := p.look.Zone
	if zone == nil {
		zone = time.UTC
	}
	at = at.In(zone)
	months := strings.Fields(p.words.Text(p.Locale, "certificate.months", nil))
	if len(months) != 12 {
		return "", errors.New("there are no words for the months")
	}
	return p.text("mail.moment", map[string]string{
		"day": strconv.Itoa(at.Day()), "month": months[at.Month()-1], "year": strconv.Itoa(at.Year()), "clock": at.Format("15:04"), "zone": zone.String(),
	})
}
