// Package logging makes the logger: JSON for machines, text on a terminal.
package logging

import (
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"
)

// New writes to f in the given format; "" is text on a terminal and json elsewhere. JSON has the keys timestamp, level (in
// lower case) and msg.
func New(f *os.File, level slog.Level, format string) *slog.Logger {
	if format == "" {
		format = "json"
		if term.IsTerminal(int(f.Fd())) {
			format = "text"
		}
	}
	return newLogger(f, level, format)
}

func newLogger(w io.Writer, level slog.Level, format string) *slog.Logger {
	if format == "text" {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) > 0 {
			return a
		}
		switch a.Key {
		case slog.TimeKey:
			a.Key = "timestamp"
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		case slog.LevelKey:
			a.Value = slog.StringValue(strings.ToLower(a.Value.String()))
		}
		return a
	}}))
}
