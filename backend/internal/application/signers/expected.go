package signers

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Expected is a document that somebody is asked to sign and has not.
type Expected struct {
	DocID          string
	Title          string
	URL            string
	Revision       int
	AddedAt        time.Time
	DueAt          time.Time // zero: no deadline
	SignedRevision int       // that they signed before everyone had to sign again; 0: none
}

// Mine lists what a person is asked to sign and has not, what is due first, and how much it is in all. It is nothing while their address
// is not known to be theirs.
func (s Service) Mine(ctx context.Context, by domain.User, page domain.PageRequest) (domain.Page[Expected], int, error) {
	if !by.Verified {
		return domain.Page[Expected]{}, 0, nil
	}
	return s.Repository.Expected(ctx, by.Email, page)
}
