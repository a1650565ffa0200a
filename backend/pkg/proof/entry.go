package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"golang.org/x/mod/sumdb/tlog"
)

// LeafSize is the length of an entry's binary form.
const LeafSize = 184

const leafMagic = "ackify-entry/v1\n"

// Entry is one leaf of the ledger. It holds its payload's hash, never the payload, so that the ledger can be published
// and a payload erased.
type Entry struct {
	Seq         int64
	PrevHash    Hash // the Hash of the entry before, zero for the first
	PayloadHash Hash // SHA-256 of the payload
	KeyID       Hash // of the statement key
	Signature   [ed25519.SignatureSize]byte
}

// Leaf is the entry's binary form: "ackify-entry/v1\n", seq as 8 bytes big-endian, prev_hash, payload_hash, key_id,
// signature.
func (e Entry) Leaf() [LeafSize]byte {
	b := make([]byte, 0, LeafSize)
	b = append(b, leafMagic...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Seq)) //nolint:gosec // a position is never negative
	b = append(b, e.PrevHash[:]...)
	b = append(b, e.PayloadHash[:]...)
	b = append(b, e.KeyID[:]...)
	b = append(b, e.Signature[:]...)
	return [LeafSize]byte(b)
}

// Hash is the RFC 6962 leaf hash, SHA-256(0x00 ‖ leaf): the tree's leaf and the next entry's PrevHash.
func (e Entry) Hash() Hash {
	leaf := e.Leaf()
	return Hash(tlog.RecordHash(leaf[:]))
}

// ParseLeaf reads an entry's binary form, such as an entry bundle holds.
func ParseLeaf(b []byte) (Entry, error) {
	if len(b) != LeafSize || string(b[:16]) != leafMagic {
		return Entry{}, invalid("entry is not %d bytes of version 1", LeafSize)
	}
	seq := binary.BigEndian.Uint64(b[16:24])
	if seq > 1<<63-1 {
		return Entry{}, invalid("entry: seq is out of range")
	}
	return Entry{
		Seq: int64(seq), PrevHash: Hash(b[24:56]), PayloadHash: Hash(b[56:88]), KeyID: Hash(b[88:120]),
		Signature: [64]byte(b[120:184]),
	}, nil
}

// Entry is the leaf that belongs to the payload with this signature.
func (p Payload) Entry(signature [64]byte) Entry {
	return Entry{
		Seq: p.Seq, PrevHash: p.PrevHash, PayloadHash: sha256.Sum256(p.Raw), KeyID: p.KeyID, Signature: signature,
	}
}

// SignPayload signs the DSSE pre-authentication encoding of payload with the statement key.
func SignPayload(k Keys, payload []byte) [64]byte {
	return [64]byte(ed25519.Sign(k.Statement, dsse.PAE(PayloadType, payload)))
}

// VerifyPayload reports whether signature is SignPayload's by the key whose public half is pub. Where RFC 8032 leaves room it is as
// strict as crypto/ed25519: the equation without cofactor, R in its canonical encoding, S below the group's order; the key may be
// any encoding of any point. So of the edge cases of C2SP/CCTV it refuses those with NonCanonicalR or LowOrderResidue.
func VerifyPayload(pub ed25519.PublicKey, payload []byte, signature [64]byte) bool {
	return verifySignature(pub, dsse.PAE(PayloadType, payload), signature[:])
}

func verifySignature(pub ed25519.PublicKey, message, signature []byte) bool {
	return len(pub) == ed25519.PublicKeySize && ed25519.Verify(pub, message, signature)
}

// Position is what an entry must be told about its place: it is signed with the rest.
type Position struct {
	Origin   string
	Seq      int64
	PrevHash Hash      // the Hash of entry Seq-1, zero for the first
	At       time.Time // never earlier than the entry before
	Nonce    [16]byte  // random, unique in the ledger
}

// Seal makes one entry: it adds the common fields to f (which is left as it is), encodes and signs. It refuses an f
// that brings a common field along, and whatever Encode refuses.
func Seal(k Keys, at Position, entryType string, f Fields) (payload []byte, e Entry, err error) {
	keyID := KeyID(k.StatementPublic())
	common := Fields{
		"v": "1", "type": entryType, "origin": at.Origin, "seq": strconv.FormatInt(at.Seq, 10),
		"prev_hash": hex.EncodeToString(at.PrevHash[:]), "key_id": hex.EncodeToString(keyID[:]),
		"at": FormatTime(at.At), "nonce": base64.StdEncoding.EncodeToString(at.Nonce[:]),
	}
	for name := range common {
		if _, taken := f[name]; taken {
			return nil, Entry{}, fmt.Errorf("%s is a common field and cannot be given", name)
		}
	}
	maps.Copy(common, f)
	if payload, err = Encode(common); err != nil {
		return nil, Entry{}, err
	}
	return payload, Entry{
		Seq: at.Seq, PrevHash: at.PrevHash, PayloadHash: sha256.Sum256(payload), KeyID: keyID,
		Signature: SignPayload(k, payload),
	}, nil
}
