//go:build bench

package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/freeport"
)

// From the start of the process to the first healthy answer, with the embedded database that is there already. The baseline is
// the time that the same binary takes to print its version.
func TestStart(t *testing.T) {
	binary, err := filepath.Abs("../../bin/ackify")
	must(t, err)
	addr := freeport.Address(t)
	env := append(os.Environ(), "ACKIFY_DATA_DIR="+t.TempDir(), "ACKIFY_LISTEN_ADDR="+addr, "ACKIFY_BASE_URL=http://"+addr)
	start(t, binary, addr, env) // makes the database
	var starts, versions []float64
	for range 11 {
		starts = append(starts, start(t, binary, addr, env))
		begin := time.Now()
		must(t, exec.Command(binary, "version").Run())
		versions = append(versions, float64(time.Since(begin).Microseconds())/1000)
	}
	s, v := median(starts), median(versions)
	fmt.Printf("start to healthy, existing database: %.0f ms   `ackify version`: %.0f ms   ratio %.1f (medians of %d)\n", s, v, s/v, len(starts))
}

// start returns milliseconds.
func start(t *testing.T, binary, addr string, env []string) float64 {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), binary, "serve")
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	must(t, err)
	begin := time.Now()
	must(t, cmd.Start())
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
		}
	}()
	for {
		response, err := http.Get("http://" + addr + "/api/v1/health")
		if err == nil {
			must(t, response.Body.Close())
			if response.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(begin) > time.Minute {
			t.Fatal("not healthy after a minute")
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(begin)
	must(t, cmd.Process.Signal(os.Interrupt))
	must(t, cmd.Wait())
	return float64(took.Microseconds()) / 1000
}
