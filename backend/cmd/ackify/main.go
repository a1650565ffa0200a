// Command ackify proves that a person has read a document.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // containers have no time zones of their own

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/cmd/internal/migrate"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// version is set by the linker for releases.
var version = ""

// exitError ends the process with a status of its own.
type exitError struct {
	status int
	err    error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }

func main() {
	if filepath.Base(os.Args[0]) == "migrate" { // as the image names it
		os.Exit(migrate.Main(os.Args[1:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// What a command does, the operator does; the server says of each request who it is.
	err := rootCommand().ExecuteContext(domain.WithOrigin(ctx, domain.Origin{Kind: domain.ActorCommand}))
	stop()
	os.Exit(report(err))
}

// report says what went wrong and returns the exit status: 2 for a configuration that is not usable.
func report(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "ackify:", words(err))
	var exit exitError
	var problems config.Problems
	switch {
	case errors.As(err, &exit):
		return exit.status
	case errors.As(err, &problems):
		return 2
	}
	return 1
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "ackify",
		Short:         "Ackify proves that a person has read a document",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(serveCommand(), keygenCommand(), verifyCommand(), keysCommand(), ledgerCommand(), userCommand(), dbCommand(), doctorCommand(), healthCommand(), versionCommand())
	return root
}

// words leaves out the code that the API names an error by.
func words(err error) string {
	var known *domain.Error
	if errors.As(err, &known) && strings.HasSuffix(err.Error(), known.Error()) {
		if known.Kind == domain.KindInternal || known.Kind == domain.KindUnavailable {
			return err.Error()
		}
		return strings.TrimSuffix(err.Error(), known.Error()) + known.Detail
	}
	return err.Error()
}

// needsSubcommand refuses a command that only groups others.
func needsSubcommand(status int) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		return exitError{status, fmt.Errorf("say which: `%s --help` lists the commands", cmd.CommandPath())}
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "ackify", buildVersion())
			return err
		},
	}
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}
