// Package locales holds the server's words in every language, in go-i18n's format.
package locales

import "embed"

// Files are <locale>.json.
//
//go:embed *.json
var Files embed.FS
