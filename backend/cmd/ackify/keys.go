package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/infrastructure/checkpointfile"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/pkg/proof"
)

func keysCommand() *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "Look after the signing keys", Args: cobra.NoArgs, RunE: needsSubcommand(1)}
	keys.AddCommand(keysRotateCommand())
	return keys
}

func keysRotateCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "rotate --new-key-file FILE",
		Short: "Replace the signing key; receipts made so far stay valid",
		Long: "Replace the signing key. FILE holds a new secret, as `ackify keygen` prints one; the current one is configured as for\n" +
			"the server. Receipts made so far stay valid, under the old key's window. From then on a server that still has the old\n" +
			"secret signs nothing (503 ledger.key_retired): restart every one with the new secret.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			content, err := os.ReadFile(file) //nolint:gosec // the operator names the file
			if err != nil {
				return err
			}
			secret := strings.TrimSpace(string(content))
			next, err := proof.ParseSecret(secret)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			return withLedger(cmd.Context(), func(ctx context.Context, l openedLedger) error {
				if err := l.continues(ctx); err != nil {
					return err
				}
				if err := l.rotate(ctx, secret, next); err != nil {
					return err
				}
				next := "Set ACKIFY_SIGNING_KEY to the new secret and restart every server"
				if l.kept {
					next = "The new secret is kept in the data directory. Restart the server"
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "The ledger %s has new keys.\n%s: until then nothing is signed.\n"+
					"Keep what GET /ledger/keys answers now beside your pinned keys.\n", l.origin, next)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&file, "new-key-file", "", "file with the new secret")
	requireFlags(cmd, "new-key-file")
	return cmd
}

// openedLedger is the ledger of the configured or embedded database, with the current secret.
type openedLedger struct {
	cfg    config.Config
	db     *database
	store  postgres.Ledger
	keys   proof.Keys
	origin string
	kept   bool // the secret is in the data directory, not configured
}

// withLedger runs fn on the ledger, beside a running server or not.
func withLedger(ctx context.Context, fn func(context.Context, openedLedger) error) (err error) {
	cfg, err := config.Load(os.Environ(), false)
	if err != nil {
		return err
	}
	kept := cfg.SigningKey == ""
	db, err := attach(ctx, &cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(unhurried)) }()
	keys, err := currentKeys(cfg)
	if err != nil {
		return err
	}
	l := openedLedger{cfg: cfg, db: db, store: postgres.Ledger{DB: db.DB}, keys: keys, kept: kept}
	known, err := l.store.KeySet(ctx)
	if err != nil {
		return err
	}
	l.origin = known.Origin
	return fn(ctx, l)
}

// keptCookieSecret is the one in the data directory, "" when there is none.
func keptCookieSecret(cfg config.Config) string {
	secret, err := secrets.Keep(cfg.DataDir, secrets.CookieSecretFile, false)
	if err != nil {
		return ""
	}
	return secret
}

// finish ends a rotation that was cut off after the ledger had its new keys, and refuses one beside another.
func (l openedLedger) finish(waiting secrets.Prepared, known proof.KeySet) error {
	secret, err := waiting.Secret()
	if err != nil {
		return err
	}
	keys, err := proof.ParseSecret(secret)
	if err != nil {
		return fmt.Errorf("%s is left over from a rotation that did not happen; remove it and try again: %w", waiting.Path, err)
	}
	if key, ok := known.StatementKey(proof.KeyID(keys.StatementPublic())); ok && key.NotAfter.IsZero() {
		if err := waiting.Replace(); err != nil {
			return err
		}
		return errors.New("an earlier rotation was cut off; it is complete now: restart the server, and rotate again if you still want to")
	}
	return fmt.Errorf("another rotation is under way; if none is, remove %s and try again", waiting.Path)
}

// currentKeys derives the keys from the secret that is configured, or kept in the data directory.
func currentKeys(cfg config.Config) (proof.Keys, error) {
	secret := cfg.SigningKey
	if secret == "" {
		if !cfg.Embedded() {
			return proof.Keys{}, errors.New("ACKIFY_SIGNING_KEY is missing: this needs the current secret")
		}
		var err error
		if secret, err = secrets.Keep(cfg.DataDir, secrets.SigningKeyFile, false); err != nil {
			return proof.Keys{}, err
		}
	}
	return proof.ParseSecret(secret)
}

// anchor compares the ledger with what was published.
func (l openedLedger) anchor(ctx context.Context) (*ledger.Anchor, error) {
	file, err := checkpointfile.Open(l.cfg.CheckpointFile)
	if err != nil {
		return nil, err
	}
	anchor := &ledger.Anchor{Store: l.store, File: file, Origin: l.origin, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
	return anchor, anchor.Open(ctx)
}

// continues refuses to write on top of a ledger that does not continue what was published, as the server does.
func (l openedLedger) continues(ctx context.Context) error {
	anchor, err := l.anchor(ctx)
	if err != nil {
		return err
	}
	if err := anchor.May(); err != nil {
		return fmt.Errorf("%w; look for a newer backup, or see `ackify ledger accept`", err)
	}
	return nil
}

func (l openedLedger) rotate(ctx context.Context, secret string, next proof.Keys) error {
	known, err := l.store.KeySet(ctx)
	if err != nil {
		return err
	}
	if strings.Trim(secret, "A=") == "" {
		return errors.New("the new secret is nothing but zeros; make one with `ackify keygen`")
	}
	if secret == l.cfg.CookieSecret || secret == keptCookieSecret(l.cfg) {
		return errors.New("the new secret is the cookie secret; make one with `ackify keygen`")
	}
	rotation := ledger.Rotation{Origin: l.origin, Old: l.keys, New: next, Clock: time.Now}
	if !l.kept {
		return rotation.Rotate(ctx, l.store, known)
	}
	prepared, err := secrets.Prepare(l.cfg.DataDir, secrets.SigningKeyFile, secret)
	if errors.Is(err, fs.ErrExist) {
		return l.finish(prepared, known)
	}
	if err != nil {
		return err
	}
	err = rotation.Rotate(ctx, l.store, known)
	if errors.Is(err, ledger.ErrOutcomeUnknown) {
		return fmt.Errorf("it is not known whether the keys were replaced; if the server refuses its key, rename %s: %w", prepared.Path, err)
	}
	if err != nil {
		return errors.Join(err, prepared.Discard())
	}
	return prepared.Replace()
}
