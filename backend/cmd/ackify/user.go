package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

func userCommand() *cobra.Command {
	user := &cobra.Command{
		Use: "user", Short: "Make and mend accounts, also while the server is running", Args: cobra.NoArgs, RunE: needsSubcommand(1),
	}
	user.AddCommand(userCreateCommand(), userListCommand(), userSetRoleCommand(), userResetPasswordCommand(),
		userActiveCommand("deactivate", "End somebody's access everywhere at once; what they signed stays", false),
		userActiveCommand("reactivate", "Let somebody who was deactivated log in again", true), userEraseCommand())
	return user
}

// withAccounts runs fn on the accounts of the database that environ configures, or of the embedded one.
func withAccounts(ctx context.Context, environ []string, fn func(accounts.Service) error) error {
	cfg, err := config.Load(environ, false)
	if err != nil {
		return err
	}
	db, err := attach(ctx, &cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(fn(newAccounts(db.DB, cfg, emails.Composer{}, nil)), db.close(unhurried))
}

func userCreateCommand() *cobra.Command {
	var profile accounts.Profile
	var role string
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "create --email EMAIL --name NAME [--role ROLE] [--locale LOCALE] [--password-stdin]",
		Short: "Make an account",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if profile.Password, err = readPassword(fromStdin); err != nil {
				return err
			}
			return withAccounts(cmd.Context(), os.Environ(), func(s accounts.Service) error {
				user, err := s.Create(cmd.Context(), profile, role)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is now a user with the role %s.\n", user.Email, user.Role)
				}
				return err
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&profile.Email, "email", "", "email address")
	flags.StringVar(&profile.Name, "name", "", "full name")
	flags.StringVar(&profile.Locale, "locale", "", "language: en, fr, es, de or it")
	flags.StringVar(&role, "role", "signer", "signer, author, admin or auditor")
	flags.BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	requireFlags(cmd, "email", "name")
	return cmd
}

func userListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List all accounts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccounts(cmd.Context(), os.Environ(), func(s accounts.Service) error {
				users, err := s.All(cmd.Context())
				if err != nil {
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "EMAIL\tNAME\tROLE\tACTIVE\tLAST LOG-IN")
				for _, u := range users {
					last := "never"
					if !u.LastLoginAt.IsZero() {
						last = u.LastLoginAt.Format("2006-01-02 15:04:05Z")
					}
					fmt.Fprintf(table, "%s\t%s\t%s\t%t\t%s\n", u.Email, u.Name, u.Role, u.Active, last)
				}
				return table.Flush()
			})
		},
	}
}

func userSetRoleCommand() *cobra.Command {
	var email, role string
	cmd := &cobra.Command{
		Use:   "set-role --email EMAIL --role ROLE",
		Short: "Change what somebody may do",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccounts(cmd.Context(), os.Environ(), func(s accounts.Service) error {
				if err := s.SetRole(cmd.Context(), email, role); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s now has the role %s.\n", email, role)
				if left, err := s.SetupRequired(cmd.Context()); err != nil || !left {
					return err
				}
				_, err := fmt.Fprintln(cmd.ErrOrStderr(), "There is no administrator any more: the next start prints a set-up link.")
				return err
			})
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "whose role")
	cmd.Flags().StringVar(&role, "role", "", "signer, author, admin or auditor")
	requireFlags(cmd, "email", "role")
	return cmd
}

func userResetPasswordCommand() *cobra.Command {
	var email string
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "reset-password --email EMAIL [--password-stdin]",
		Short: "Set a new password and end all sessions of the account",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			password, err := readPassword(fromStdin)
			if err != nil {
				return err
			}
			return withAccounts(cmd.Context(), os.Environ(), func(s accounts.Service) error {
				if err := s.ResetPassword(cmd.Context(), email, password); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s has a new password and is logged out everywhere.\n", email)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "whose password")
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	requireFlags(cmd, "email")
	return cmd
}

func userActiveCommand(name, short string, active bool) *cobra.Command {
	var email string
	cmd := &cobra.Command{
		Use:   name + " --email EMAIL",
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccounts(cmd.Context(), os.Environ(), func(s accounts.Service) error {
				if err := s.SetActive(cmd.Context(), email, active); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is %sd.\n", email, name)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "whom")
	requireFlags(cmd, "email")
	return cmd
}

func requireFlags(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // a flag that was not defined above
		}
	}
}

// readPassword reads one line from standard input, or asks twice on a terminal.
func readPassword(fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.Join(errors.New("there is no password on standard input"), err)
		}
		return line, nil
	}
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", errors.New("this is no terminal: pass --password-stdin and the password on standard input")
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(os.Stderr, prompt)
		password, err := term.ReadPassword(terminal)
		fmt.Fprintln(os.Stderr)
		return string(password), err
	}
	password, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	again, err := ask("The same again: ")
	if err == nil && again != password {
		err = errors.New("the two passwords differ")
	}
	return password, err
}
