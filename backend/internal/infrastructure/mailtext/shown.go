package mailtext

import (
	"maps"
	"slices"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
)

// What stands for a link or a code that is not there. Nobody can own a name under .invalid (RFC 2606).
const (
	hiddenLink = "https://hidden.invalid/"
	hiddenCode = "••••••"
)

// RenderShown is an email for somebody else than its recipient: as Render makes it, with placeholders for links and codes that are missing.
func (r Renderer) RenderShown(template string, locale domain.Locale, values map[string]string) (emails.Content, error) {
	shown := maps.Clone(values)
	if shown == nil {
		shown = map[string]string{}
	}
	l := layouts[template]
	for _, name := range l.links {
		if shown[name] == "" {
			shown[name] = hiddenLink
		}
	}
	if slices.Contains(l.needs, "code") && shown["code"] == "" {
		shown["code"] = hiddenCode
	}
	return r.Render(template, locale, shown)
}
