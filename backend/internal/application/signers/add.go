package signers

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Person is somebody to ask.
type Person struct {
	Email string // as people write it; see ParseAddress
	Name  string // "": the one that stands with the address
	Notes string
	DueAt time.Time // zero: the document's deadline
}

// Added is what became of asking people.
type Added struct {
	Added    int
	Existing int // who was asked already, or stands twice in what was given
}

// Add asks people to sign: all of them or, where something is wrong with one, nobody. Who is asked already stays as they are; who was withdrawn is
// asked again.
func (s Service) Add(ctx context.Context, by domain.User, docID string, people []Person) (Added, error) {
	if _, err := s.editable(ctx, by, docID); err != nil {
		return Added{}, err
	}
	asked, err := s.parse("signers", people)
	if err != nil {
		return Added{}, err
	}
	return s.ask(ctx, by, docID, asked)
}

// parse reads people; what is wrong is named with its place in the list.
func (s Service) parse(list string, people []Person) ([]domain.ExpectedSigner, error) {
	var wrong []*domain.Error
	parsed := make([]domain.ExpectedSigner, 0, len(people))
	for i, p := range people {
		one, problem := s.person(p)
		if problem != nil {
			named := *problem
			named.Field = fmt.Sprintf("%s[%d].%s", list, i, problem.Field)
			wrong = append(wrong, &named)
			continue
		}
		parsed = append(parsed, one)
	}
	if len(wrong) > 0 {
		return nil, domain.Errors{Summary: domain.E(domain.KindInvalid, "request.invalid", wrong[0].Field+": "+wrong[0].Detail), Fields: wrong}
	}
	return parsed, nil
}

// person reads somebody to ask.
func (s Service) person(p Person) (asked domain.ExpectedSigner, problem *domain.Error) {
	email, name, err := ParseAddress(p.Email)
	if err != nil {
		return asked, domain.AsError(err)
	}
	given, err := domain.ParseOptionalName(p.Name)
	if err != nil {
		return asked, domain.AsError(err)
	}
	if given != "" {
		name = given
	}
	notes, err := domain.ParseNotes(p.Notes)
	if err == nil {
		err = domain.CheckDeadline(p.DueAt, s.now())
	}
	if err != nil {
		return asked, domain.AsError(err)
	}
	return domain.ExpectedSigner{Email: email, Name: name, Notes: notes, DueAt: p.DueAt}, nil
}

// ask asks people whose addresses are in order.
func (s Service) ask(ctx context.Context, by domain.User, docID string, people []domain.ExpectedSigner) (added Added, err error) {
	err = insist(func() error {
		document, err := s.editable(ctx, by, docID)
		if err != nil {
			return err
		}
		r := domain.Roster{By: by.ID, Documents: []domain.Document{document}}
		if added, err = s.askOn(ctx, &r, document, people); err != nil || added.Added == 0 {
			return err
		}
		return s.commit(ctx, r, func(at time.Time) []domain.AuditEvent {
			return []domain.AuditEvent{countOn(domain.Act(ctx, at, domain.ActSignersAdded, &by), document, added.Added)}
		})
	})
	return added, err
}

// askOn lets a change ask those of the people who are not asked to sign a document.
func (s Service) askOn(ctx context.Context, r *domain.Roster, document domain.Document, people []domain.ExpectedSigner) (added Added, err error) {
	rows, err := s.rows(ctx, document.ID, people)
	if err != nil {
		return added, err
	}
	taken := make(map[domain.Email]bool, len(people))
	for _, p := range people {
		row, there := rows[p.Email]
		if taken[p.Email] || there && row.Asked() {
			added.Existing++
			continue
		}
		taken[p.Email] = true
		if p.DocID = document.ID; !there {
			row = domain.ExpectedSigner{DocID: document.ID, Email: p.Email, Seq: domain.NoRow}
		}
		r.Seen, r.Asked = append(r.Seen, row), append(r.Asked, p)
		added.Added++
	}
	return added, nil
}

// rows are the rows that there are of people, by address.
func (s Service) rows(ctx context.Context, docID string, people []domain.ExpectedSigner) (map[domain.Email]domain.ExpectedSigner, error) {
	emails := make([]domain.Email, len(people))
	for i, p := range people {
		emails[i] = p.Email
	}
	found, err := s.Repository.ByEmail(ctx, []string{docID}, emails)
	rows := make(map[domain.Email]domain.ExpectedSigner, len(found))
	for _, row := range found {
		rows[row.Email] = row
	}
	return rows, err
}

// countOn says of how many people an event on a document is.
func countOn(e domain.AuditEvent, d domain.Document, count int) domain.AuditEvent {
	return e.On(domain.SubjectDocument, d.ID, d.Title).With("count", strconv.Itoa(count))
}
