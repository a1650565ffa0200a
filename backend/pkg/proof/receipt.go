package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	tlogproof "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/tlog"
)

// BuildReceipt writes the receipt of one entry: a C2SP tlog-proof whose extra data is the DSSE JSON envelope, itself in
// JCS form. index is the entry's seq, inclusion its RFC 6962 audit path, leaf first, in the tree of checkpoint, which
// is a signed note. It fails when the result is above 1 MiB and checks nothing else.
func BuildReceipt(payload []byte, keyID Hash, sig [64]byte, index int64, inclusion []Hash, checkpoint []byte) ([]byte, error) {
	if index < 0 {
		return nil, fmt.Errorf("index %d is negative", index)
	}
	receipt := tlogproof.TLogProof{
		Index:      uint64(index),
		Hashes:     inclusion,
		Checkpoint: checkpoint,
		ExtraData:  envelope{payload: payload, keyID: keyID, signature: sig}.marshal(),
	}.Marshal()
	if len(receipt) > MaxSize {
		return nil, fmt.Errorf("receipt has %d bytes, more than %d", len(receipt), MaxSize)
	}
	return receipt, nil
}

// envelope is a DSSE envelope with one signature.
type envelope struct {
	payload   []byte
	keyID     Hash
	signature [ed25519.SignatureSize]byte
}

// The envelope's JCS form. Nothing between these pieces can need an escape, so there is only one spelling.
const (
	envelopeStart     = `{"payload":"`
	envelopeKeyID     = `","payloadType":"` + PayloadType + `","signatures":[{"keyid":"`
	envelopeSignature = `","sig":"`
	envelopeEnd       = `"}]}`
)

func (e envelope) marshal() []byte {
	var b bytes.Buffer
	b.WriteString(envelopeStart)
	b.WriteString(base64.StdEncoding.EncodeToString(e.payload))
	b.WriteString(envelopeKeyID)
	b.WriteString(hex.EncodeToString(e.keyID[:]))
	b.WriteString(envelopeSignature)
	b.WriteString(base64.StdEncoding.EncodeToString(e.signature[:]))
	b.WriteString(envelopeEnd)
	return b.Bytes()
}

// parseEnvelope reads what marshal writes and nothing else: another payload type, a second signature or a different
// spelling is refused.
func parseEnvelope(b []byte) (envelope, error) {
	const shape = "envelope is not a DSSE envelope of Ackify's type with one signature, in canonical form"
	rest, started := strings.CutPrefix(string(b), envelopeStart)
	payloadText, rest, typed := strings.Cut(rest, envelopeKeyID)
	keyText, rest, signed := strings.Cut(rest, envelopeSignature)
	signatureText, ended := strings.CutSuffix(rest, envelopeEnd)
	if !started || !typed || !signed || !ended {
		return envelope{}, invalid(shape)
	}
	payload, ok := decodeBase64(payloadText)
	if !ok {
		return envelope{}, invalid("envelope: payload is not canonical base64")
	}
	keyID, ok := parseHash(keyText)
	if !ok {
		return envelope{}, invalid("envelope: keyid is not a SHA-256 in lower-case hex")
	}
	signature, ok := decodeBase64(signatureText)
	if !ok || len(signature) != ed25519.SignatureSize {
		return envelope{}, invalid("envelope: signature is not the base64 of 64 bytes")
	}
	return envelope{payload: payload, keyID: keyID, signature: [64]byte(signature)}, nil
}

// parsedReceipt is a receipt taken apart, nothing in it verified.
type parsedReceipt struct {
	envelope   envelope
	index      int64
	inclusion  tlog.RecordProof
	checkpoint []byte // a signed note
}

// The parser of transparency-dev/formats cannot be used: it stops at lines above 64 KiB and lets other spellings pass.
func parseReceipt(b []byte) (parsedReceipt, error) {
	if len(b) > MaxSize {
		return parsedReceipt{}, invalid("receipt has %d bytes, more than %d", len(b), MaxSize)
	}
	head, checkpoint, ok := bytes.Cut(b, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return parsedReceipt{}, invalid("not a c2sp.org/tlog-proof@v1 file")
	}
	p := parsedReceipt{checkpoint: checkpoint}
	extra, named := strings.CutPrefix(lines[1], "extra ")
	envelopeText, ok := decodeBase64(extra)
	if !named || !ok {
		return parsedReceipt{}, invalid("receipt: extra line is missing or not canonical base64")
	}
	var err error
	if p.envelope, err = parseEnvelope(envelopeText); err != nil {
		return parsedReceipt{}, err
	}
	index, named := strings.CutPrefix(lines[2], "index ")
	if p.index, ok = parseDecimal(index); !named || !ok {
		return parsedReceipt{}, invalid("receipt: index line is missing or not a decimal number")
	}
	for _, line := range lines[3:] {
		hash, ok := decodeBase64(line)
		if !ok || len(hash) != len(Hash{}) {
			return parsedReceipt{}, invalid("receipt: inclusion proof has a line that is not the base64 of 32 bytes")
		}
		p.inclusion = append(p.inclusion, tlog.Hash(hash))
	}
	return p, nil
}
