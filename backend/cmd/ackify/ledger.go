package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

func ledgerCommand() *cobra.Command {
	command := &cobra.Command{Use: "ledger", Short: "Look after the ledger", Args: cobra.NoArgs, RunE: needsSubcommand(1)}
	command.AddCommand(ledgerAcceptCommand())
	return command
}

func ledgerAcceptCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "accept --reason REASON",
		Short: "Go on with a ledger that does not continue what was published",
		Long: "Go on with a ledger that does not continue what was published, such as a restored backup. It writes an entry that says so,\n" +
			"for ever: what was published beyond it is lost, and whoever kept a receipt of it can show that. Before, look for a newer\n" +
			"backup. A running server signs again within seconds.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reason = strings.TrimSpace(reason); reason == "" || utf8.RuneCountInString(reason) > 500 || !domain.IsOneLine(reason) {
				return errors.New("--reason: say why in one line of at most 500 characters")
			}
			return withLedger(cmd.Context(), func(ctx context.Context, l openedLedger) error {
				lost, err := l.accept(ctx, reason)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Accepted: an entry of the ledger now says that it does not continue the checkpoint of %d entries.\n", lost.Size)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for those who check the ledger later; no personal data")
	requireFlags(cmd, "reason")
	return cmd
}

var errNothingToAccept = errors.New("the ledger continues what was published: there is nothing to accept")

// accept records that the ledger does not continue the last note in the checkpoint file, and returns what that said.
func (l openedLedger) accept(ctx context.Context, reason string) (proof.Checkpoint, error) {
	anchor, err := l.anchor(ctx)
	if err != nil {
		return proof.Checkpoint{}, err
	}
	note := anchor.Contradicted()
	if note == nil {
		return proof.Checkpoint{}, errNothingToAccept
	}
	once := ledger.Once{Keys: l.keys, Origin: l.origin, Clock: time.Now}
	if err := once.Accept(ctx, l.store, note, domain.Operator, reason); err != nil {
		return proof.Checkpoint{}, err
	}
	// From here on the file follows the ledger as it is.
	if err := anchor.RunOnce(ctx); err != nil {
		return proof.Checkpoint{}, err
	}
	return proof.ParseCheckpoint(note)
}
