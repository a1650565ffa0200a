package config_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("logo.png", logo.Bytes())
	cfg, err := config.Load([]string{
		"ACKIFY_MAIL_RATE=14.5", "ACKIFY_BRAND_LOGO=" + good, "ACKIFY_BRAND_COLOUR=#FFcc00", "ACKIFY_TIME_ZONE=Europe/Paris",
		"ACKIFY_BOUNCE_TOKEN=0123456789abcdef0123456789abcdef",
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	n := cfg.Notices
	if n.Rate != 14.5 || !bytes.Equal(n.Logo, logo.Bytes()) || n.LogoType != "image/png" || n.Colour != "#FFcc00" || n.Zone.String() != "Europe/Paris" ||
		len(n.BounceToken) != 32 {
		t.Errorf("%+v", n)
	}
	if cfg, err := config.Load(nil, true); err != nil || cfg.Notices.Rate != 0 || cfg.Notices.Zone.String() != "UTC" || cfg.Notices.Logo != nil {
		t.Errorf("%+v, %v", cfg.Notices, err)
	}
	for _, bad := range []string{
		"ACKIFY_MAIL_RATE=fast", "ACKIFY_MAIL_RATE=-1", "ACKIFY_MAIL_RATE=0.01", "ACKIFY_MAIL_RATE=NaN", "ACKIFY_BOUNCE_TOKEN=short", "ACKIFY_BRAND_COLOUR=red",
		"ACKIFY_TIME_ZONE=Mars/Olympus", "ACKIFY_TIME_ZONE=Local", "ACKIFY_BRAND_LOGO=" + filepath.Join(dir, "none.png"),
		"ACKIFY_BRAND_LOGO=" + write("logo.svg", []byte("<svg/>")), "ACKIFY_BRAND_LOGO=" + write("large.png", make([]byte, 100_001)),
	} {
		if _, err := config.Load([]string{bad}, true); err == nil || !strings.Contains(err.Error(), strings.Split(bad, "=")[0]) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
