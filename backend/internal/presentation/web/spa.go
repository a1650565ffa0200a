// Package web serves the web app that is embedded in the binary.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// dist is the built web app; without a build only a file that keeps the folder is in it.
//
//go:embed all:dist
var dist embed.FS

// SPA serves the web app's files, and its index page for every address that is a page of its own.
type SPA struct {
	files map[string]file // by path without a slash at the start
}

// file is kept as it is, or only compressed: with gzip, and mostly with Brotli too.
type file struct {
	plain, brotli, gzip []byte
	contentType, etag   string
	immutable           bool
}

const notBuilt = "The web app is not part of this build. Run `make build` and start Ackify again. The API works all the same.\n"

// New reads the embedded web app and puts the address of the site into its index page.
func New(base *url.URL) (*SPA, error) {
	content, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return newSPA(content, base)
}

func newSPA(content fs.FS, base *url.URL) (*SPA, error) {
	s := &SPA{files: map[string]file{}}
	err := fs.WalkDir(content, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		part, err := fs.ReadFile(content, name)
		if err == nil {
			s.add(name, part, base)
		}
		return err
	})
	return s, err
}

// add takes a file, or one of the compressed forms of a file, by its suffix.
func (s *SPA) add(name string, content []byte, base *url.URL) {
	suffix := path.Ext(name)
	if suffix == ".br" || suffix == ".gz" {
		name = strings.TrimSuffix(name, suffix)
	}
	if name == "index.html" {
		content = personalise(content, base)
	}
	f := s.files[name]
	f.contentType, f.immutable = mime.TypeByExtension(path.Ext(name)), strings.HasPrefix(name, "assets/")
	if path.Ext(name) == ".webmanifest" {
		f.contentType = "application/manifest+json"
	}
	switch suffix {
	case ".br":
		f.brotli = content
	case ".gz":
		f.gzip = content
	default:
		f.plain = content
	}
	if suffix != ".br" { // the other forms are of the same bytes
		sum := sha256.Sum256(content)
		f.etag = hex.EncodeToString(sum[:12])
	}
	s.files[name] = f
}

// personalise replaces __ACKIFY_BASE_URL__ and __ACKIFY_BASE_PATH__, so that one build serves any address.
func personalise(page []byte, base *url.URL) []byte {
	page = bytes.ReplaceAll(page, []byte("__ACKIFY_BASE_URL__"), []byte(base.String()))
	return bytes.ReplaceAll(page, []byte("__ACKIFY_BASE_PATH__"), []byte(strings.TrimSuffix(base.Path, "/")))
}

func (s *SPA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	f, ok := s.files[name]
	if !ok {
		if strings.HasPrefix(name, "assets/") || strings.Contains(path.Base("/"+name), ".") { // no page has a dot in its last part
			http.NotFound(w, r)
			return
		}
		if f, ok = s.files["index.html"]; !ok {
			http.Error(w, notBuilt, http.StatusServiceUnavailable)
			return
		}
		name = "index.html"
	}
	f.serve(w, r, name)
}

func (f file) serve(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "no-cache")
	if f.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, etag := f.plain, f.etag
	if f.brotli != nil || f.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
		switch accepted := r.Header.Get("Accept-Encoding"); {
		case f.brotli != nil && accepts(accepted, "br"):
			h.Set("Content-Encoding", "br")
			body, etag = f.brotli, etag+"-br"
		case f.gzip != nil && accepts(accepted, "gzip"):
			h.Set("Content-Encoding", "gzip")
			body, etag = f.gzip, etag+"-gz"
		}
	}
	if body == nil { // rare: every browser takes gzip
		var err error
		if body, err = unpack(f.gzip); err != nil {
			http.Error(w, "this build is damaged", http.StatusInternalServerError)
			return
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

func unpack(packed []byte) ([]byte, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}

// accepts tells whether an Accept-Encoding header (RFC 9110, 12.5.3) names an encoding without refusing it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.ReplaceAll(strings.TrimSpace(params), " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
