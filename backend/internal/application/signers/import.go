package signers

import (
	"context"
	"fmt"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// The outcomes of a row.
const (
	OutcomeAdded     = "added"
	OutcomeExisting  = "existing"  // asked already
	OutcomeDuplicate = "duplicate" // stands further up in the file
	OutcomeRejected  = "rejected"
)

// Outcome is what becomes of a row of a file.
type Outcome struct {
	Row
	Outcome string
	Problem *domain.Error // why it is rejected
}

// Imported is what becomes of a file.
type Imported struct {
	Rows                      []Outcome // in order
	Added, Existing, Rejected int       // the existing with the duplicates
	Columns                   []Column  // which are in use, where it was only looked
}

var errRejected = domain.E(domain.KindInvalid, "import.rejected", "Rows of this file are wrong; nobody was added.")

// Import asks everybody in a file to sign, until dueAt where that is not zero. Dry, it only tells what would become of each row; otherwise a row with
// an error refuses the whole.
func (s Service) Import(ctx context.Context, by domain.User, docID string, file []byte, dueAt time.Time, dry bool) (Imported, error) {
	if _, err := s.editable(ctx, by, docID); err != nil {
		return Imported{}, err
	}
	if err := domain.CheckDeadline(dueAt, s.now()); err != nil {
		return Imported{}, err
	}
	rows, err := ReadFile(file)
	if err != nil {
		return Imported{}, err
	}
	result, people, err := s.outcomes(ctx, docID, rows, dueAt)
	if err != nil || dry {
		result.Columns = columnsOf(file)
		return result, err
	}
	if result.Rejected > 0 {
		return Imported{}, rejection(result.Rows)
	}
	added, err := s.ask(ctx, by, docID, people)
	if err != nil {
		return Imported{}, err
	}
	// Somebody else may have asked some of them meanwhile.
	result.Added, result.Existing = added.Added, len(rows)-added.Added
	return result, nil
}

// outcomes tells what would become of each row, and who would be asked.
func (s Service) outcomes(ctx context.Context, docID string, rows []Row, dueAt time.Time) (result Imported, people []domain.ExpectedSigner, err error) {
	result.Rows = make([]Outcome, len(rows))
	parsed := make([]domain.ExpectedSigner, len(rows))
	for i, row := range rows {
		result.Rows[i] = Outcome{Row: row}
		row.Person.DueAt = dueAt
		one, problem := s.person(row.Person)
		if problem != nil {
			result.Rows[i].Outcome, result.Rows[i].Problem = OutcomeRejected, problem
			result.Rejected++
			continue
		}
		parsed[i] = one
		result.Rows[i].Person.Email, result.Rows[i].Person.Name, result.Rows[i].Person.Notes = string(one.Email), one.Name, one.Notes
		people = append(people, one)
	}
	there, err := s.rows(ctx, docID, people)
	if err != nil {
		return Imported{}, nil, err
	}
	taken := map[domain.Email]bool{}
	for i := range rows {
		row := &result.Rows[i]
		if row.Outcome == OutcomeRejected {
			continue
		}
		known, asked := there[parsed[i].Email]
		switch {
		case taken[parsed[i].Email]:
			row.Outcome = OutcomeDuplicate
			result.Existing++
		case asked && known.Asked():
			row.Outcome = OutcomeExisting
			result.Existing++
		default:
			row.Outcome = OutcomeAdded
			result.Added++
		}
		taken[parsed[i].Email] = true
	}
	return result, people, nil
}

// rejection names every row that is wrong.
func rejection(rows []Outcome) error {
	wrong := domain.Errors{Summary: errRejected}
	for _, row := range rows {
		if row.Problem != nil {
			named := *row.Problem
			named.Field = fmt.Sprintf("rows[%d].%s", row.Number, row.Problem.Field)
			wrong.Fields = append(wrong.Fields, &named)
		}
	}
	return wrong
}
