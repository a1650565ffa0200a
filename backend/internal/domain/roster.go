package domain

import "time"

// Roster is a change of who is asked to sign, written in the transaction of its entries. It was made of what was there when somebody
// looked; where that has changed since, all of it is refused with ErrRosterConflict.
type Roster struct {
	At  time.Time // of its entries
	By  string    // user id
	Seq int64     // of the first entry: those who are asked come first, then those told again, then those withdrawn

	Documents []Document       // as seen; what is asked is stated with their deadlines, and none may be deleted
	Seen      []ExpectedSigner // as seen, with NoRow for nobody
	Members   *SeenMembers     // nil: it does not matter who is in which group
	Listings  *SeenListings    // nil: it does not matter which documents a group was added to

	Asked     []ExpectedSigner // for the first time, or again
	Told      []ExpectedSigner // another deadline
	Withdrawn []ExpectedSigner
	Details   *SignerDetails
	Deadline  *NewDeadline

	Joiners []Member // of a group
	Added   *DocumentGroup
	Removed *DocumentGroup
}

// SeenMembers is who was in a group.
type SeenMembers struct {
	GroupID string
	Count   int
	Newest  time.Time // when the last of them joined
}

// SeenListings is which documents a group was added to, of those that are there.
type SeenListings struct {
	GroupID string
	DocIDs  []string // in order
}

// SignerDetails are what is known of somebody who is asked, and not in the ledger; nil leaves something as it is.
type SignerDetails struct {
	DocID       string
	Email       Email
	Name, Notes *string
	Muted       *bool
	DueReason   *string   // nil: the deadline stays
	DueAt       time.Time // their own; zero: the document's
}

// NewDeadline is another deadline of a document, which so many people follow.
type NewDeadline struct {
	DocID     string
	DueAt     time.Time
	Reason    string
	Followers int
}

// Expectations are the statements of the change, in the order of its entries.
func (r Roster) Expectations() (asked, withdrawn []Expectation) {
	due := make(map[string]time.Time, len(r.Documents))
	for _, d := range r.Documents {
		due[d.ID] = d.DueAt
	}
	if r.Deadline != nil {
		due[r.Deadline.DocID] = r.Deadline.DueAt
	}
	state := func(people []ExpectedSigner) []Expectation {
		said := make([]Expectation, len(people))
		for i, p := range people {
			said[i] = Expectation{DocID: p.DocID, Email: p.Email, By: r.By, DueAt: p.Deadline(Document{DueAt: due[p.DocID]})}
		}
		return said
	}
	withdrawn = state(r.Withdrawn)
	for i := range withdrawn {
		withdrawn[i].DueAt = time.Time{}
	}
	return append(state(r.Asked), state(r.Told)...), withdrawn
}

// Sealed is the change with the place of its entries.
func (r Roster) Sealed(first Entry) Roster {
	r.At, r.Seq = first.At, first.Seq
	return r
}
