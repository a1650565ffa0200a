package api

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"time"
)

// csvFile is a CSV file that is written while it is read, however long it is: UTF-8 with a byte order mark, RFC 4180.
type csvFile struct {
	ctx     context.Context //nolint:containedctx // the response is written after the handler has returned
	name    string
	columns []string
	// rows hands parts of the file to the function.
	rows func(ctx context.Context, write func([][]string) error) error
}

func (f csvFile) VisitExportAuditResponse(w http.ResponseWriter) error      { return f.write(w) }
func (f csvFile) VisitExportSignersResponse(w http.ResponseWriter) error    { return f.write(w) }
func (f csvFile) VisitExportSignaturesResponse(w http.ResponseWriter) error { return f.write(w) }

func (f csvFile) write(w http.ResponseWriter) error {
	var out *csv.Writer
	begin := func() error {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", attachment(f.name))
		if _, err := w.Write([]byte("\ufeff")); err != nil {
			return err
		}
		out = csv.NewWriter(w)
		return out.Write(f.columns)
	}
	err := f.rows(f.ctx, func(rows [][]string) error {
		// Only now is it known that there is something to answer.
		if out == nil {
			if err := begin(); err != nil {
				return err
			}
		}
		// However long the file is, each part of it gets a minute of its own.
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		for _, row := range rows {
			for i, cell := range row {
				row[i] = plainCell(cell)
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
	if err != nil && out != nil {
		// Half a file must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	return err
}

// plainCell keeps a spreadsheet from taking a text for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
