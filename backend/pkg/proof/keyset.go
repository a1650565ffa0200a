package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// KeySet is every public key of one ledger, with windows: what a verifier pins, and what /ledger/keys serves. As JSON
// it is {"ledger":[{"notAfter","notBefore","vkey"}],"origin","statement":[{"keyId","notAfter","notBefore",
// "publicKey"}]}; times as FormatTime writes them, keyId in hex, publicKey in base64, notAfter absent while a key is
// current.
type KeySet struct {
	Origin    string
	Ledger    []LedgerKey
	Statement []StatementKey
}

// Window is the time in which a key signs, both ends included. NotAfter is zero while the key is current.
type Window struct{ NotBefore, NotAfter time.Time }

// Contains reports whether t is in the window.
func (w Window) Contains(t time.Time) bool {
	return !t.Before(w.NotBefore) && (w.NotAfter.IsZero() || !t.After(w.NotAfter))
}

// LedgerKey verifies checkpoints. Vkey is in signed-note form and its name is the origin.
type LedgerKey struct {
	Vkey string
	Window
}

// PublicKey is the raw key in Vkey, or nil when that is malformed.
func (k LedgerKey) PublicKey() ed25519.PublicKey {
	_, encoded, _ := strings.Cut(strings.TrimPrefix(k.Vkey, k.Name()+"+"), "+")
	b, ok := decodeBase64(encoded)
	if !ok || len(b) != 1+ed25519.PublicKeySize {
		return nil
	}
	return b[1:]
}

// Name is the first part of Vkey: the origin.
func (k LedgerKey) Name() string {
	name, _, _ := strings.Cut(k.Vkey, "+")
	return name
}

// StatementKey verifies entries.
type StatementKey struct {
	KeyID     Hash
	PublicKey ed25519.PublicKey
	Window
}

// StatementKey returns the key with this id.
func (k KeySet) StatementKey(id Hash) (StatementKey, bool) {
	i := slices.IndexFunc(k.Statement, func(s StatementKey) bool { return s.KeyID == id })
	if i < 0 {
		return StatementKey{}, false
	}
	return k.Statement[i], true
}

type keySetJSON struct {
	Ledger    []ledgerKeyJSON    `json:"ledger"`
	Origin    string             `json:"origin"`
	Statement []statementKeyJSON `json:"statement"`
}

type ledgerKeyJSON struct {
	NotAfter  string `json:"notAfter,omitempty"`
	NotBefore string `json:"notBefore"`
	Vkey      string `json:"vkey"`
}

type statementKeyJSON struct {
	KeyID     string `json:"keyId"`
	NotAfter  string `json:"notAfter,omitempty"`
	NotBefore string `json:"notBefore"`
	PublicKey string `json:"publicKey"`
}

// MarshalJSON writes the form that ParseKeySet reads.
func (k KeySet) MarshalJSON() ([]byte, error) {
	out := keySetJSON{Ledger: []ledgerKeyJSON{}, Origin: k.Origin, Statement: []statementKeyJSON{}}
	for _, key := range k.Ledger {
		out.Ledger = append(out.Ledger, ledgerKeyJSON{
			NotAfter: formatEnd(key.NotAfter), NotBefore: FormatTime(key.NotBefore), Vkey: key.Vkey,
		})
	}
	for _, key := range k.Statement {
		out.Statement = append(out.Statement, statementKeyJSON{
			KeyID: hex.EncodeToString(key.KeyID[:]), NotAfter: formatEnd(key.NotAfter),
			NotBefore: FormatTime(key.NotBefore), PublicKey: base64.StdEncoding.EncodeToString(key.PublicKey),
		})
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(out)
	return b.Bytes(), err
}

func formatEnd(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return FormatTime(t)
}

// JSON writes the key set indented by two spaces, with a final line feed: the text of a keys.json file.
func (k KeySet) JSON() ([]byte, error) {
	compact, err := k.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(compact), "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// ParseKeySet reads a keys.json file of at most 1 MiB. White space and the order of keys are free; it refuses duplicate
// and unknown keys, trailing data, a set without a ledger or a statement key, a key listed twice, a key id that is not
// its key's, a verifier key that is not Ed25519 or not named after the origin, and a window that ends before it begins.
func ParseKeySet(b []byte) (KeySet, error) {
	root, err := decodeObject(b)
	if err != nil {
		return KeySet{}, invalid("key set: %v", err)
	}
	r := strictReader{fields: root, path: "key set"}
	k := KeySet{Origin: r.text("origin")}
	if k.Origin == "" {
		r.fail("origin", "missing")
	}
	for _, item := range r.list("ledger") {
		key, err := parseLedgerKey(item, k.Origin)
		r.adopt(err)
		if slices.ContainsFunc(k.Ledger, func(l LedgerKey) bool { return l.Vkey == key.Vkey }) {
			r.fail("ledger", "a key is listed twice")
		}
		k.Ledger = append(k.Ledger, key)
	}
	for _, item := range r.list("statement") {
		key, err := parseStatementKey(item)
		r.adopt(err)
		if _, twice := k.StatementKey(key.KeyID); twice {
			r.fail("statement", "a key is listed twice")
		}
		k.Statement = append(k.Statement, key)
	}
	if err := r.finish(); err != nil {
		return KeySet{}, err
	}
	return k, nil
}

func parseLedgerKey(item map[string]any, origin string) (LedgerKey, error) {
	r := strictReader{fields: item, path: "key set: ledger"}
	key := LedgerKey{Vkey: r.text("vkey"), Window: r.window()}
	verifier, err := note.NewVerifier(key.Vkey)
	switch {
	case err != nil:
		r.fail("vkey", "not an Ed25519 verifier key")
	case verifier.Name() != origin:
		r.fail("vkey", "not named after the origin")
	case !canonicalVkey(key.Vkey):
		r.fail("vkey", "not in canonical form")
	}
	return key, r.finish()
}

// canonicalVkey tells whether v, which NewVerifier accepts, is its key's one spelling: NewVerifier tolerates others.
func canonicalVkey(v string) bool {
	parts := strings.SplitN(v, "+", 3) // name, hash, algorithm and key
	b, ok := decodeBase64(parts[2])
	if !ok || len(b) != 1+ed25519.PublicKeySize {
		return false
	}
	again, err := VerifierKey(parts[0], ed25519.PublicKey(b[1:]))
	return err == nil && again == v
}

func parseStatementKey(item map[string]any) (StatementKey, error) {
	r := strictReader{fields: item, path: "key set: statement"}
	id, ok := parseHash(r.text("keyId"))
	if !ok {
		r.fail("keyId", "not a SHA-256 in lower-case hex")
	}
	pub, ok := decodeBase64(r.text("publicKey"))
	if !ok || len(pub) != ed25519.PublicKeySize {
		r.fail("publicKey", "not the base64 of 32 bytes")
	} else if KeyID(pub) != id {
		r.fail("keyId", "not the SHA-256 of the public key")
	}
	return StatementKey{KeyID: id, PublicKey: pub, Window: r.window()}, r.finish()
}
