package api

import (
	"context"
	"net/http"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// GetLedgerKeys returns every key that was ever valid.
func (s *Server) GetLedgerKeys(ctx context.Context, _ GetLedgerKeysRequestObject) (GetLedgerKeysResponseObject, error) {
	set, err := s.Ledger.KeySet(ctx)
	if err != nil {
		return nil, err
	}
	return keysResponse(set), nil
}

// keysResponse answers a key set in the very form that verifiers pin.
type keysResponse proof.KeySet

func (k keysResponse) VisitGetLedgerKeysResponse(w http.ResponseWriter) error {
	body, err := proof.KeySet(k).JSON()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(body) //nolint:gosec // JSON with nosniff, not a page
	return err
}

// GetCheckpoint returns the newest checkpoint.
func (s *Server) GetCheckpoint(ctx context.Context, _ GetCheckpointRequestObject) (GetCheckpointResponseObject, error) {
	note, err := s.Ledger.Checkpoint(ctx)
	return textResponse{body: note}, err
}
