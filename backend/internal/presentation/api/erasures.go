package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/erasure"
)

// RequestErasure files a person's request to be forgotten.
func (s *Server) RequestErasure(ctx context.Context, in RequestErasureRequestObject) (RequestErasureResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	filed, err := s.Erasures.File(ctx, session.User, in.Body.Email, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return RequestErasure201JSONResponse(toErasureRequest(filed)), nil
}

// ListErasureRequests lists requests to be forgotten.
func (s *Server) ListErasureRequests(
	ctx context.Context, in ListErasureRequestsRequestObject,
) (ListErasureRequestsResponseObject, error) {
	found, err := s.Erasures.List(ctx, page(in.Params.Limit, in.Params.Cursor, nil))
	if err != nil {
		return nil, err
	}
	return ListErasureRequests200JSONResponse{
		NextCursor: optional(found.NextCursor), Items: mapAll(found.Items, toErasureRequest),
	}, nil
}

// WithdrawErasureRequest ends an open request.
func (s *Server) WithdrawErasureRequest(
	ctx context.Context, in WithdrawErasureRequestRequestObject,
) (WithdrawErasureRequestResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return WithdrawErasureRequest204Response{}, s.Erasures.Withdraw(ctx, session.User, in.RequestId.String())
}

func toErasureRequest(r erasure.Request) ErasureRequest {
	request := ErasureRequest{
		Id: uuid.MustParse(r.ID), Email: r.Email, Reason: r.Reason, State: ErasureRequestState(r.State),
		RequestedAt: Timestamp(r.RequestedAt), RequestedBy: r.RequestedBy, CompletedAt: timestamp(r.CompletedAt),
	}
	if r.State == erasure.Completed {
		request.Entries = &r.Entries
	}
	return request
}
