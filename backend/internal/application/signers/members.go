package signers

import (
	"context"
	"strconv"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Members is a page of who is in a group, by address.
func (s Service) Members(ctx context.Context, id string, page domain.PageRequest) (domain.Page[domain.Member], error) {
	if _, err := s.Groups.Group(ctx, id); err != nil {
		return domain.Page[domain.Member]{}, err
	}
	return s.Groups.Members(ctx, id, page)
}

// AddMembers adds people to a group, all or, where something is wrong with one, nobody, and asks who is new in it to sign every document that it
// was added to.
func (s Service) AddMembers(ctx context.Context, by domain.User, id string, people []Person) (added Added, err error) {
	parsed, err := s.parse("members", people)
	if err != nil {
		return added, err
	}
	err = insist(func() error {
		group, err := s.Groups.Group(ctx, id)
		if err != nil {
			return err
		}
		fresh, err := s.fresh(ctx, id, parsed)
		if added = (Added{Added: len(fresh), Existing: len(parsed) - len(fresh)}); err != nil || len(fresh) == 0 {
			return err
		}
		r := domain.Roster{By: by.ID}
		for _, p := range fresh {
			r.Joiners = append(r.Joiners, domain.Member{GroupID: id, Email: p.Email, Name: p.Name})
		}
		asked, err := s.askJoiners(ctx, &r, id, fresh)
		switch {
		case err != nil:
			return err
		case len(r.Asked) > maxEntries:
			return errTooManyEntries
		}
		return s.commit(ctx, r, func(at time.Time) []domain.AuditEvent {
			events := []domain.AuditEvent{
				domain.Act(ctx, at, domain.ActMembersAdded, &by).On(domain.SubjectGroup, id, group.Name).With("count", strconv.Itoa(len(fresh))),
			}
			for _, on := range asked {
				events = append(events, countOn(domain.Act(ctx, at, domain.ActSignersAdded, &by), on.document, on.count))
			}
			return events
		})
	})
	return added, err
}

// maxEntries is how many entries a change may write at once: what one transaction does in a few seconds.
const maxEntries = 3 * MaxPeople

var errTooLargeGroup = domain.Invalid("groupId", "request.invalid", "At most 30,000 people are asked at once; ask some of this group first.")

var errTooManyWithdrawn = domain.Invalid("withdraw", "request.invalid", "At most 30,000 people are withdrawn at once; withdraw some of this group first.")

var errTooManyEntries = domain.Invalid("members", "request.invalid", "This group was added to so many documents that fewer people have to be added at once.")

// fresh are those of the people who are not in a group yet, each once.
func (s Service) fresh(ctx context.Context, id string, people []domain.ExpectedSigner) ([]domain.ExpectedSigner, error) {
	emails := make([]domain.Email, len(people))
	for i, p := range people {
		emails[i] = p.Email
	}
	there, err := s.Groups.Among(ctx, id, emails)
	taken := make(map[domain.Email]bool, len(people))
	for _, email := range there {
		taken[email] = true
	}
	var fresh []domain.ExpectedSigner
	for _, p := range people {
		if !taken[p.Email] {
			taken[p.Email] = true
			fresh = append(fresh, p)
		}
	}
	return fresh, err
}

// askedOn is how many were asked to sign a document.
type askedOn struct {
	document domain.Document
	count    int
}

// askJoiners lets a change ask people to sign what their group is asked to, with a joiner's deadline.
func (s Service) askJoiners(ctx context.Context, r *domain.Roster, id string, people []domain.ExpectedSigner) (asked []askedOn, err error) {
	listings, err := s.Groups.Listings(ctx, id)
	if err != nil {
		return nil, err
	}
	r.Listings = &domain.SeenListings{GroupID: id}
	for _, listing := range listings {
		r.Documents, r.Listings.DocIDs = append(r.Documents, listing.Document), append(r.Listings.DocIDs, listing.Document.ID)
		due := domain.JoinerDeadline(s.now(), listing.JoinerDays, s.Zone)
		joiners := make([]domain.ExpectedSigner, len(people))
		for i, p := range people {
			joiners[i] = domain.ExpectedSigner{Email: p.Email, Name: p.Name, GroupID: id, DueAt: due}
		}
		added, err := s.askOn(ctx, r, listing.Document, joiners)
		if err != nil {
			return nil, err
		}
		if added.Added > 0 {
			asked = append(asked, askedOn{listing.Document, added.Added})
		}
	}
	return asked, nil
}

// RemoveMember takes somebody out of a group; what they were asked stays.
func (s Service) RemoveMember(ctx context.Context, by domain.User, id, address string) error {
	group, err := s.Groups.Group(ctx, id)
	if err != nil {
		return err
	}
	email, _, err := ParseAddress(address)
	if err != nil {
		return domain.ErrMemberNotFound
	}
	return s.Groups.RemoveMember(ctx, id, email, domain.Note(s.onGroup(ctx, by, domain.ActMemberRemoved, group)))
}
