package ledger

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Once appends without a sequencer: for commands that run beside a server and write an entry now and then.
type Once struct {
	Keys   proof.Keys
	Origin string
	Clock  func() time.Time
}

// Build seals drafts onto a tail: what Store.AppendInTurn and the transactions of rotation and erasure want.
func (o Once) Build(tail Tail, drafts ...domain.Draft) (Batch, error) {
	s := &Sequencer{Keys: o.Keys, Origin: o.Origin, Clock: o.Clock}
	a := s.assemble(tail)
	r := &request{drafts: drafts, nonces: make([][16]byte, len(drafts))}
	for i := range r.nonces {
		rand.Read(r.nonces[i][:])
	}
	if err := a.add(r); err != nil {
		return Batch{}, err
	}
	b, _, err := a.finish()
	return b, err
}

// Accept records that the ledger does not continue a published checkpoint, and that this is known and wanted. by is whoever ran
// the command.
func (o Once) Accept(ctx context.Context, store Store, note []byte, by, reason string) error {
	_, err := store.AppendInTurn(ctx, nil, func(tail Tail) (Batch, error) {
		b, err := o.Build(tail, domain.AcceptedDraft(note, by, reason))
		return noted(ctx, b, domain.ActLedgerAccepted), err
	})
	return err
}

// noted lets a batch tell the audit trail what the operator did.
func noted(ctx context.Context, b Batch, action string) Batch {
	b.Effects.Audit = append(b.Effects.Audit, domain.Act(ctx, b.Now, action, nil).On(domain.SubjectLedger, "", ""))
	return b
}
