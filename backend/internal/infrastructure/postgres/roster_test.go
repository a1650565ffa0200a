package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// An import of ten thousand is one request, and every one of them can be proven to have been asked.
func TestTenThousandAreAskedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	due := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	asked := make([]domain.Expectation, 10_000)
	for i := range asked {
		asked[i] = domain.Expectation{DocID: "first", Email: domain.Email(fmt.Sprintf("p%d@example.com", i)), By: w.author.ID, DueAt: due}
	}
	rows := make([]domain.ExpectedSigner, len(asked))
	for i, a := range asked {
		rows[i] = domain.ExpectedSigner{DocID: a.DocID, Email: a.Email, DueAt: due}
	}
	var first, withdrawn int64
	err := w.sequencer.AppendRoster(t.Context(), asked, asked[:3], func(in, out []domain.Entry) domain.Effects {
		if len(in) != len(asked) || len(out) != 3 {
			t.Errorf("%d asked, %d withdrawn", len(in), len(out))
		}
		first, withdrawn = in[0].Seq, out[0].Seq
		return domain.Effects{Rosters: []domain.Roster{{By: w.author.ID, At: in[0].At, Seq: first, Asked: rows, Withdrawn: rows[:3]}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.sequencer.AppendRoster(t.Context(), nil, nil, nil); err != nil {
		t.Error(err)
	}
	report, err := w.verify(t.Context(), 0)
	if err != nil || report.Size != 7+10_003 {
		t.Fatalf("%+v, %v", report, err)
	}
	keys, err := w.service.KeySet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for seq, want := range map[int64]string{first + 4711: proof.TypeExpected, withdrawn: proof.TypeUnexpected} {
		receipt, err := w.service.Receipt(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		verdict, err := proof.VerifyReceipt(receipt, keys)
		if p := verdict.Payload; err != nil || p.Type != want || p.Doc.ID != "first" || want == proof.TypeExpected && p.DueAt != proof.FormatTime(due) {
			t.Errorf("entry %d: %+v, %v", seq, p, err)
		}
	}
}
