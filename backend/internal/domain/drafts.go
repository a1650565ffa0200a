package domain

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// Operator is who acts when a command on the server does, not a user.
const Operator = "operator"

// AcceptedDraft states that the ledger does not continue a published checkpoint, and that somebody has accepted that.
func AcceptedDraft(note []byte, by, reason string) Draft {
	return Draft{Type: proof.TypeLedgerAccepted, Fields: proof.Fields{"checkpoint": string(note), "by": by, "reason": reason}}
}

// RotatedDraft states which keys sign from now on.
func RotatedDraft(next proof.Keys, by string) Draft {
	return Draft{Type: proof.TypeKeyRotated, Fields: proof.Fields{
		"statement_key": base64.StdEncoding.EncodeToString(next.StatementPublic()),
		"ledger_key":    base64.StdEncoding.EncodeToString(next.LedgerPublic()),
		"by":            by,
	}}
}

// ErasedDraft states whose content is erased in the same transaction.
func ErasedDraft(seqs []int64, by, reason string) Draft {
	texts := make([]string, len(seqs))
	for i, seq := range seqs {
		texts[i] = strconv.FormatInt(seq, 10)
	}
	return Draft{Type: proof.TypeErased, Fields: proof.Fields{"seqs": texts, "by": by, "reason": reason}}
}

// Expectation is a person who is asked to acknowledge a document, or no longer.
type Expectation struct {
	DocID string
	Email Email
	By    string    // user id
	DueAt time.Time // zero: no deadline
}

// ExpectedDraft states that the person was asked. Stated again, it changes the deadline.
func (e Expectation) ExpectedDraft() Draft {
	fields := e.fields()
	if !e.DueAt.IsZero() {
		fields["due_at"] = proof.FormatTime(e.DueAt)
	}
	return Draft{Type: proof.TypeExpected, Fields: fields}
}

// UnexpectedDraft states that the person is no longer asked.
func (e Expectation) UnexpectedDraft() Draft {
	return Draft{Type: proof.TypeUnexpected, Fields: e.fields()}
}

func (e Expectation) fields() proof.Fields {
	return proof.Fields{"doc": proof.Fields{"id": e.DocID}, "email": string(e.Email), "by": e.By}
}
