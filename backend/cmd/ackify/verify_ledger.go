package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/infrastructure/checkpointfile"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/pkg/proof"
)

func verifyLedgerCommand() *cobra.Command {
	var since int64
	var keysFile string
	cmd := &cobra.Command{
		Use:   "ledger [--since SEQ] [--keys KEYS]",
		Short: "Check the whole ledger in the database (exit 0: intact, 1: disproven, 2: could not be decided)",
		Long: "Check every entry's signature, link and position, the Merkle tree against every checkpoint, every readable column against\n" +
			"what was signed, keys against their windows, erasures, the triggers and grants that keep the tables append-only, and the\n" +
			"checkpoint file. It reads with ACKIFY_DB_DSN (the role ackify_readonly will do) or in ACKIFY_DATA_DIR, and writes nothing.\n\n" +
			"The keys to trust are those in KEYS (what GET /ledger/keys answered, kept from a time when you trusted it), or those of the\n" +
			"configured ACKIFY_SIGNING_KEY. Exit status: 0 intact; 1 disproven; 2 could not run, or no keys to trust.",
		Args: undecided(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since < 0 {
				return exitError{exitUndecided, errors.New("--since: a position is not negative")}
			}
			return asVerdict(verifyLedger(cmd, since, keysFile))
		},
	}
	cmd.Flags().Int64Var(&since, "since", 0, "the first entry to check; what is before is trusted as far as checkpoints cover it")
	cmd.Flags().StringVar(&keysFile, "keys", "", "file with the ledger's public keys")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exitError{exitUndecided, err} })
	return cmd
}

// asVerdict gives an error the exit status of what it says: 1 for a finding, 2 for anything else.
func asVerdict(err error) error {
	var finding *audit.Finding
	var exit exitError
	switch {
	case err == nil || errors.As(err, &exit):
		return err
	case errors.As(err, &finding):
		return exitError{exitDisproven, fmt.Errorf("DISPROVEN: %s", finding.Error())}
	}
	return exitError{exitUndecided, err}
}

func verifyLedger(cmd *cobra.Command, since int64, keysFile string) (err error) {
	cfg, err := config.Load(os.Environ(), false)
	if err != nil {
		return err
	}
	db, err := attach(cmd.Context(), &cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(unhurried)) }()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // a few megabytes more, a tenth of the time less
	}
	verifier := audit.Verifier{Store: postgres.Ledger{DB: db.DB}}
	trusted, err := trustedKeys(cmd.Context(), cfg, verifier.Store, keysFile)
	if err != nil {
		return verifier.Store.Explain(err)
	}
	verifier.Pinned = trusted
	// Without a configured file, one that is missing is none.
	file, err := checkpointfile.Existing(cfg.CheckpointFile)
	if err != nil {
		return err
	}
	if file != nil {
		verifier.File = file
	}
	bar := progress(cmd.ErrOrStderr(), since)
	verifier.Progress = bar.at
	report, err := verifier.Verify(cmd.Context(), since)
	bar.end()
	if err != nil {
		return err
	}
	if since > report.Size {
		return fmt.Errorf("--since: the ledger has %d entries", report.Size)
	}
	if len(trusted.Statement) == 0 {
		return exitError{exitUndecided, errors.New(unknownIssuer)}
	}
	return describe(cmd.OutOrStdout(), report, cfg.CheckpointFile, file != nil)
}

const unknownIssuer = "consistent in itself, issuer unknown: the keys came with the ledger; get the ledger's keys file from whoever is said to " +
	"run it (GET /ledger/keys) and pass it with --keys"

// trustedKeys are those of a file, or of the configured secret; none when there is neither.
func trustedKeys(ctx context.Context, cfg config.Config, store audit.Store, keysFile string) (proof.KeySet, error) {
	if keysFile != "" {
		return readKeys(keysFile)
	}
	if cfg.SigningKey == "" && !cfg.Embedded() {
		return proof.KeySet{}, nil
	}
	keys, err := currentKeys(cfg)
	if err != nil {
		return proof.KeySet{}, err
	}
	known, err := store.KeySet(ctx)
	if err != nil {
		return proof.KeySet{}, err
	}
	if _, ours := known.StatementKey(proof.KeyID(keys.StatementPublic())); !ours {
		return proof.KeySet{}, errors.New("the signing key configured here is none of this ledger's, so it says nothing about it; pass the ledger's keys with --keys")
	}
	return pinnedKeys(known.Origin, keys)
}

func describe(out io.Writer, r audit.Report, file string, compared bool) error {
	erased := ""
	if r.Erased > 0 {
		erased = fmt.Sprintf(", %d erased", r.Erased)
	}
	from := ""
	if r.Since > 0 {
		from = fmt.Sprintf(" from entry %d on", r.Since)
	}
	_, err := fmt.Fprintf(out, "The ledger is intact%s%s.\n  Entries: %d, checked: %d, checkpoints compared: %d\n  Root: %x\n", from, erased,
		r.Size, r.Size-r.Since, r.Checkpoints, r.Root)
	switch {
	case err != nil:
		return err
	case compared && r.Published > 0:
		_, err = fmt.Fprintf(out, "  It continues what was published in %s (checkpoints compared: %d).\n", file, r.Published)
	case compared:
		_, err = fmt.Fprintf(out, "  Nothing was published in %s that could be compared.\n", file)
	default:
		_, err = fmt.Fprintf(out, "  There is no checkpoint file (%s): an old backup put back would not be noticed.\n", file)
	}
	if err == nil {
		_, err = fmt.Fprintln(out, "Not proven: that the operator did not invent an entry; who holds the key can sign a new one. What is already\n"+
			"receipted, published or witnessed cannot be altered, removed or back-dated unnoticed.")
	}
	return err
}

// bar is a progress bar on a terminal, and nothing elsewhere.
type bar struct {
	shown *progressbar.ProgressBar
	since int64
	out   io.Writer
}

func progress(out io.Writer, since int64) *bar {
	b := &bar{since: since}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.out = out
	}
	return b
}

func (b *bar) at(checked, size int64) {
	if b.out == nil {
		return
	}
	if b.shown == nil {
		b.shown = progressbar.NewOptions64(size-b.since, progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription("checking"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("entries"), progressbar.OptionClearOnFinish())
	}
	// A terminal that has gone cannot be told so.
	_ = b.shown.Set64(checked - b.since)
}

func (b *bar) end() {
	if b.shown != nil {
		_ = b.shown.Finish()
	}
}
