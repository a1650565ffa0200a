//go:build bench

package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	filesAtOnce   = 8
	fileSize      = 50 << 20 // bytes, the most that is accepted
	fileRounds    = 3
	memoryAllowed = 20 // MiB
)

// Files go through the server without being held in its memory: eight of 50 MiB come in at once, and eight go out. Memory is that of the
// process at its worst, beyond what it had after one small file; what is sent is the baseline. Rates are beside copying the same bytes, as many
// at once, to files of the same disk with fsync.
func TestFilesInConstantMemory(t *testing.T) {
	// As users run it.
	t.Setenv("GOMEMLIMIT", "")
	t.Setenv("GOGC", "")
	t.Setenv("ACKIFY_RATE_LIMIT_DOCUMENTS", "0")
	f := newFiles(t)
	small := f.upload(t, f.bytes(0, 1<<20)) // warms up
	f.download(t, small, 1<<20)
	before := f.resident(t)
	var copies, uploads, first, again []float64
	var in, out int64
	for number := range fileRounds {
		copies = append(copies, f.rate(func(i int) { f.copy(t, number, i) }))
		ids := make([]string, filesAtOnce)
		f.resetPeak(t)
		uploads = append(uploads, f.rate(func(i int) { ids[i] = f.upload(t, f.bytes(1+number*filesAtOnce+i, fileSize)) }))
		in = max(in, f.peak(t)-before)
		f.resetPeak(t)
		get := func(i int) { f.download(t, ids[i], fileSize) }
		first = append(first, f.rate(get))
		again = append(again, f.rate(get))
		out = max(out, f.peak(t)-before)
		if t.Failed() {
			return
		}
	}
	const sent = filesAtOnce * fileSize >> 20
	for _, memory := range []struct {
		name  string
		grown int64
	}{{"uploads", in}, {"downloads", out}} {
		grown := float64(memory.grown) / 1024
		fmt.Printf("files, %-9s %d of %d MiB at once: %5.1f MiB more memory at most (at most %d)   what is sent: %d MiB   ratio %.3f\n",
			memory.name, filesAtOnce, fileSize>>20, grown, memoryAllowed, sent, grown/sent)
	}
	base := median(copies)
	for _, speed := range []struct {
		name  string
		rates []float64
	}{{"uploads", uploads}, {"downloads, first", first}, {"downloads, again", again}} {
		r := median(speed.rates)
		fmt.Printf("files, %-17s %4.0f MB/s   copies with fsync: %4.0f MB/s   ratio %.2f (medians of %d rounds)\n",
			speed.name, r, base, r/base, fileRounds)
	}
}

type files struct {
	testServer
	dir          string
	cookie, csrf string
	noise        []byte // what all files have in common
}

func newFiles(t *testing.T) files {
	t.Helper()
	f := files{testServer: startServer(t), dir: t.TempDir(), noise: make([]byte, fileSize)}
	_, _ = rand.NewChaCha8([32]byte{1}).Read(f.noise) // never fails
	f.cookie = f.logInAs(t, "author")
	var token struct{ Token string }
	must(t, f.send(http.MethodGet, "/csrf", "", nil, func(r io.Reader) error { return json.NewDecoder(r).Decode(&token) }))
	f.csrf = token.Token
	return f
}

// bytes of a PDF, as far as anybody looks; each number's are others.
func (f files) bytes(number int, size int64) io.Reader {
	head := fmt.Appendf(nil, "%%PDF-1.4\n%% %d\n", number)
	return io.MultiReader(bytes.NewReader(head), bytes.NewReader(f.noise[:size-int64(len(head))]))
}

// rate runs work for all files at once and returns how many MB (10⁶ bytes) a second that makes.
func (f files) rate(work func(i int)) float64 {
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range filesAtOnce {
		wg.Go(func() { work(i) })
	}
	wg.Wait()
	return filesAtOnce * fileSize / time.Since(begin).Seconds() / 1e6
}

func (f files) copy(t *testing.T, number, i int) {
	path := filepath.Join(f.dir, strconv.Itoa(i))
	file, err := os.Create(path)
	if err != nil {
		t.Error(err)
		return
	}
	_, err = io.Copy(file, f.bytes(1+number*filesAtOnce+i, fileSize))
	if err := errors.Join(err, file.Sync(), file.Close(), os.Remove(path)); err != nil {
		t.Error(err)
	}
}

func (f files) send(method, path, contentType string, body io.Reader, read func(io.Reader) error) error {
	request, err := http.NewRequest(method, f.base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"Cookie": f.cookie, "User-Agent": benchDevice, "X-CSRF-Token": f.csrf, "Content-Type": contentType} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		problem, _ := io.ReadAll(response.Body)
		err = fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, problem)
	} else {
		err = read(response.Body)
	}
	return errors.Join(err, response.Body.Close())
}

// upload makes a document of a file and returns its id.
func (f files) upload(t *testing.T, content io.Reader) string {
	var head, tail bytes.Buffer
	form := multipart.NewWriter(&head)
	_, err := form.CreateFormFile("file", "manual.pdf")
	boundary := form.Boundary()
	fmt.Fprintf(&tail, "\r\n--%s--\r\n", boundary)
	var made struct{ DocID string }
	body := io.MultiReader(&head, content, &tail)
	if err == nil {
		err = f.send(http.MethodPost, "/documents/upload", form.FormDataContentType(), body, func(r io.Reader) error { return json.NewDecoder(r).Decode(&made) })
	}
	if err != nil {
		t.Error(err)
	}
	return made.DocID
}

func (f files) download(t *testing.T, id string, size int64) {
	err := f.send(http.MethodGet, "/documents/"+id+"/content", "", nil, func(r io.Reader) error {
		if n, err := io.Copy(io.Discard, r); err != nil || n != size {
			return errors.Join(fmt.Errorf("%d bytes of %d", n, size), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident is how much memory the server has now, in KiB.
func (s testServer) resident(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	must(t, err)
	kib, err := strconv.ParseInt(residentLine.FindStringSubmatch(string(status))[1], 10, 64)
	must(t, err)
	return kib
}

// resetPeak lets the kernel measure the peak anew (proc(5), clear_refs).
func (s testServer) resetPeak(t *testing.T) {
	t.Helper()
	must(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0))
}
