package content

import (
	"archive/zip"
	"cmp"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// What an archive may be.
const (
	mostEntries    = 10_000
	mostDirectory  = 8 << 20   // bytes of its directory
	mostUnpacked   = 512 << 20 // bytes, of what is compressed
	largeUnpacked  = 100 << 20 // bytes; from there on
	mostInflation  = 100       // times the packed size is too much
	mostProperties = 64 << 10  // bytes in which a title is looked for
)

var errBomb = errors.New("it unpacks to too much")

// inspectArchive looks through a ZIP file and tells Office documents from others. Encrypted and damaged ones are refused: nobody could say
// what is in them.
func inspectArchive(file *source, says hints) (found contents.Inspection, err error) {
	defer recovered(&err, domain.ErrFileMismatch)
	entries, err := readDirectory(file)
	if err != nil {
		return found, err
	}
	kind := mediaZIP
	if says.ending != mediaZIP { // who calls an Office document .zip has a ZIP file
		if kind, err = officeType(entries); err != nil {
			return found, err
		}
	}
	if err := says.fit(kind); err != nil {
		return found, err
	}
	if err := unpack(entries); err != nil {
		return found, err
	}
	return contents.Inspection{MediaType: kind, Title: officeTitle(kind, entries)}, nil
}

// readDirectory returns the entries, none of which shares bytes with another.
func readDirectory(file *source) ([]*zip.File, error) {
	if n, known := statedEntries(file); known && n > mostEntries {
		return nil, domain.ErrFileSuspicious.Because(fmt.Errorf("%d entries", n))
	}
	limited := &limitedReaderAt{ReaderAt: file, left: mostDirectory}
	archive, err := zip.NewReader(limited, file.size)
	switch {
	case limited.left < 0:
		return nil, domain.ErrFileSuspicious.Because(errors.New("a directory that is too large"))
	case err != nil:
		return nil, domain.ErrFileMismatch.Because(fmt.Errorf("read the directory: %w", err))
	case len(archive.File) > mostEntries:
		return nil, domain.ErrFileSuspicious.Because(fmt.Errorf("%d entries", len(archive.File)))
	}
	type span struct{ from, to int64 }
	spans := make([]span, 0, len(archive.File))
	for _, f := range archive.File {
		limited.left = mostDirectory // NewReader's reader is also the entries'
		from, err := f.DataOffset()
		if err != nil || f.CompressedSize64 > uint64(file.size) { //nolint:gosec // sizes of files are not negative
			return nil, domain.ErrFileMismatch.Because(fmt.Errorf("an entry that is not there: %w", cmp.Or(err, io.ErrUnexpectedEOF)))
		}
		spans = append(spans, span{from, from + int64(f.CompressedSize64)}) //nolint:gosec // compared with the file's size above
	}
	limited.unlimited = true
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := range spans[:max(len(spans)-1, 0)] {
		if spans[i].to > spans[i+1].from {
			return nil, domain.ErrFileSuspicious.Because(errors.New("entries that overlap"))
		}
	}
	return archive.File, nil
}

// limitedReaderAt fails once more has been read than was left.
type limitedReaderAt struct {
	io.ReaderAt
	left      int64
	unlimited bool
}

// ReadAt reads on credit once, then no more.
func (l *limitedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if !l.unlimited {
		if l.left < 0 {
			return 0, errBomb
		}
		l.left -= int64(len(p))
	}
	n, err := l.ReaderAt.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read the archive: %w", err)
	}
	return n, err
}

// statedEntries reads how many entries the end of the directory counts, for archives that are no ZIP64 (APPNOTE.TXT, 4.3.16).
func statedEntries(file *source) (int, bool) {
	const record, comment = 22, 1 << 16
	tail := make([]byte, min(file.size, record+comment))
	n, _ := file.ReadAt(tail, file.size-int64(len(tail)))
	at := strings.LastIndex(string(tail[:n]), "PK\x05\x06")
	if at < 0 || at+record > n {
		return 0, false
	}
	return int(binary.LittleEndian.Uint16(tail[at+10:])), true
}

// unpack inflates every entry to see that it is what the directory says, and not too much.
func unpack(entries []*zip.File) error {
	var packed, unpacked uint64
	for _, f := range entries {
		if f.UncompressedSize64 > 1<<40 {
			return domain.ErrFileSuspicious.Because(errBomb)
		}
		packed += f.CompressedSize64
		unpacked += f.UncompressedSize64
	}
	if unpacked > largeUnpacked && unpacked/mostInflation > packed {
		return domain.ErrFileSuspicious.Because(errBomb)
	}
	left := int64(mostUnpacked)
	for _, f := range entries {
		const encrypted = 1
		switch {
		case f.Flags&encrypted != 0:
			return domain.ErrFileMismatch.Because(errors.New("it is encrypted"))
		case f.Method == zip.Store && f.CompressedSize64 != f.UncompressedSize64:
			return domain.ErrFileMismatch.Because(errors.New("an entry's two sizes differ, but it is not compressed"))
		case f.Method == zip.Store:
			continue // as large as it is; no bytes are shared
		}
		n, err := inflate(f, left)
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// inflate unpacks an entry to nowhere, of at most left bytes, and returns how many it had.
func inflate(f *zip.File, left int64) (int64, error) {
	if f.UncompressedSize64 > uint64(left) { //nolint:gosec // what is left is never negative
		return 0, domain.ErrFileSuspicious.Because(errBomb)
	}
	r, err := f.Open()
	if err != nil {
		return 0, domain.ErrFileMismatch.Because(fmt.Errorf("open an entry: %w", err))
	}
	defer func() { _ = r.Close() }() // nothing was written
	n, err := io.Copy(io.Discard, r) //nolint:gosec // it fails as soon as there is more than the directory says, and that was looked at
	if err != nil {
		return 0, domain.ErrFileMismatch.Because(fmt.Errorf("unpack an entry: %w", err))
	}
	return n, nil
}

// officeType tells which Office document an archive is; otherwise it is just a ZIP file. Documents with macros are not kept.
func officeType(entries []*zip.File) (string, error) {
	kind, types, macros := mediaZIP, false, false
	folders := map[string]string{"word": mediaDOCX, "xl": mediaXLSX, "ppt": mediaPPTX}
	for _, f := range entries {
		folder, _, _ := strings.Cut(f.Name, "/")
		switch {
		case f.Name == "[Content_Types].xml":
			types = true
		case f.Name == "mimetype":
			stated, _ := readEntry(f, 100) // damaged entries are found when it is unpacked
			if media := strings.TrimSpace(string(stated)); media == mediaODT || media == mediaODS || media == mediaODP {
				return media, nil
			}
		case strings.EqualFold(path.Base(f.Name), "vbaProject.bin"):
			macros = true
		case kind == mediaZIP && folders[folder] != "":
			kind = folders[folder]
		}
	}
	switch {
	case !types:
		return mediaZIP, nil
	case macros:
		return "", domain.ErrFileUnsupported.Because(errors.New("a document with macros"))
	}
	return kind, nil
}

// officeTitle is the title in a document's properties; "" when there is none.
func officeTitle(kind string, entries []*zip.File) string {
	properties := "docProps/core.xml"
	switch {
	case kind == mediaZIP:
		return ""
	case strings.HasPrefix(kind, "application/vnd.oasis."):
		properties = "meta.xml"
	}
	for _, f := range entries {
		if f.Name == properties && f.UncompressedSize64 <= mostProperties {
			if content, err := readEntry(f, mostProperties); err == nil {
				return domain.CleanTitle(dublinCoreTitle(content))
			}
		}
	}
	return ""
}

// readEntry returns an entry's first bytes.
func readEntry(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", f.Name, err)
	}
	defer func() { _ = r.Close() }() // nothing was written
	content, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", f.Name, err)
	}
	return content, nil
}

// dublinCoreTitle is the text of the first dc:title.
func dublinCoreTitle(properties []byte) string {
	decoder := xml.NewDecoder(strings.NewReader(string(properties)))
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		start, is := token.(xml.StartElement)
		if !is || start.Name.Local != "title" || start.Name.Space != "http://purl.org/dc/elements/1.1/" {
			continue
		}
		var title string
		if decoder.DecodeElement(&title, &start) != nil {
			return ""
		}
		return title
	}
}
