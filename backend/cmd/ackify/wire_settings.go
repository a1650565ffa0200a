package main

import (
	"os"
	"time"

	"github.com/ackify/ackify/backend/internal/application/settings"
	"github.com/ackify/ackify/backend/internal/application/trail"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

// testsAMinute is how often one person may have something tried: each may take connections, and a mail.
const testsAMinute = 10

// newSettings makes the settings page. Nothing changes the environment of a process while it runs.
func newSettings(cfg config.Config, db *database) settings.Service {
	environ := os.Environ()
	return settings.Service{
		Values: config.Settings(environ, cfg), Doctor: newDoctor(cfg, environ, ""),
		Trail: trail.Service{Repository: postgres.Trail{DB: db.DB}, Clock: time.Now},
	}
}
