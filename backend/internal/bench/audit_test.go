//go:build bench

package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/presentation/api"
)

// entriesToCheck is how large the checked ledger is; BENCH_ENTRIES=1000000 for the figure that the documentation states.
func entriesToCheck(t *testing.T) int {
	t.Helper()
	if s := os.Getenv("BENCH_ENTRIES"); s != "" {
		n, err := strconv.Atoi(s)
		must(t, err)
		return n
	}
	return 200_000
}

// The whole check, by the command itself, against reading the same entries and doing nothing with them; and tiles over HTTP against
// the same bytes from memory.
func TestCheckAndTiles(t *testing.T) {
	b := prepare(t)
	ctx := context.Background()
	want := entriesToCheck(t)
	const perRequest = 16
	var made atomic.Int64
	var filling sync.WaitGroup
	for range 4 {
		filling.Go(func() {
			for made.Add(perRequest) < int64(want) {
				if err := b.append(perRequest); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	filling.Wait()
	size, err := b.store.Size(ctx)
	must(t, err)

	start := time.Now()
	for first := int64(0); first < size; first += 1024 {
		_, err := b.store.Entries(ctx, first, min(first+1024, size))
		must(t, err)
	}
	read := float64(size) / time.Since(start).Seconds()

	cmd := exec.Command("../../bin/ackify", "verify", "ledger")
	cmd.Env = []string{
		"ACKIFY_DB_DSN=" + b.server.AppDSN(), "ACKIFY_SIGNING_KEY=" + b.secret, "ACKIFY_CHECKPOINT_FILE=" + t.TempDir() + "/none",
	}
	start = time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	fmt.Printf("ledger check: %7.0f entries/s of %d, at most %d MB   only reading them: %7.0f/s   ratio %.2f\n",
		float64(size)/took.Seconds(), size, usage.Maxrss/1024, read, float64(size)/took.Seconds()/read)
	b.tiles(t, size)
}

func (b bench) tiles(t *testing.T, size int64) {
	t.Helper()
	tiles, err := ledger.NewTiles(b.store)
	must(t, err)
	area := &api.Server{Ledger: api.LedgerArea{Tiles: tiles, Public: true}}
	router := chi.NewRouter()
	area.MountTiles(router)
	memory := make([]byte, 256*32)
	router.Get("/memory", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(memory) })
	server := httptest.NewServer(router)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	get := func(path string) error {
		response, err := client.Get(server.URL + path)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", path, response.Status)
		}
		return nil
	}
	var n atomic.Int64
	full := size / 256
	tile := func() error { return get(fmt.Sprintf("/ledger/tile/0/%s", tileNumber(n.Add(1)%full))) }
	plain := func() error { return get("/memory") }
	var served, same []float64
	for range rounds {
		same = append(same, rate(t, 32, plain))
		served = append(served, rate(t, 32, tile))
	}
	s, m := median(served), median(same)
	fmt.Printf("tiles, 32 clients: %7.0f/s over %d tiles   the same bytes from memory: %7.0f/s   ratio %.2f\n", s, full, m, s/m)
}

func tileNumber(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}
