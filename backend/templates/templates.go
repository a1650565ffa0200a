// Package templates holds how emails look: for HTML and for text one layout, and one file for each email. Their words are in locales.
package templates

import "embed"

// Mail are mail/layout.{html,txt} and mail/<template>.{html,txt}.
//
//go:embed mail/*.html mail/*.txt
var Mail embed.FS
