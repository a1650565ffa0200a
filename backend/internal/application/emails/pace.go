package emails

import (
	"context"
	"sync"
	"time"
)

// Steady lets emails go one after the other, each an equal time after the one before. It may be used by several goroutines.
type Steady struct {
	every time.Duration
	mutex sync.Mutex
	next  time.Time
}

// NewSteady makes a pace of so many emails a second; perSecond is above 0.
func NewSteady(perSecond float64) *Steady {
	return &Steady{every: time.Duration(float64(time.Second) / perSecond)}
}

// Wait returns at the caller's turn, or with an error when ctx ends before; a turn that nobody takes is lost.
func (s *Steady) Wait(ctx context.Context) error {
	wait := time.NewTimer(time.Until(s.turn(time.Now())))
	defer wait.Stop()
	select {
	case <-wait.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn takes the next turn that is free.
func (s *Steady) turn(now time.Time) time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	mine := s.next
	if mine.Before(now) {
		mine = now
	}
	s.next = mine.Add(s.every)
	return mine
}

var _ Pace = (*Steady)(nil)
