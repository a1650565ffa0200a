package api

import (
	"context"

	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/domain"
)

// ListReminders lists what was sent to whom about a document.
func (s *Server) ListReminders(ctx context.Context, in ListRemindersRequestObject) (ListRemindersResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	p := in.Params
	found, err := s.Reminders.History(ctx, session.User, in.DocId,
		reminders.Filter{Status: domain.ReminderStatus(value(p.Status))}, page(p.Limit, p.Cursor, p.Q))
	if err != nil {
		return nil, err
	}
	return ListReminders200JSONResponse{Items: mapAll(found.Items, toReminder), NextCursor: optional(found.NextCursor)}, nil
}

func toReminder(r domain.Reminder) Reminder {
	return Reminder{
		Id: r.ID, Email: string(r.Email), Kind: ReminderKind(r.Kind), Status: ReminderStatus(r.Status), QueuedAt: Timestamp(r.QueuedAt),
		SentAt: timestamp(r.SentAt), By: r.By, Automatic: r.Automatic, Error: optional(r.Error),
		ErrorCode: optional(EmailProblem(r.ErrorCode)), ServerSaid: optional(r.ServerSaid), EmailId: optional(r.EmailID),
	}
}

// GetReminder returns one email about a document with its words and every failed attempt.
func (s *Server) GetReminder(ctx context.Context, in GetReminderRequestObject) (GetReminderResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := s.Reminders.Letter(ctx, session.User, in.DocId, in.ReminderId)
	if err != nil {
		return nil, err
	}
	return GetReminder200JSONResponse(toReminderDetails(letter)), nil
}

// RetryReminder sends a failed email about a document again, or a waiting one now.
func (s *Server) RetryReminder(ctx context.Context, in RetryReminderRequestObject) (RetryReminderResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := s.Reminders.Retry(ctx, session.User, in.DocId, in.ReminderId)
	if err != nil {
		return nil, err
	}
	return RetryReminder200JSONResponse(toReminderDetails(letter)), nil
}

// CancelReminder keeps an email about a document from being sent.
func (s *Server) CancelReminder(ctx context.Context, in CancelReminderRequestObject) (CancelReminderResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := s.Reminders.Cancel(ctx, session.User, in.DocId, in.ReminderId)
	if err != nil {
		return nil, err
	}
	return CancelReminder200JSONResponse(toReminderDetails(letter)), nil
}

func toReminderDetails(l reminders.Letter) ReminderDetails {
	r := toReminder(l.Reminder)
	details := ReminderDetails{
		Id: r.Id, Email: r.Email, Kind: r.Kind, Status: r.Status, QueuedAt: r.QueuedAt, SentAt: r.SentAt, By: r.By, Automatic: r.Automatic, Error: r.Error,
		EmailId: r.EmailId,
	}
	if l.Email != nil {
		message := toEmailDetails(*l.Email)
		details.Message = &message
	}
	return details
}

// Remind queues reminders for those who have not signed.
func (s *Server) Remind(ctx context.Context, in RemindRequestObject) (RemindResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	out, err := s.Reminders.Remind(ctx, session.User, in.DocId, reminders.RemindInput{
		Emails: value(in.Body.Emails), Locale: domain.Locale(value(in.Body.Locale)),
	})
	if err != nil {
		return nil, err
	}
	return Remind202JSONResponse{Queued: out.Queued, Skipped: mapAll(out.Skipped, func(skipped reminders.Skipped) SkippedReminder {
		return SkippedReminder{Email: skipped.Email, Reason: SkippedReminderReason(skipped.Reason)}
	})}, nil
}

// CountReminding tells how many a reminder would go to, and what is on its way.
func (s *Server) CountReminding(ctx context.Context, in CountRemindingRequestObject) (CountRemindingResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	count, err := s.Reminders.Count(ctx, session.User, in.DocId)
	if err != nil {
		return nil, err
	}
	return CountReminding200JSONResponse{Recipients: count.Recipients, Muted: count.Muted, Waiting: count.Waiting, Failed: count.Failed}, nil
}

// PreviewReminder shows an email as somebody would get it.
func (s *Server) PreviewReminder(ctx context.Context, in PreviewReminderRequestObject) (PreviewReminderResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	p := in.Params
	shown, err := s.Reminders.Preview(ctx, session.User, in.DocId, reminders.PreviewInput{
		Email: value(p.Email), Locale: domain.Locale(value(p.Locale)), Kind: domain.ReminderKind(value(p.Kind)),
	})
	if err != nil {
		return nil, err
	}
	return PreviewReminder200JSONResponse{
		To: string(shown.To), Locale: Locale(shown.Locale), Subject: shown.Subject, Text: shown.Text, Html: shown.HTML,
	}, nil
}

// GetReminderSchedule says when Ackify reminds by itself.
func (s *Server) GetReminderSchedule(ctx context.Context, in GetReminderScheduleRequestObject) (GetReminderScheduleResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	schedule, err := s.Reminders.Schedule(ctx, session.User, in.DocId)
	if err != nil {
		return nil, err
	}
	return GetReminderSchedule200JSONResponse(s.toSchedule(schedule)), nil
}

// SetReminderSchedule lets Ackify remind by itself, or no longer.
func (s *Server) SetReminderSchedule(ctx context.Context, in SetReminderScheduleRequestObject) (SetReminderScheduleResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	b := in.Body
	schedule, err := s.Reminders.SetSchedule(ctx, session.User, domain.Schedule{
		DocID: in.DocId, Enabled: b.Enabled, DaysBefore: b.DaysBefore, DaysAfter: b.DaysAfter, Weekdays: b.Weekdays, Hour: b.Hour, MaxReminders: b.MaxReminders,
		EscalateAfterDays: value(b.EscalateAfterDays), ManagerEmail: domain.Email(value(b.ManagerEmail)), ManagerName: value(b.ManagerName),
	})
	if err != nil {
		return nil, err
	}
	return SetReminderSchedule200JSONResponse(s.toSchedule(schedule)), nil
}

func (s *Server) toSchedule(schedule domain.Schedule) ReminderSchedule {
	zone := s.Reminders.Zone.String()
	return ReminderSchedule{
		Enabled: schedule.Enabled, DaysBefore: days(schedule.DaysBefore), DaysAfter: days(schedule.DaysAfter), Weekdays: days(schedule.Weekdays),
		Hour: schedule.Hour, TimeZone: &zone, MaxReminders: schedule.MaxReminders, EscalateAfterDays: optional(schedule.EscalateAfterDays),
		ManagerEmail: optional(string(schedule.ManagerEmail)), ManagerName: optional(schedule.ManagerName),
	}
}

// days is a list in JSON, never null.
func days(in []int) []int { return append([]int{}, in...) }
