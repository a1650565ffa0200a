package main

import (
	"context"
	"fmt"

	"github.com/ackify/ackify/backend/internal/infrastructure/diagnose"
)

// refusePower keeps the server from running as a role that could change what must not change.
func refusePower(ctx context.Context, db *database) error {
	login, err := db.Login(ctx)
	if err != nil {
		return fmt.Errorf("ask the database who is logged in: %w", err)
	}
	return diagnose.Login(login)
}
