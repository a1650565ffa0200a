package api

import "context"

// ListEmails is not there yet.
func (s *Server) ListEmails(context.Context, ListEmailsRequestObject) (ListEmailsResponseObject, error) {
	return nil, errPending
}

// GetEmail is not there yet.
func (s *Server) GetEmail(context.Context, GetEmailRequestObject) (GetEmailResponseObject, error) {
	return nil, errPending
}

// RetryEmail is not there yet.
func (s *Server) RetryEmail(context.Context, RetryEmailRequestObject) (RetryEmailResponseObject, error) {
	return nil, errPending
}

// CancelEmail is not there yet.
func (s *Server) CancelEmail(context.Context, CancelEmailRequestObject) (CancelEmailResponseObject, error) {
	return nil, errPending
}

// ReportBounce is not there yet.
func (s *Server) ReportBounce(context.Context, ReportBounceRequestObject) (ReportBounceResponseObject, error) {
	return nil, errPending
}
