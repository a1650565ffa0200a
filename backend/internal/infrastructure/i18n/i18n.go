// Package i18n knows the server's words in every language.
package i18n

import (
	"encoding/json"
	"fmt"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/locales"
)

// Messages are the server's words.
type Messages struct {
	localizers map[domain.Locale]*i18n.Localizer
}

// Load reads the embedded translations; it fails when a language lacks one.
func Load() (Messages, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	m := Messages{localizers: map[domain.Locale]*i18n.Localizer{}}
	for _, locale := range domain.Locales {
		if _, err := bundle.LoadMessageFileFS(locales.Files, string(locale)+".json"); err != nil {
			return m, fmt.Errorf("translations for %q: %w", locale, err)
		}
		m.localizers[locale] = i18n.NewLocalizer(bundle, string(locale))
		if m.Text(locale, "statement.acknowledgement", nil) == "" {
			return m, fmt.Errorf("translations for %q lack the acknowledgement", locale)
		}
	}
	return m, nil
}

// Text is a message with its values filled in; "" when the language lacks it.
func (m Messages) Text(locale domain.Locale, id string, values map[string]string) string {
	text, tag, err := m.localizers[locale].LocalizeWithTag(&i18n.LocalizeConfig{MessageID: id, TemplateData: values})
	if err != nil || tag.String() != string(locale) {
		return ""
	}
	return text
}

// Acknowledgement is the sentence a signer accepts.
func (m Messages) Acknowledgement(locale domain.Locale) string {
	return m.Text(locale, "statement.acknowledgement", nil)
}
