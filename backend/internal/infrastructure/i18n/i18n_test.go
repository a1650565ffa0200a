package i18n

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/locales"
)

func TestAcknowledgementIsTranslated(t *testing.T) {
	t.Parallel()
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Acknowledgement("fr"); got != "Je certifie avoir lu et compris ce document." {
		t.Errorf("French: %q", got)
	}
	if got := m.Acknowledgement("de"); got != "Ich bestätige, dass ich dieses Dokument gelesen und verstanden habe." {
		t.Errorf("German: %q", got)
	}
}

func TestEveryLanguageHasTheSameKeys(t *testing.T) {
	t.Parallel()
	keys := func(locale domain.Locale) []string {
		raw, err := locales.Files.ReadFile(string(locale) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var messages map[string]string
		if err := json.Unmarshal(raw, &messages); err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(maps.Keys(messages))
	}
	for _, locale := range domain.Locales[1:] {
		if want, got := keys("en"), keys(locale); !slices.Equal(want, got) {
			t.Errorf("%s has %v, English %v", locale, got, want)
		}
	}
}
