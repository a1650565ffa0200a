package presentation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ackify/ackify/backend/internal/application/workers"
)

func TestAWorkersProblemIsAMetric(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	runs := workers.NewRecorder(clock)
	fails := runs.Watch("mail", 5*time.Second)
	runs.Watch("retention", time.Hour) // never ran
	runs.Watch("sequencer", 0)         // had nothing to do
	problems := func(mailFails, retentionLate string) {
		t.Helper()
		expected := `# HELP ackify_worker_problem 1 when something is wrong with a worker, as health tells it: all its runs fail, or it runs late.
# TYPE ackify_worker_problem gauge
ackify_worker_problem{problem="failing",worker="mail"} ` + mailFails + `
ackify_worker_problem{problem="failing",worker="retention"} 0
ackify_worker_problem{problem="failing",worker="sequencer"} 0
ackify_worker_problem{problem="late",worker="mail"} 0
ackify_worker_problem{problem="late",worker="retention"} ` + retentionLate + `
ackify_worker_problem{problem="late",worker="sequencer"} 0
`
		if err := testutil.CollectAndCompare(workerMetrics{runs, clock}, strings.NewReader(expected), "ackify_worker_problem"); err != nil {
			t.Error(err)
		}
	}
	fails.Run(t.Context(), errors.New("the database is away"))
	problems("0", "0")
	now = now.Add(10 * time.Minute)
	fails.Run(t.Context(), errors.New("the database is away"))
	problems("1", "0")
	now = now.Add(121 * time.Minute)
	fails.Run(t.Context(), nil)
	problems("0", "1")
}
