package postgres_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestLoginTellsWhoIsTooPowerful(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	app, err := db.DB(t).Login(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if app.Role != "ackify_app" || app.Superuser || app.Owner || !app.Member || len(app.More)+len(app.May) > 0 || app.Version < 160000 ||
		app.Ahead.Abs() > time.Second || app.Standby {
		t.Errorf("the application: %+v", app)
	}
	owner, err := db.AsOwner(t).Login(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !owner.Superuser || !owner.Owner || !slices.Contains(owner.May, "DELETE on signatures") || !slices.Contains(owner.More, "BYPASSRLS") {
		t.Errorf("the superuser: %+v", owner)
	}
	migrate := db
	migrate.App = db.Migrate
	if may, err := migrate.DB(t).Login(t.Context()); err != nil || may.Superuser || !may.Owner {
		t.Errorf("who may become the owner: %+v, %v", may, err)
	}
}
