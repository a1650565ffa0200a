package mailtext

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
)

var update = flag.Bool("update", false, "write testdata anew, after templates or words have changed")

// What each email about missing signatures says, in every language, in the text and in the page.
func TestRemindersAreThoseOfTheGoldenFiles(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	look, err := NewLook("#ffcc00", &emails.Image{MediaType: "image/png", Data: []byte("x")}, paris)
	if err != nil {
		t.Fatal(err)
	}
	r := renderer(t, nil).With(look)
	for _, template := range []string{domain.MailReminder, domain.MailReminderOverdue, domain.MailEscalation, domain.MailCompleted} {
		for _, locale := range domain.Locales {
			values := maps.Clone(samples[template])
			values["organisation"] = "Prüfgesellschaft"
			got, err := r.Render(template, locale, values)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, template+"."+string(locale)+".txt", "Subject: "+got.Subject+"\n\n"+got.Text)
			golden(t, template+"."+string(locale)+".html", got.HTML)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s is another (go test -run %s -update writes it): %v\n%s", path, t.Name(), err, got)
	}
}

func TestADeadlineIsInTheRecipientsWords(t *testing.T) {
	t.Parallel()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	r := renderer(t, nil).With(Look{Zone: tokyo})
	for locale, want := range map[domain.Locale]string{
		"en": "Until: 25 December 2026, 07:59 (Asia/Tokyo)", "fr": "Avant le\u00a0: 25 décembre 2026 à 07:59 (Asia/Tokyo)",
		"es": "Hasta el: 25 de diciembre de 2026, 07:59 (Asia/Tokyo)", "de": "Bis: 25. Dezember 2026, 07:59 Uhr (Asia/Tokyo)",
		"it": "Entro il: 25 dicembre 2026, 07:59 (Asia/Tokyo)",
	} {
		if got, err := r.Render(domain.MailReminder, locale, sample(domain.MailReminder)); err != nil || !strings.Contains(got.Text, want+"\n") {
			t.Errorf("%s: %s, %v", locale, got.Text, err)
		}
	}
	values := sample(domain.MailReminder)
	delete(values, "due")
	if got, err := r.Render(domain.MailReminder, "en", values); err != nil || strings.Contains(got.Text, "Until") || strings.Contains(got.HTML, "Until") {
		t.Errorf("without a deadline: %v, %v", got.Text, err)
	}
	values["due"] = "tomorrow"
	if _, err := r.Render(domain.MailReminder, "en", values); err == nil {
		t.Error("it is rendered with no time as its deadline")
	}
}

// Whatever clocks do there that night.
func TestADayGivenAsADeadlineIsThatDayInEmails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, day, want string }{
		{"Europe/Berlin", "2026-03-29", "29 March 2026, 23:59 (Europe/Berlin)"},
		{"Europe/Berlin", "2026-10-25", "25 October 2026, 23:59 (Europe/Berlin)"},
		{"America/Sao_Paulo", "2018-02-17", "17 February 2018, 23:59 (America/Sao_Paulo)"},
		{"America/Sao_Paulo", "2018-11-03", "3 November 2018, 23:59 (America/Sao_Paulo)"},
		{"Pacific/Apia", "2011-12-31", "31 December 2011, 23:59 (Pacific/Apia)"},
	} {
		in, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		values := sample(domain.MailReminder)
		values["due"] = domain.EndOfDay(day, in).Format(time.RFC3339)
		got, err := renderer(t, nil).With(Look{Zone: in}).Render(domain.MailReminder, "en", values)
		if err != nil || !strings.Contains(got.Text, "Until: "+c.want+"\n") {
			t.Errorf("%s, %v", got.Text, err)
		}
	}
}

func TestTextOnTheOrganisationsColourCanBeRead(t *testing.T) {
	t.Parallel()
	for colour, ink := range map[string]string{
		"#ffcc00": "#000000", "#FFFFFF": "#000000", "#000000": "#ffffff", "#1f5c43": "#ffffff", "#c00000": "#ffffff", "#7f7f7f": "#000000",
	} {
		look, err := NewLook(colour, nil, nil)
		if err != nil || string(look.Ink()) != ink {
			t.Errorf("%s: %s, %v", colour, look.Ink(), err)
		}
	}
	for _, bad := range []string{"red", "#fff", "#12345g", "#123456;background:url(x)", "123456"} {
		if _, err := NewLook(bad, nil, nil); err == nil {
			t.Errorf("%q is a colour", bad)
		}
	}
}

func TestALogoGoesWithTheEmailAndNothingIsLoaded(t *testing.T) {
	t.Parallel()
	look, err := NewLook("", &emails.Image{MediaType: "image/png", Data: []byte("x")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := renderer(t, nil).With(look).Render(domain.MailReminder, "en", sample(domain.MailReminder))
	if err != nil || len(got.Images) != 1 || got.Images[0].ID != "logo" || strings.Count(got.HTML, `src="cid:logo"`) != 1 || strings.Count(got.HTML, "<img") != 1 {
		t.Errorf("%v, %v", got.HTML, err)
	}
}

func TestWhatIsHiddenHasAPlaceholder(t *testing.T) {
	t.Parallel()
	r := renderer(t, nil)
	got, err := r.RenderShown(domain.MailMagicLink, "en", map[string]string{"organisation": "Acme", "minutes": "15"})
	if err != nil || !strings.Contains(got.Text, hiddenLink) || !strings.Contains(got.Text, hiddenCode) {
		t.Errorf("%s, %v", got.Text, err)
	}
	if _, err := r.RenderShown("unknown", "en", nil); err == nil {
		t.Error("an unknown template is shown")
	}
}
