package domain

import (
	"errors"
	"strings"
	"testing"
	_ "time/tzdata"
)

func TestParseTimeZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+12"} {
		if zone, err := ParseTimeZone(name); err != nil || name != "" && zone.String() != name {
			t.Errorf("%q: %v, %v", name, zone, err)
		}
	}
	for _, name := range []string{"Local", "Mars/Olympus", "europe", "../etc/passwd", "/etc/localtime", "Europe/Paris\x00", strings.Repeat("x", 65)} {
		_, err := ParseTimeZone(name)
		var known *Error
		if !errors.As(err, &known) || known.Field != "timeZone" || known.Code != "time_zone.invalid" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNewCertificateRefusesWhatIsNoReceipt(t *testing.T) {
	t.Parallel()
	if _, err := NewCertificate(Signature{Seq: 4}, []byte("no receipt"), "en", nil); err == nil {
		t.Error("took it")
	}
}
