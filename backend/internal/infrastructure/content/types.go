package content

import (
	"bytes"
	"errors"
	"mime"
	"path"
	"strings"

	"github.com/ackify/ackify/backend/internal/domain"
)

// The media types that are kept, besides the domain's.
const (
	mediaPNG  = "image/png"
	mediaJPEG = "image/jpeg"
	mediaGIF  = "image/gif"
	mediaWebP = "image/webp"
	mediaZIP  = "application/zip"
	mediaDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mediaPPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	mediaODT  = "application/vnd.oasis.opendocument.text"
	mediaODS  = "application/vnd.oasis.opendocument.spreadsheet"
	mediaODP  = "application/vnd.oasis.opendocument.presentation"

	foreign   = "foreign"    // a type that is not kept
	otherText = "other text" // a claim that means text, of no kind that is shown in its own way
)

var typeOfEnding = map[string]string{
	".pdf": domain.MediaPDF, ".png": mediaPNG, ".jpg": mediaJPEG, ".jpeg": mediaJPEG, ".jpe": mediaJPEG, ".jfif": mediaJPEG,
	".gif": mediaGIF, ".webp": mediaWebP, ".zip": mediaZIP,
	".docx": mediaDOCX, ".xlsx": mediaXLSX, ".pptx": mediaPPTX, ".odt": mediaODT, ".ods": mediaODS, ".odp": mediaODP,
	".md": domain.MediaMarkdown, ".markdown": domain.MediaMarkdown,
	".txt": domain.MediaText, ".text": domain.MediaText, ".log": domain.MediaText, ".csv": domain.MediaText,
	".html": domain.MediaHTML, ".htm": domain.MediaHTML, ".xhtml": domain.MediaHTML,
}

// foreignEndings are those of programs, which a double click would run, and of well-known types that are not kept. Any other ending says
// nothing: pages on the web end in .php, and names have dots.
var foreignEndings = " .svg .svgz .doc .dot .xls .xlt .ppt .pot .pps .rtf .docm .dotm .xlsm .xltm .xlsb .xlam .pptm .potm .ppsm .odg .odb .epub" +
	" .exe .dll .msi .msix .scr .pif .cpl .bat .cmd .ps1 .psm1 .vbs .vbe .js .jse .mjs .wsf .wsh .hta .lnk .url .reg .inf .scf .chm .jar .apk .ipa" +
	" .app .dmg .pkg .deb .rpm .sh .bash .zsh .command .desktop .swf .rar .7z .gz .tgz .bz2 .xz .tar .iso .img .vhd .vhdx .mht .mhtml "

// typeOfName is the type that the kept name's ending stands for: one that is kept, foreign, or "" when it stands for none.
func typeOfName(name string) string {
	if name == "" {
		return ""
	}
	ending := strings.ToLower(path.Ext(domain.CleanFileName(name)))
	if len(ending) > 1 && strings.Contains(foreignEndings, " "+ending+" ") {
		return foreign
	}
	return typeOfEnding[ending]
}

// aliases are other names that browsers and servers have for what is kept.
var aliases = map[string]string{
	"application/x-pdf": domain.MediaPDF, "image/jpg": mediaJPEG, "image/pjpeg": mediaJPEG, "image/x-png": mediaPNG,
	"application/x-zip": mediaZIP, "application/x-zip-compressed": mediaZIP,
	"text/x-markdown": domain.MediaMarkdown, "application/xhtml+xml": domain.MediaHTML,
	"image/svg+xml": foreign, "image/svg": foreign,
}

// typeOfClaim is the type that somebody claims: one that is kept, otherText, foreign, or "" for one that says nothing.
func typeOfClaim(claimed string) string {
	media, _, _ := mime.ParseMediaType(claimed) // even beside bad parameters it returns the type
	if media == "" {
		media, _, _ = strings.Cut(strings.ToLower(claimed), ";")
		media = strings.TrimSpace(media)
	}
	if known, is := aliases[media]; is {
		return known
	}
	for _, kept := range typeOfEnding {
		if media == kept {
			return media
		}
	}
	if strings.HasPrefix(media, "text/") {
		return otherText
	}
	return ""
}

// hints are what is said about a file besides its bytes.
type hints struct {
	ending, claimed string // of typeOfName and typeOfClaim
	charset         string // the claim with its parameters
}

var errNotAsNamed = errors.New("its name or its sender says otherwise")

// fit refuses bytes of a type when something else is said about them.
func (h hints) fit(kind string) error {
	if h.ending != "" && h.ending != kind {
		return domain.ErrFileMismatch.Because(errNotAsNamed)
	}
	archive := h.claimed == mediaZIP && isOffice(kind)
	if h.claimed != "" && h.claimed != kind && !archive {
		return domain.ErrFileMismatch.Because(errNotAsNamed)
	}
	return nil
}

func isOffice(kind string) bool { return strings.HasPrefix(kind, "application/vnd.") }

func isTextType(kind string) bool {
	return kind == domain.MediaText || kind == domain.MediaHTML || kind == domain.MediaMarkdown || kind == otherText
}

// refuse is the error for bytes that are of no known type.
func (h hints) refuse() error {
	if h.claimed != foreign && (h.ending != "" || h.claimed != "") {
		return domain.ErrFileMismatch.Because(errNotAsNamed)
	}
	return domain.ErrFileUnsupported.Because(errors.New("bytes of a type that is not kept"))
}

// textType is the type of a text that begins with head. A web page may be at an address that ends in .md: who serves it says so, and it
// begins as one.
func (h hints) textType(head []byte) (string, error) {
	for _, said := range []string{h.ending, h.claimed} {
		if said != "" && said != foreign && !isTextType(said) {
			return "", domain.ErrFileMismatch.Because(errNotAsNamed)
		}
	}
	root := rootElement(head)
	switch {
	case h.claimed == foreign, root == "svg" && h.ending == "" && h.claimed != domain.MediaText:
		return "", domain.ErrFileUnsupported.Because(errors.New("an SVG image can hold programs"))
	case h.claimed == domain.MediaHTML && root == "html":
		return domain.MediaHTML, nil
	case h.ending != "":
		return h.ending, nil
	case h.claimed == otherText:
		return domain.MediaText, nil
	case h.claimed != "":
		return h.claimed, nil
	case root == "html":
		return domain.MediaHTML, nil
	}
	return domain.MediaText, nil
}

// rootElement is "html" or "svg" when a text clearly is one, else "".
func rootElement(head []byte) string {
	rest := []byte(strings.ToLower(decodeText(head[:min(len(head), 16<<10)])))
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n\f\ufeff")
		var end string
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(rest, []byte("<?")):
			end = "?>"
		case opens(rest, "<!doctype html"), opens(rest, "<html"), opens(rest, "<head"), opens(rest, "<body"):
			return "html"
		case opens(rest, "<!doctype svg"), opens(rest, "<svg"), opens(rest, "<svg:svg"):
			return "svg"
		default:
			return ""
		}
		_, after, found := bytes.Cut(rest, []byte(end))
		if !found {
			return ""
		}
		rest = after
	}
}

// opens tells whether text begins with a tag of this name.
func opens(text []byte, tag string) bool {
	rest, is := bytes.CutPrefix(text, []byte(tag))
	return is && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n\f>/["), rune(rest[0])))
}
