package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/diagnose"
	"github.com/ackify/ackify/backend/internal/infrastructure/oidc"
	"github.com/ackify/ackify/backend/internal/infrastructure/smtp"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	var mailTo string
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Try everything that Ackify depends on, and say how to mend what is wrong (exit 0: fine, 1: something is wrong, 2: configuration)",
		Long: "Try configuration, database, schema, role and grants, keys, clocks, volumes, checkpoint file, storage, mail server, identity\n" +
			"providers and, through whatever is in front of it, the server at its base URL. It works beside a running server and changes\n" +
			"nothing: probe files are removed, and an email goes out only with --mail.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return doctor(cmd.Context(), cmd.OutOrStdout(), os.Environ(), mailTo, asJSON)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	command.Flags().StringVar(&mailTo, "mail", "", "send a test mail to this address")
	command.AddCommand(doctorAuthCommand())
	return command
}

// doctor prints every finding. What is wrong is in its error, once, so that a script sees the exit status.
func doctor(ctx context.Context, out io.Writer, environ []string, mailTo string, asJSON bool) error {
	var to domain.Email
	if mailTo != "" {
		var err error
		if to, err = domain.ParseEmail(mailTo); err != nil {
			return fmt.Errorf("--mail: %q is not an email address", mailTo)
		}
	}
	cfg, err := config.Load(environ, true)
	if problems := (config.Problems)(nil); errors.As(err, &problems) {
		if asJSON {
			err = errors.Join(printJSON(out, diagnose.Unusable(problems)), err)
		}
		return err
	}
	if err != nil {
		return err
	}
	found := newDoctor(cfg, environ, to).Run(ctx)
	show := printFindings
	if asJSON {
		show = printJSON
	}
	if err := show(out, found); err != nil {
		return err
	}
	if diagnose.Worst(found) == diagnose.Wrong {
		return exitError{1, errors.New("something is wrong; the line below each says what to do")}
	}
	return nil
}

func newDoctor(cfg config.Config, environ []string, mailTo domain.Email) diagnose.Doctor {
	return diagnose.Doctor{
		Config: cfg, Environ: environ, MailTo: mailTo, Clock: time.Now,
		Store:  func() (contents.Store, error) { return newStore(cfg, nil) },
		Sender: func() (smtp.Sender, error) { return newSender(cfg) },
	}
}

// printFindings prints a line for each finding, and what to do on a second one.
func printFindings(out io.Writer, found []diagnose.Finding) error {
	var text strings.Builder
	for _, f := range found {
		fmt.Fprintf(&text, "%-8s %s: %s\n", f.Level, f.Check, f.Text)
		if f.Remedy != "" {
			fmt.Fprintf(&text, "         -> %s\n", f.Remedy)
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}

func printJSON(out io.Writer, found []diagnose.Finding) error {
	lines := json.NewEncoder(out)
	lines.SetIndent("", "  ")
	lines.SetEscapeHTML(false)
	return lines.Encode(struct {
		Worst    diagnose.Level     `json:"worst"`
		Findings []diagnose.Finding `json:"findings"`
	}{diagnose.Worst(found), found})
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
