package reminders

import (
	"context"
	"log/slog"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Completer tells authors when everybody who was asked has signed, once until everyone has to sign again. Any number of processes may do so together.
type Completer struct {
	Service Service
	Runs    *workers.Recorder // nil: nobody asks

	Batch int           // documents looked at at once; 0: 10
	Idle  time.Duration // sleep when nothing has changed; 0: 10 seconds
}

func (w Completer) withDefaults() Completer {
	w.Batch, w.Idle = or(w.Batch, 10), or(w.Idle, 10*time.Second)
	return w
}

// Run looks until ctx ends. Without a mail server it only notes what is complete, so that nobody is told of it years later.
func (w Completer) Run(ctx context.Context) {
	w = w.withDefaults()
	ended := w.Runs.Watch("completer", w.Idle)
	loop(ctx, w.Idle, w.Service.Logger, ended, "it could not be looked whether everybody has signed", func(ctx context.Context) (int, error) {
		looked, err := w.RunOnce(ctx)
		if looked < w.Batch {
			looked = 0 // while many sign, those who wait for the same row are not asked again at once
		}
		return looked, err
	})
}

// RunOnce looks at one batch of documents, and tells how many they were.
func (w Completer) RunOnce(ctx context.Context) (int, error) {
	w = w.withDefaults()
	told := false
	looked, err := w.Service.Repository.Complete(ctx, w.Batch, func(c Completion) *domain.QueuedMail {
		mail := w.Service.notice(ctx, c)
		told = told || mail != nil
		return mail
	})
	if told && err == nil {
		w.Service.wake()
	}
	return looked, err
}

// notice is nil when the author cannot be told.
func (s Service) notice(ctx context.Context, c Completion) *domain.QueuedMail {
	if !s.Mails.Enabled() || c.Author.Email == "" {
		return nil
	}
	mail, err := s.Mails.Compose(s.completed(c))
	if err != nil {
		s.Logger.ErrorContext(ctx, "the notice of a complete document cannot be written", "document", c.DocID, "error", err)
		return nil
	}
	return &mail
}

// loop works until ctx ends, again at once while there is work.
func loop(
	ctx context.Context, idle time.Duration, logger *slog.Logger, ended workers.Ended, problem string, work func(context.Context) (int, error),
) {
	for ctx.Err() == nil {
		done, err := work(ctx)
		ended.Run(ctx, err)
		if err != nil && ctx.Err() == nil {
			logger.Warn(problem, "error", err)
		}
		if done > 0 && err == nil {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-time.After(idle):
		}
	}
}
