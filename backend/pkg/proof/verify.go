package proof

import (
	"bytes"

	"golang.org/x/mod/sumdb/tlog"
)

// Verdict is what a receipt that passed its checks says.
type Verdict struct {
	Payload    Payload
	Entry      Entry
	Checkpoint Checkpoint
	// IssuerKnown tells whether signatures were verified against trusted keys. Where it is false, anybody may have
	// made the receipt, and the two keys below are empty.
	IssuerKnown  bool
	StatementKey StatementKey
	LedgerKey    LedgerKey
}

// VerifyReceipt checks a receipt against the keys of the ledger it claims to be from. It is valid when it parses
// strictly and re-encodes to itself; a trusted ledger key signed the checkpoint; a trusted statement key, valid at the
// payload's time, signed the payload; the entry is included in the checkpoint's tree at index = seq; and every origin
// agrees. Otherwise the error is an *InvalidError with the first thing that is wrong.
//
// A key set without any key trusts nobody: the receipt is then checked as CheckConsistency does, and the error is
// ErrIssuerUnknown beside a usable verdict.
func VerifyReceipt(receipt []byte, keys KeySet) (Verdict, error) {
	v, parsed, err := checkConsistency(receipt)
	if err != nil {
		return Verdict{}, err
	}
	if len(keys.Ledger) == 0 && len(keys.Statement) == 0 {
		return v, ErrIssuerUnknown
	}
	if _, v.LedgerKey, err = OpenCheckpoint(parsed.checkpoint, keys); err != nil {
		return Verdict{}, err
	}
	if v.StatementKey, err = keys.VerifyEntry(v.Payload, v.Entry.Signature); err != nil {
		return Verdict{}, err
	}
	v.IssuerKnown = true
	return v, nil
}

// CheckConsistency checks everything about a receipt that needs no key: form, inclusion, position, origin. A verdict
// without error means "consistent in itself, issuer unknown": no signature was verified.
func CheckConsistency(receipt []byte) (Verdict, error) {
	v, _, err := checkConsistency(receipt)
	return v, err
}

// VerifyEntry checks that a trusted statement key, valid at the payload's time, signed the payload.
func (k KeySet) VerifyEntry(p Payload, signature [64]byte) (StatementKey, error) {
	key, err := k.KeyOf(p)
	if err == nil && !VerifyPayload(key.PublicKey, p.Raw, signature) {
		err = invalid("signature does not fit the payload")
	}
	if err != nil {
		return StatementKey{}, err
	}
	return key, nil
}

// KeyOf returns the trusted statement key that the payload names, when it is of this ledger and was valid at the payload's
// time. No signature is verified.
func (k KeySet) KeyOf(p Payload) (StatementKey, error) {
	key, ok := k.StatementKey(p.KeyID)
	switch {
	case p.Origin != k.Origin:
		return StatementKey{}, invalid("payload is of %s, the trusted keys are of %s", printable(p.Origin), printable(k.Origin))
	case !ok:
		return StatementKey{}, invalid("statement key %x is not a trusted key", p.KeyID)
	case !key.Contains(p.At):
		return StatementKey{}, invalid("statement key %x was not valid at %s", p.KeyID, FormatTime(p.At))
	}
	return key, nil
}

func checkConsistency(receipt []byte) (Verdict, parsedReceipt, error) {
	r, err := parseReceipt(receipt)
	if err != nil {
		return Verdict{}, r, err
	}
	p, err := ParsePayload(r.envelope.payload)
	if err != nil {
		return Verdict{}, r, err
	}
	c, err := ParseCheckpoint(r.checkpoint)
	if err != nil {
		return Verdict{}, r, err
	}
	e := p.Entry(r.envelope.signature)
	switch {
	case r.envelope.keyID != p.KeyID:
		err = invalid("envelope's keyid is not the payload's key_id")
	case p.Seq != r.index:
		err = invalid("index %d is not the payload's seq %d", r.index, p.Seq)
	case p.Origin != c.Origin:
		err = invalid("payload is of %s, the checkpoint of %s", printable(p.Origin), printable(c.Origin))
	case r.index >= c.Size:
		err = invalid("index %d is not in a tree of %d entries", r.index, c.Size)
	case tlog.CheckRecord(r.inclusion, c.Size, tlog.Hash(c.Root), r.index, tlog.Hash(e.Hash())) != nil:
		err = invalid("entry is not in the checkpoint's tree")
	case !r.encodesTo(receipt):
		err = invalid("receipt is not in its canonical form")
	}
	return Verdict{Payload: p, Entry: e, Checkpoint: c}, r, err
}

func (r parsedReceipt) encodesTo(receipt []byte) bool {
	inclusion := make([]Hash, len(r.inclusion))
	for i, h := range r.inclusion {
		inclusion[i] = Hash(h)
	}
	again, err := BuildReceipt(r.envelope.payload, r.envelope.keyID, r.envelope.signature, r.index, inclusion, r.checkpoint)
	return err == nil && bytes.Equal(again, receipt)
}
