package postgres_test

import (
	"testing"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
