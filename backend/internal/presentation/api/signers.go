package api

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// errPending goes when the last of these operations is there.
var errPending = domain.E(domain.KindUnavailable, "storage.unavailable", "This is not there yet.")

// ListSigners is not there yet.
func (s *Server) ListSigners(context.Context, ListSignersRequestObject) (ListSignersResponseObject, error) {
	return nil, errPending
}

// AddSigners is not there yet.
func (s *Server) AddSigners(context.Context, AddSignersRequestObject) (AddSignersResponseObject, error) {
	return nil, errPending
}

// ImportSigners is not there yet.
func (s *Server) ImportSigners(context.Context, ImportSignersRequestObject) (ImportSignersResponseObject, error) {
	return nil, errPending
}

// UpdateSigner is not there yet.
func (s *Server) UpdateSigner(context.Context, UpdateSignerRequestObject) (UpdateSignerResponseObject, error) {
	return nil, errPending
}

// WithdrawSigner is not there yet.
func (s *Server) WithdrawSigner(context.Context, WithdrawSignerRequestObject) (WithdrawSignerResponseObject, error) {
	return nil, errPending
}

// ExportSigners is not there yet.
func (s *Server) ExportSigners(context.Context, ExportSignersRequestObject) (ExportSignersResponseObject, error) {
	return nil, errPending
}

// ExportSignatures is not there yet.
func (s *Server) ExportSignatures(context.Context, ExportSignaturesRequestObject) (ExportSignaturesResponseObject, error) {
	return nil, errPending
}

// GetStatus is not there yet.
func (s *Server) GetStatus(context.Context, GetStatusRequestObject) (GetStatusResponseObject, error) {
	return nil, errPending
}

// SetDeadline is not there yet.
func (s *Server) SetDeadline(context.Context, SetDeadlineRequestObject) (SetDeadlineResponseObject, error) {
	return nil, errPending
}

// ListMyExpected is not there yet.
func (s *Server) ListMyExpected(context.Context, ListMyExpectedRequestObject) (ListMyExpectedResponseObject, error) {
	return nil, errPending
}
