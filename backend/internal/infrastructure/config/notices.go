package config

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // a logo may be one
	_ "image/png"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // where the system has no time zones
)

// rawNotices is what the environment says about how emails look, how fast they go and when reminders are due.
type rawNotices struct {
	MailRate    string `env:"ACKIFY_MAIL_RATE" envDefault:"0"`
	BounceToken string `env:"ACKIFY_BOUNCE_TOKEN"`
	BrandLogo   string `env:"ACKIFY_BRAND_LOGO"`
	BrandColour string `env:"ACKIFY_BRAND_COLOUR"`
	TimeZone    string `env:"ACKIFY_TIME_ZONE" envDefault:"UTC"`
}

// Notices say how emails look, how fast they go and when reminders are due.
type Notices struct {
	Rate        float64        // emails a second of this process; 0: as fast as it goes
	BounceToken string         // "": nobody reports emails that came back
	Logo        []byte         // a picture; nil: none
	LogoType    string         // image/png or image/jpeg
	Colour      string         // #rrggbb; "": Ackify's own
	Zone        *time.Location // the organisation's
}

const (
	slowest      = 0.2 // emails a second: a batch has to be sent while its claim lasts
	fastest      = 1000
	largestLogo  = 100_000 // bytes
	leastToken   = 32      // characters that nobody guesses
	exampleToken = "the output of `openssl rand -hex 32`"
)

var colour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func (r *reader) notices(in rawNotices) (n Notices) {
	var err error
	if n.Rate, err = strconv.ParseFloat(in.MailRate, 64); err != nil || n.Rate != 0 && !(n.Rate >= slowest && n.Rate <= fastest) {
		r.wrong("ACKIFY_MAIL_RATE", fmt.Sprintf("%q is neither 0 nor a number of emails a second from 0.2 to 1000", in.MailRate), "10")
	}
	if n.BounceToken = strings.TrimSpace(in.BounceToken); n.BounceToken != "" && len(n.BounceToken) < leastToken {
		r.wrong("ACKIFY_BOUNCE_TOKEN", "has fewer than 32 characters; it could be guessed", exampleToken)
	}
	if n.Colour = in.BrandColour; n.Colour != "" && !colour.MatchString(n.Colour) {
		r.wrong("ACKIFY_BRAND_COLOUR", fmt.Sprintf("%q is not a colour as #rrggbb", n.Colour), "#1f5c43")
	}
	if n.Zone, err = time.LoadLocation(in.TimeZone); err != nil || in.TimeZone == "" || in.TimeZone == "Local" {
		r.wrong("ACKIFY_TIME_ZONE", fmt.Sprintf("%q is not a time zone of the IANA database", in.TimeZone), "Europe/Paris")
	}
	if in.BrandLogo != "" {
		n.Logo, n.LogoType = r.logo(in.BrandLogo)
	}
	return n
}

// logo reads a picture that is small enough to go with every email.
func (r *reader) logo(path string) (data []byte, mediaType string) {
	const example = "/etc/ackify/logo.png"
	info, err := os.Stat(path)
	if err == nil && info.Size() > largestLogo {
		r.wrong("ACKIFY_BRAND_LOGO", fmt.Sprintf("has %d bytes; it goes with every email, and has 100,000 at most", info.Size()), example)
		return nil, ""
	}
	if err == nil {
		data, err = os.ReadFile(path) //nolint:gosec // the operator names the file
	}
	if err != nil {
		r.wrong("ACKIFY_BRAND_LOGO", err.Error(), example)
		return nil, ""
	}
	_, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || format != "png" && format != "jpeg" {
		r.wrong("ACKIFY_BRAND_LOGO", "is neither a PNG nor a JPEG", example)
		return nil, ""
	}
	return data, "image/" + format
}
