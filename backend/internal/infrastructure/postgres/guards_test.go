package postgres_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

var update = flag.Bool("update", false, "write guards.txt anew, after a migration has changed what guards the proof tables")

func TestGuardsAreThoseOfTheMigrations(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	lines, err := postgres.GuardLines(t.Context(), db.DB(t))
	if err != nil {
		t.Fatal(err)
	}
	now := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile("guards.txt", []byte(now), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if kept, err := os.ReadFile("guards.txt"); err != nil || string(kept) != now {
		t.Errorf("guards.txt is not what the migrations make (go test -run %s -update writes it): %v\n%s", t.Name(), err, now)
	}
}
