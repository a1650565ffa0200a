package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Exit statuses of the verify commands besides 0, proven.
const (
	exitDisproven  = 1
	exitUndecided  = 2
	unknownVerdict = "consistent in itself, issuer unknown: without the keys of whoever is said to have issued it, " +
		"nothing is proven; get their keys file from them (GET /ledger/keys) and pass it with --keys"
)

func verifyCommand() *cobra.Command {
	verify := &cobra.Command{Use: "verify", Short: "Check proofs", Args: undecided(cobra.NoArgs), RunE: needsSubcommand(exitUndecided)}
	verify.AddCommand(verifyReceiptCommand(), verifyLedgerCommand(), verifyConsistencyCommand())
	return verify
}

// undecided makes a misuse end with the status of a check that could not run, so that it is never taken for a verdict.
func undecided(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return exitError{exitUndecided, err}
		}
		return nil
	}
}

func verifyReceiptCommand() *cobra.Command {
	var keysFile string
	cmd := &cobra.Command{
		Use:   "receipt FILE --keys KEYS",
		Short: "Check a receipt against pinned public keys (exit 0: proven, 1: disproven, 2: could not be decided)",
		Long: "Check a receipt (.tlog-proof) against the public keys of the ledger that issued it, without any network.\n" +
			"Of a certificate (PDF) the attached receipt is checked; what its pages say is not.\n" +
			"KEYS is what GET /ledger/keys answered, kept from a time when you trusted it. FILE may be - for standard input.\n\n" +
			"Exit status: 0 proven; 1 disproven; 2 could not run, or no keys to trust.",
		Args: undecided(func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("give the file name of one receipt")
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			return verifyReceipt(cmd.OutOrStdout(), args[0], keysFile)
		},
	}
	cmd.Flags().StringVar(&keysFile, "keys", "", "file with the ledger's public keys")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exitError{exitUndecided, err} })
	return cmd
}

func verifyReceipt(out io.Writer, path, keysFile string) error {
	receipt, err := readProof(path)
	if err != nil {
		return exitError{exitUndecided, err}
	}
	inPDF := proof.IsPDF(receipt)
	if inPDF {
		if receipt, err = proof.ReceiptFromPDF(receipt); err != nil {
			return exitError{exitDisproven, fmt.Errorf("DISPROVEN: %w", err)}
		}
	}
	var keys proof.KeySet
	if keysFile != "" {
		if keys, err = readKeys(keysFile); err != nil {
			return exitError{exitUndecided, err}
		}
	}
	verdict, err := proof.VerifyReceipt(receipt, keys)
	var invalid *proof.InvalidError
	switch {
	case errors.Is(err, proof.ErrIssuerUnknown):
		return exitError{exitUndecided, errors.New(unknownVerdict)}
	case errors.As(err, &invalid):
		return exitError{exitDisproven, fmt.Errorf("DISPROVEN: %s", invalid.Reason)}
	case err != nil:
		return exitError{exitUndecided, err}
	}
	words := bufio.NewWriter(out)
	verdict.Describe(words)
	if inPDF {
		fmt.Fprintln(words, "  What the PDF's pages say: the receipt attached to it was checked, not the printed text. Only what stands")
		fmt.Fprintln(words, "  above is proven; compare it with the pages.")
	}
	if err := words.Flush(); err != nil {
		return exitError{exitUndecided, fmt.Errorf("the verdict could not be written: %w", err)}
	}
	return nil
}

func readKeys(file string) (proof.KeySet, error) {
	content, err := readSmall(file)
	if err != nil {
		return proof.KeySet{}, err
	}
	keys, err := proof.ParseKeySet(content)
	if err != nil {
		return proof.KeySet{}, fmt.Errorf("%s is not a keys file: %w", file, err)
	}
	return keys, nil
}

// readSmall reads a file of at most the size that a receipt or a keys file can have.
func readSmall(path string) ([]byte, error) {
	return readFile(path, func([]byte) int64 { return proof.MaxSize })
}

// readProof reads a receipt, or a PDF that has one attached.
func readProof(path string) ([]byte, error) {
	return readFile(path, func(begin []byte) int64 {
		if proof.IsPDF(begin) {
			return proof.MaxPDFSize
		}
		return proof.MaxSize
	})
}

// readFile reads a file up to a limit in bytes, which may depend on how it begins, and one byte more, so that a larger
// one is noticed.
func readFile(path string, limit func(begin []byte) int64) (_ []byte, err error) {
	in := os.Stdin
	if path != "-" {
		if in, err = os.Open(path); err != nil { //nolint:gosec // the user names the file
			return nil, err
		}
		defer func() { err = errors.Join(err, in.Close()) }()
	}
	file := bufio.NewReader(in)
	begin, err := file.Peek(len("%PDF-"))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, limit(begin)+1))
}
