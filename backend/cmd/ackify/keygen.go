package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/pkg/proof"
)

func keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen",
		Short: "Print a new secret for ACKIFY_SIGNING_KEY",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret, err := proof.GenerateSecret()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), secret)
			return err
		},
	}
}
