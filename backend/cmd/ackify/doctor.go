package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/oidc"
)

func doctorCommand() *cobra.Command {
	doctor := &cobra.Command{
		Use: "doctor", Short: "Try what Ackify depends on, and explain what is wrong", Args: cobra.NoArgs, RunE: needsSubcommand(1),
	}
	doctor.AddCommand(doctorAuthCommand())
	return doctor
}

func doctorAuthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "auth",
		Short: "Try every configured identity provider (exit 0: people can log in, 1: something is wrong)",
		Long: "Try every identity provider of the configuration: its discovery document, keys, certificate and clock, and whether it accepts the\n" +
			"client. Nobody is logged in, and neither the database nor a running server is needed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(os.Environ(), false)
			if err != nil {
				return err
			}
			return doctorAuth(cmd.Context(), cmd.OutOrStdout(), cfg, nil)
		},
	}
}

// doctorAuth prints one line for each check of each provider.
func doctorAuth(ctx context.Context, out io.Writer, cfg config.Config, client *http.Client) error {
	if len(cfg.Providers) == 0 {
		if linked := cfg.MagicLinks && cfg.Mail.Enabled(); !cfg.Passwords && !linked {
			return exitError{1, errors.New("nobody can log in: passwords are off, links need a mail server, and there is no identity provider")}
		}
		_, err := fmt.Fprintln(out, "No identity provider is configured; docs/en/identity.md has an example for each.")
		return err
	}
	wrong := false
	for _, p := range cfg.Providers {
		fmt.Fprintf(out, "%s (%s, %s)\n", p.Name, p.Label, p.Kind)
		for _, found := range oidc.Diagnose(ctx, p, cfg.BaseURL, client, time.Now) {
			fmt.Fprintf(out, "  %-8s %s\n", found.Level, found.Text)
			wrong = wrong || found.Level == oidc.Wrong
		}
	}
	if wrong {
		return exitError{1, errors.New("people cannot log in by every provider; the lines marked wrong say what to do")}
	}
	return nil
}
