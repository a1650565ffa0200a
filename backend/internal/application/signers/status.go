package signers

import (
	"context"
	"math"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Status is how far a document is.
type Status struct {
	Expected   int // who is asked
	Signed     int // of these, whose signature counts
	Overdue    int // of those who are missing, whose deadline has passed
	Unexpected int // whose signature counts without their being asked
	DueAt      time.Time
	DueReason  string
	Days       []Day // the oldest first
}

// Day is a day of the organisation on which somebody of the expected signed.
type Day struct {
	Date   time.Time // midnight UTC stands for it
	Signed int       // by its end
}

// Missing is how many have not signed.
func (s Status) Missing() int { return s.Expected - s.Signed }

// Completion is signed of expected, in percent with two decimals; 0 when nobody is asked.
func (s Status) Completion() float64 {
	if s.Expected == 0 {
		return 0
	}
	return math.Round(10_000*float64(s.Signed)/float64(s.Expected)) / 100
}

// Status tells how far a document is.
func (s Service) Status(ctx context.Context, by domain.User, docID string) (Status, error) {
	document, err := s.managed(ctx, by, docID)
	if err != nil {
		return Status{}, err
	}
	status, err := s.Repository.Status(ctx, docID, s.now(), s.Zone)
	status.DueAt, status.DueReason = document.DueAt, document.DueReason
	return status, err
}
