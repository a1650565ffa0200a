package domain

import (
	"encoding/hex"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// ContentKind is how a content can be read.
type ContentKind string

// The kinds of content.
const (
	ContentPDF      ContentKind = "pdf"
	ContentImage    ContentKind = "image"
	ContentMarkdown ContentKind = "markdown"
	ContentHTML     ContentKind = "html"
	ContentText     ContentKind = "text"
	ContentOther    ContentKind = "other" // only downloaded
)

// The media types of the contents that are kept (RFC 2046; text without its charset).
const (
	MediaPDF      = "application/pdf"
	MediaMarkdown = "text/markdown"
	MediaHTML     = "text/html"
	MediaText     = "text/plain"
)

// MaxTextSize is how many bytes of text, Markdown or HTML are shown in the page; a longer one is only downloaded.
const MaxTextSize = 5 << 20

// Content is what a revision fixes, as kept. Its zero value is none.
type Content struct {
	Hash      proof.Hash // SHA-256 of the bytes, which they are stored under
	Size      int64      // bytes; 0: nothing is kept
	MediaType string     // without parameters
	FileName  string     // clean; never ""
}

// Kept tells whether there is a content.
func (c Content) Kept() bool { return c.Size > 0 }

// Kind tells how the content can be read.
func (c Content) Kind() ContentKind {
	kind := ContentOther
	switch {
	case c.MediaType == MediaPDF:
		return ContentPDF
	case strings.HasPrefix(c.MediaType, "image/"):
		return ContentImage
	case c.MediaType == MediaMarkdown:
		kind = ContentMarkdown
	case c.MediaType == MediaHTML:
		kind = ContentHTML
	case c.MediaType == MediaText:
		kind = ContentText
	}
	if kind != ContentOther && c.Size > MaxTextSize {
		return ContentOther
	}
	return kind
}

// Readable tells whether the content can be shown in the page.
func (c Content) Readable() bool { return c.Kept() && c.Kind() != ContentOther }

// IsText tells whether the content is shown as text, and can be compared as such.
func (c Content) IsText() bool {
	kind := c.Kind()
	return c.Kept() && (kind == ContentMarkdown || kind == ContentHTML || kind == ContentText)
}

const fileNameMaxLength = 150

// CleanFileName makes a name that any system can store: without folders, control and invisible characters, of at most 150
// characters, its ending kept. Without anything to see in it, it is "document".
func CleanFileName(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if hasControl(string(r)) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimLeft(strings.TrimFunc(s, unicode.IsSpace), ".")
	ending := path.Ext(s)
	name := strings.TrimSuffix(s, ending)
	if utf8.RuneCountInString(ending) > 12 {
		name, ending = s, ""
	}
	if runes := []rune(name); len(runes) > fileNameMaxLength-12 {
		name = string(runes[:fileNameMaxLength-12])
	}
	if !isVisible(name) {
		name = "document"
	}
	return name + ending
}

// Algorithms of checksums.
const (
	SHA256 = "SHA-256"
	SHA512 = "SHA-512"
	MD5    = "MD5" // only for what exists already: two contents with one MD5 can be made on purpose
)

var checksumLength = map[string]int{SHA256: 32, SHA512: 64, MD5: 16}

// Checksum is the hash of a content.
type Checksum struct {
	Algorithm string // one of the constants
	Hex       string // in lower case; "" when there is none
}

// ParseChecksum reads a checksum in hex; without an algorithm it is SHA-256. An empty one is none.
func ParseChecksum(checksum, algorithm string) (Checksum, error) {
	if algorithm == "" {
		algorithm = SHA256
	}
	length, known := checksumLength[algorithm]
	if !known {
		return Checksum{}, Invalid("checksumAlgorithm", "checksum.algorithm_invalid", "The algorithm is one of SHA-256, SHA-512, MD5.")
	}
	checksum = strings.ToLower(strings.TrimSpace(checksum))
	if raw, err := hex.DecodeString(checksum); checksum != "" && (err != nil || len(raw) != length) {
		return Checksum{}, Invalid("checksum", "checksum.invalid", "A checksum is the hash in hexadecimal: 64 characters for SHA-256, 128 for SHA-512, 32 for MD5.")
	}
	return Checksum{Algorithm: algorithm, Hex: checksum}, nil
}

// ReadMode is where a document is read.
type ReadMode string

// The modes.
const (
	ReadIntegrated ReadMode = "integrated" // in the page
	ReadExternal   ReadMode = "external"   // where its address leads, or as a download
)

// ReaderOptions are how a document is read.
type ReaderOptions struct {
	Mode             ReadMode
	Download         bool // readers may download it
	FullRead         bool // it must be read to the end before it is signed
	ChecksumRequired bool // signing needs the checksum of what was shown
}

// DefaultReader is how a document is read unless its author says otherwise: in the page what can be, but a web page on its own site.
func DefaultReader(url string, c Content) ReaderOptions {
	mode := ReadExternal
	if c.Readable() && (url == "" || c.Kind() != ContentHTML) {
		mode = ReadIntegrated
	}
	return ReaderOptions{Mode: mode, Download: true}
}

// Fit refuses options that a document cannot keep.
func (o ReaderOptions) Fit(d Document) error {
	switch {
	case o.Mode != ReadIntegrated && o.Mode != ReadExternal:
		return Invalid("reader.mode", "request.invalid", "The mode is integrated or external.")
	case o.Mode == ReadIntegrated && !d.Content.Readable():
		return Invalid("reader.mode", "reader.not_readable", "This content cannot be shown in the page: nothing is kept of it, or it is of a kind that is only downloaded.")
	case o.FullRead && o.Mode != ReadIntegrated:
		return Invalid("reader.fullRead", "reader.full_read_external", "Whether it was read to the end is only known of what is read in the page.")
	case o.Mode == ReadExternal && !o.Download && d.Content.Kept() && d.URL == "":
		return Invalid("reader.download", "reader.download_needed", "Without a download nobody could read it: it is neither shown in the page nor at an address.")
	case o.ChecksumRequired && d.Checksum == "":
		return Invalid("reader.checksumRequired", "reader.checksum_missing", "This revision has no checksum that could be asked for.")
	}
	return nil
}

// Reading is what the reader reported. Numbers count from 0; of what has no pages, the whole is one.
type Reading struct {
	DisplayedChecksum string // lower-case hex, with the revision's algorithm; "" when unknown
	Pages, PagesSeen  int    // 0 when unknown
	Seconds           int    // with the page in view
	Known             bool   // whether the reader reported pages and time
}

// Errors about contents.
var (
	ErrFileEmpty         = Invalid("file", "file.empty", "This file is empty.")
	ErrFileTooLarge      = &Error{Kind: KindTooLarge, Code: "file.too_large", Detail: "This file is larger than this server keeps.", Field: "file"}
	ErrFileUnsupported   = Invalid("file", "file.type_unsupported", "Files of this type are not kept. PDF, PNG, JPEG, GIF, WebP, Markdown, HTML, text, Office and ZIP files are.")
	ErrFileMismatch      = Invalid("file", "file.type_mismatch", "The content of this file is not what its name says.")
	ErrFileSuspicious    = Invalid("file", "file.suspicious", "This file unpacks to far more than it should.")
	ErrStorage           = E(KindUnavailable, "storage.unavailable", "The storage of files cannot be reached right now; nothing was kept. Try again in a moment.")
	ErrStorageFull       = E(KindUnavailable, "storage.full", "The storage of files is full; nothing was kept. The operator has to make room.")
	ErrContentNotFound   = E(KindNotFound, "content.not_found", "Nothing is kept of this revision.")
	ErrContentDamaged    = E(KindUnavailable, "content.damaged", "What is stored is no longer what this revision fixed, and is not shown.")
	ErrContentMissing    = E(KindUnavailable, "content.missing", "What this revision fixed is gone from the storage of files.")
	ErrContentNotText    = E(KindNotFound, "content.not_text", "This content is not text.")
	ErrDownloadForbidden = E(KindForbidden, "content.download_forbidden", "This document may be read in the page only.")
)

// Errors about what is at a URL. The field is the one that named it.
var (
	ErrURLRefused     = Invalid("url", "url.refused", "This address is not one that this server asks: it is private, or has an unusual port.")
	ErrURLUnreachable = Invalid("url", "url.unreachable", "There is no answer at this address.")
	ErrURLTLS         = Invalid("url", "url.tls", "The certificate at this address is not to be trusted.")
	ErrURLTimeout     = Invalid("url", "url.timeout", "The answer at this address takes too long.")
	ErrURLTooLarge    = Invalid("url", "url.too_large", "What is at this address is larger than this server keeps.")
	ErrURLRedirects   = Invalid("url", "url.redirects", "This address leads on and on, or to where this server does not follow.")
	ErrURLStatus      = Invalid("url", "url.status", "There is nothing at this address that anybody may read: the answer was an error, or asks for a log-in.")
	ErrURLOff         = Invalid("url", "url.off", "This server is configured not to look at addresses.")
)

// ReaderChoice is what somebody wants of the options; nil leaves one as it is.
type ReaderChoice struct {
	Mode                                 *ReadMode
	Download, FullRead, ChecksumRequired *bool
}

// Apply returns the options with what was chosen.
func (c ReaderChoice) Apply(o ReaderOptions) ReaderOptions {
	if c.Mode != nil {
		o.Mode = *c.Mode
	}
	for _, choice := range []struct {
		chosen *bool
		option *bool
	}{{c.Download, &o.Download}, {c.FullRead, &o.FullRead}, {c.ChecksumRequired, &o.ChecksumRequired}} {
		if choice.chosen != nil {
			*choice.option = *choice.chosen
		}
	}
	return o
}
