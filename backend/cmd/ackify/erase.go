package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/application/erasure"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
)

func userEraseCommand() *cobra.Command {
	var email, reason string
	var yes bool
	cmd := &cobra.Command{
		Use:   "erase [--email EMAIL] [--reason REASON] [--yes]",
		Short: "Erase a person, and leave every proof valid; without --email, list the open requests",
		Long: "Erase everything that is about a person: account, sessions, invitations, and the content of their entries in the ledger.\n" +
			"An entry of the ledger says which ones were erased, and why; every other proof still verifies, and so does a receipt that\n" +
			"somebody kept. It cannot be undone. REASON is taken from the request that an administrator filed; it stays in the ledger.\n" +
			"It needs the rights of migrations: ACKIFY_MIGRATE_DSN beside ACKIFY_DB_DSN.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withLedger(cmd.Context(), func(ctx context.Context, l openedLedger) error {
				requests := erasure.Service{Repository: postgres.Erasures{DB: l.db.DB}, Clock: time.Now}
				if email == "" {
					return listErasureRequests(ctx, cmd, requests)
				}
				if err := l.continues(ctx); err != nil {
					return err
				}
				if !yes {
					if err := confirmErasure(cmd, email); err != nil {
						return err
					}
				}
				erased, err := l.erase(ctx, requests, email, reason)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is erased, and the content of %d entries of the ledger with it. "+
					"Backups made before still hold it: let them expire.\n", email, erased)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "whom to erase")
	cmd.Flags().StringVar(&reason, "reason", "", "why; without it, what the administrator's request says; no personal data")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func listErasureRequests(ctx context.Context, cmd *cobra.Command, requests erasure.Service) error {
	open, err := requests.Repository.OpenRequests(ctx)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "There is no open request.")
		return err
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EMAIL\tREQUESTED\tBY\tREASON")
	for _, r := range open {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.Email, r.RequestedAt.Format("2006-01-02 15:04:05Z"), r.RequestedBy, r.Reason)
	}
	return table.Flush()
}

func confirmErasure(cmd *cobra.Command, email string) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "This erases everything about %s and cannot be undone. Type the address again: ", email)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if strings.TrimSpace(line) != email {
		fmt.Fprintln(cmd.ErrOrStderr())
		return errors.Join(errors.New("the address is not the same: nothing was erased"), err)
	}
	return nil
}

// erase carries an erasure out, with the rights of the migrations' role.
func (l openedLedger) erase(ctx context.Context, requests erasure.Service, email, reason string) (int, error) {
	dsn, err := migrateDSN(l)
	if err != nil {
		return 0, err
	}
	pool, err := postgres.Open(ctx, postgres.PoolConfig{DSN: dsn, MaxConns: 1})
	if err != nil {
		return 0, fmt.Errorf("ACKIFY_MIGRATE_DSN: %w", err)
	}
	defer pool.Close()
	store := postgres.Erasures{DB: postgres.DB{Pool: pool}}
	return requests.Carry(ctx, store, ledger.Once{Keys: l.keys, Origin: l.origin, Clock: time.Now}, email, reason)
}

func migrateDSN(l openedLedger) (string, error) {
	switch {
	case l.db.server != nil:
		return l.db.server.MigrateDSN(), nil
	case l.cfg.Embedded():
		dsns, _, err := embeddedpg.Attach(l.cfg.DataDir)
		return dsns.MigrateTCP, err
	case l.cfg.MigrateDSN == "":
		return "", config.Problems{{
			Variable: "ACKIFY_MIGRATE_DSN", Wrong: "is missing; only the migrations' role may erase",
			Example: "postgres://ackify_migrate:…@db:5432/ackify?sslmode=require",
		}}
	}
	return l.cfg.MigrateDSN, nil
}
