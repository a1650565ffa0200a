// Package content finds out what files are, shows text as pages in which nothing runs, and compares texts.
package content

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	sniffed    = 1024      // bytes that tell what a file is
	readText   = 512 << 10 // bytes of a text that are looked at
	readImage  = 32 << 20  // bytes in which an image has to state its size
	mostPixels = 100_000_000
)

// Inspector finds out what files are. It needs the same little memory for any size, and unpacks at most 512 MiB to look at an archive.
type Inspector struct{}

// Inspect is as contents.Inspector says. The name's ending, where it is one that stands for a type, must be that of the bytes; so must a
// claimed type that is kept, but among texts it only decides where the name does not. It also fails with domain.ErrFileEmpty.
func (Inspector) Inspect(r io.ReaderAt, size int64, fileName, claimed string) (found contents.Inspection, err error) {
	file := &source{r: r, size: size}
	// What r itself fails with says nothing about the file.
	defer func() {
		if file.failure != nil {
			found, err = contents.Inspection{}, fmt.Errorf("read the file: %w", file.failure)
		}
	}()
	if size <= 0 {
		return found, domain.ErrFileEmpty
	}
	says := hints{ending: typeOfName(fileName), claimed: typeOfClaim(claimed), charset: claimed}
	if says.ending == foreign {
		return found, domain.ErrFileUnsupported.Because(errors.New("a file with this ending"))
	}
	head := file.head(sniffed)
	switch kind := sniff(head); kind {
	case domain.MediaPDF:
		found.MediaType = kind
		return found, says.fit(kind)
	case mediaPNG, mediaJPEG, mediaGIF, mediaWebP:
		if err := says.fit(kind); err != nil {
			return found, err
		}
		found.MediaType = kind
		return found, checkImage(kind, io.NewSectionReader(file, 0, min(size, readImage)))
	case mediaZIP:
		return inspectArchive(file, says)
	}
	return inspectText(file, says)
}

// source reads a file and remembers when that failed. It is used by one goroutine.
type source struct {
	r       io.ReaderAt
	size    int64
	failure error
}

// ReadAt reads within the file.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > s.size-off
	if short {
		p = p[:s.size-off]
	}
	n, err := s.r.ReadAt(p, off)
	switch {
	case n == len(p) && short:
		return n, io.EOF
	case n == len(p):
		return n, nil
	case err == nil || errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	s.failure = err
	return n, err
}

// head returns the file's first bytes, at most limit of them.
func (s *source) head(limit int64) []byte {
	head := make([]byte, min(limit, s.size))
	n, _ := s.ReadAt(head, 0) // kept as s.failure
	return head[:n]
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// sniff tells what a file with this head is; "" when it is text or nothing that is kept.
func sniff(head []byte) string {
	begins := func(with string) bool { return bytes.HasPrefix(head, []byte(with)) }
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n\f"), []byte("%PDF-")):
		return domain.MediaPDF
	case begins("\x89PNG\r\n\x1a\n"):
		return mediaPNG
	case begins("\xff\xd8\xff"):
		return mediaJPEG
	case begins("GIF87a"), begins("GIF89a"):
		return mediaGIF
	case begins("RIFF") && len(head) >= 12 && string(head[8:12]) == "WEBP":
		return mediaWebP
	case begins("PK\x03\x04"), begins("PK\x05\x06"):
		return mediaZIP
	}
	return ""
}

// checkImage refuses images that say no size, and those that would take too much memory to show.
func checkImage(kind string, r io.Reader) (err error) {
	defer recovered(&err, domain.ErrFileMismatch)
	decode := map[string]func(io.Reader) (image.Config, error){
		mediaPNG: png.DecodeConfig, mediaJPEG: jpeg.DecodeConfig, mediaGIF: gif.DecodeConfig, mediaWebP: webp.DecodeConfig,
	}[kind]
	config, err := decode(r)
	switch {
	case err != nil:
		return domain.ErrFileMismatch.Because(fmt.Errorf("read the image's size: %w", err))
	case config.Width < 1 || config.Height < 1:
		return domain.ErrFileMismatch.Because(errors.New("the image has no size"))
	case int64(config.Width) > mostPixels/int64(config.Height):
		return domain.ErrFileSuspicious.Because(fmt.Errorf("an image of %d × %d pixels", config.Width, config.Height))
	}
	return nil
}

// inspectText accepts text of any encoding that can be told from bytes that are none.
func inspectText(file *source, says hints) (found contents.Inspection, err error) {
	defer recovered(&err, domain.ErrFileMismatch)
	head := file.head(readText)
	cut := int64(len(head)) < file.size
	if cut && !isUTF16(head) {
		head = wholeRunes(head)
	}
	if !isText(head, cut) {
		return found, says.refuse()
	}
	if found.MediaType, err = says.textType(head); err != nil {
		return found, err
	}
	found.Title = titleOf(found.MediaType, head, says.charset)
	return found, nil
}

// recovered makes an error of what a library panics with: no file may stop the server.
func recovered(err *error, as *domain.Error) {
	if p := recover(); p != nil {
		*err = as.Because(fmt.Errorf("panic: %v", p))
	}
}

var _ contents.Inspector = Inspector{}
