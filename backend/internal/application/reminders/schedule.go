package reminders

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Schedule is when Ackify reminds by itself; where nobody has chosen, what is offered, switched off.
func (s Service) Schedule(ctx context.Context, by domain.User, docID string) (domain.Schedule, error) {
	if _, err := s.forReading(ctx, by, docID); err != nil {
		return domain.Schedule{}, err
	}
	schedule, known, err := s.Repository.Schedule(ctx, docID)
	if err == nil && !known {
		schedule = domain.DefaultSchedule(docID)
	}
	return schedule, err
}

// SetSchedule lets Ackify remind by itself, or no longer. What was due before it was switched on is not made up for.
func (s Service) SetSchedule(ctx context.Context, by domain.User, schedule domain.Schedule) (domain.Schedule, error) {
	document, err := s.forChanging(ctx, by, schedule.DocID)
	if err != nil {
		return schedule, err
	}
	if schedule.ManagerEmail != "" {
		if schedule.ManagerEmail, err = domain.ParseEmail(string(schedule.ManagerEmail)); err != nil {
			return schedule, domain.Invalid("managerEmail", "email.invalid", "This is not an email address.")
		}
	}
	if schedule.ManagerName, err = parseOptionalName(schedule.ManagerName); err != nil {
		return schedule, err
	}
	if err := schedule.Check(); err != nil {
		return schedule, err
	}
	before, known, err := s.Repository.Schedule(ctx, schedule.DocID)
	if err != nil {
		return schedule, err
	}
	now := s.now()
	schedule.RunUntil = schedule.Begun(now, s.Zone)
	if known && before.Enabled {
		schedule.RunUntil = before.RunUntil
	}
	schedule.NextRunAt = schedule.Next(schedule.RunUntil, s.Zone)
	enabled := "off"
	if schedule.Enabled {
		enabled = "on"
	}
	return schedule, s.Repository.SaveSchedule(ctx, schedule, domain.Note(
		domain.Act(ctx, now, domain.ActScheduleChanged, &by).On(domain.SubjectDocument, document.ID, document.Title).With("schedule", enabled)))
}

// parseOptionalName refuses a name that is no line of visible text; it may be "".
func parseOptionalName(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	name, err := domain.ParseName(name)
	if err != nil {
		known := *domain.AsError(err)
		known.Field = "managerName"
		return "", &known
	}
	return name, nil
}
