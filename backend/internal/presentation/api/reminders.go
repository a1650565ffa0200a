package api

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// errPending goes when the last of these operations is there.
var errPending = domain.E(domain.KindUnavailable, "storage.unavailable", "This is not there yet.")

// ListReminders is not there yet.
func (s *Server) ListReminders(context.Context, ListRemindersRequestObject) (ListRemindersResponseObject, error) {
	return nil, errPending
}

// Remind is not there yet.
func (s *Server) Remind(context.Context, RemindRequestObject) (RemindResponseObject, error) {
	return nil, errPending
}

// PreviewReminder is not there yet.
func (s *Server) PreviewReminder(context.Context, PreviewReminderRequestObject) (PreviewReminderResponseObject, error) {
	return nil, errPending
}

// GetReminderSchedule is not there yet.
func (s *Server) GetReminderSchedule(context.Context, GetReminderScheduleRequestObject) (GetReminderScheduleResponseObject, error) {
	return nil, errPending
}

// SetReminderSchedule is not there yet.
func (s *Server) SetReminderSchedule(context.Context, SetReminderScheduleRequestObject) (SetReminderScheduleResponseObject, error) {
	return nil, errPending
}
