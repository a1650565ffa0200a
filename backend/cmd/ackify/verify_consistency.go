package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/infrastructure/tileclient"
	"github.com/ackify/ackify/backend/pkg/proof"
)

func verifyConsistencyCommand() *cobra.Command {
	var keysFile, ledgerURL string
	cmd := &cobra.Command{
		Use:   "consistency OLD NEW --keys KEYS [--ledger URL]",
		Short: "Check that a newer checkpoint continues an older one (exit 0: proven, 1: disproven, 2: could not be decided)",
		Long: "Check that the ledger of the checkpoint in the file NEW holds everything that the one in OLD held, unchanged. The hashes that\n" +
			"prove it are read from the published ledger and believed only as far as NEW's root covers them.\n\n" +
			"URL is where the ledger is published; without it, the checkpoints' origin over https.",
		Args: undecided(func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("give two files with checkpoints: the older and the newer")
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			return asVerdict(verifyConsistency(cmd, args[0], args[1], keysFile, ledgerURL))
		},
	}
	cmd.Flags().StringVar(&keysFile, "keys", "", "file with the ledger's public keys")
	cmd.Flags().StringVar(&ledgerURL, "ledger", "", "address of the published ledger, such as https://sign.example.com/ledger")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exitError{exitUndecided, err} })
	return cmd
}

func verifyConsistency(cmd *cobra.Command, oldFile, newFile, keysFile, ledgerURL string) error {
	if keysFile == "" {
		return errors.New(unknownVerdict)
	}
	keys, err := readKeys(keysFile)
	if err != nil {
		return err
	}
	older, err := openCheckpoint(oldFile, keys)
	if err != nil {
		return err
	}
	newer, err := openCheckpoint(newFile, keys)
	if err != nil {
		return err
	}
	if ledgerURL == "" {
		ledgerURL = urlOf(newer.Origin)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Minute)
	defer cancel()
	if err := proveConsistency(ctx, older, newer, ledgerURL); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Proven: the ledger %s of %d entries continues that of %d entries: nothing of it was changed or removed.\n",
		newer.Origin, newer.Size, older.Size)
	return err
}

func disproven(format string, args ...any) error {
	return exitError{exitDisproven, fmt.Errorf("DISPROVEN: "+format, args...)}
}

func openCheckpoint(file string, keys proof.KeySet) (proof.Checkpoint, error) {
	note, err := readSmall(file)
	if err != nil {
		return proof.Checkpoint{}, err
	}
	c, _, err := proof.OpenCheckpoint(note, keys)
	var invalid *proof.InvalidError
	if errors.As(err, &invalid) {
		return c, disproven("%s: %s", file, invalid.Reason)
	}
	return c, err
}

// proveConsistency makes the proof of RFC 6962 from published tiles and checks it.
func proveConsistency(ctx context.Context, older, newer proof.Checkpoint, ledgerURL string) error {
	if older.Size > newer.Size {
		return disproven("the older checkpoint has %d entries, the newer %d: were they swapped?", older.Size, newer.Size)
	}
	if older.Size == 0 {
		return nil
	}
	if older.Size == newer.Size {
		if older.Root != newer.Root {
			return disproven("two checkpoints of %d entries have different roots: the ledger was forked", older.Size)
		}
		return nil
	}
	tiles, err := tileclient.New(ctx, ledgerURL)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tlog.Tree{N: newer.Size, Hash: tlog.Hash(newer.Root)}, tiles)
	path, err := tlog.ProveTree(newer.Size, older.Size, reader)
	if err != nil {
		if unreachable := tiles.Err(); unreachable != nil {
			return unreachable
		}
		return disproven("what is published at %s does not fit the newer checkpoint: %v", ledgerURL, err)
	}
	if err := tlog.CheckTree(path, newer.Size, tlog.Hash(newer.Root), older.Size, tlog.Hash(older.Root)); err != nil {
		return disproven("the ledger of %d entries does not continue that of %d entries", newer.Size, older.Size)
	}
	return nil
}

// urlOf is where a ledger is published as far as its origin tells.
func urlOf(origin string) string {
	host, _, _ := strings.Cut(origin, "/")
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
		return "http://" + origin
	}
	return "https://" + origin
}
