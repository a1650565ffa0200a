package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
)

func dbCommand() *cobra.Command {
	db := &cobra.Command{Use: "db", Short: "Reach the database", Args: cobra.NoArgs, RunE: needsSubcommand(1)}
	var owner bool
	dsn := &cobra.Command{
		Use:   "dsn [--owner]",
		Short: "Print a connection string that psql and other tools take",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(os.Environ(), false)
			if err != nil {
				return err
			}
			dsn, err := databaseDSN(cfg, owner)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), dsn)
			return err
		},
	}
	dsn.Flags().BoolVar(&owner, "owner", false, "the embedded cluster's superuser, or ACKIFY_MIGRATE_DSN")
	db.AddCommand(dsn)
	return db
}

func databaseDSN(cfg config.Config, owner bool) (string, error) {
	if !cfg.Embedded() {
		if !owner {
			return cfg.DSN, nil
		}
		if cfg.MigrateDSN == "" {
			return "", errors.New("ACKIFY_MIGRATE_DSN is not set")
		}
		return cfg.MigrateDSN, nil
	}
	dsns, running, err := embeddedpg.Attach(cfg.DataDir)
	if err != nil {
		return "", err
	}
	if !running {
		return "", fmt.Errorf("no Ackify is running on %s (ACKIFY_DATA_DIR): start it first", cfg.DataDir)
	}
	if owner {
		return dsns.OwnerTCP, nil
	}
	return dsns.AppTCP, nil
}
