package postgres_test

import (
	"flag"
	"testing"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// Each history is a database of its own. The command line may ask for more of them.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	dbtest.Main(m)
}
