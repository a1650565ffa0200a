package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/gowebpki/jcs"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	tlogproof "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/tlog"
)

// vectors is testdata/vectors.json: thirteen entries in three batches, across a key rotation.
type vectors struct {
	Origin      string
	Secret      string
	NextSecret  string            `json:"next_secret"`
	Statement   string            `json:"statement_public_key"`
	Ledger      string            `json:"ledger_public_key"`
	NextState   string            `json:"next_statement_public_key"`
	NextLedger  string            `json:"next_ledger_public_key"`
	Checkpoints map[string]string // by size
	Entries     []struct {
		Seq                               int64
		Payload, Leaf, Receipt, Signature string
		PayloadHash                       string `json:"payload_hash"`
		PrevHash                          string `json:"prev_hash"`
		EntryHash                         string `json:"entry_hash"`
		PAE                               string `json:"pae_sha256"`
		RootAfter                         string `json:"root_after"`
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	var v vectors
	if err := json.Unmarshal(read(t, "vectors.json"), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Entries) != 13 || len(v.Checkpoints) != 3 {
		t.Fatalf("%d entries, %d checkpoints", len(v.Entries), len(v.Checkpoints))
	}
	return v
}

func mustKeys(t testing.TB, secret string) Keys {
	t.Helper()
	k, err := ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func loadKeySet(t testing.TB) KeySet {
	t.Helper()
	k, err := ParseKeySet(read(t, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// receiptOf builds the receipt of entry seq in a tree whose leaves hash to leaves, under a checkpoint by k.
func receiptOf(t testing.TB, k Keys, origin string, leaves []Hash, payload []byte, e Entry) []byte {
	t.Helper()
	tree := newTree(leaves)
	size := int64(len(leaves))
	root, err := tlog.TreeHash(size, tree)
	check(t, err)
	path, err := tlog.ProveRecord(size, e.Seq, tree)
	check(t, err)
	inclusion := make([]Hash, len(path))
	for i, h := range path {
		inclusion[i] = Hash(h)
	}
	note, err := SignCheckpoint(k, Checkpoint{Origin: origin, Size: size, Root: Hash(root)})
	check(t, err)
	receipt, err := BuildReceipt(payload, e.KeyID, e.Signature, e.Seq, inclusion, note)
	check(t, err)
	return receipt
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tree is an in-memory tlog.HashReader.
type tree []tlog.Hash

func newTree(leaves []Hash) tree {
	var t tree
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), tlog.Hash(leaf), t)
		if err != nil {
			panic(err)
		}
		t = append(t, hashes...)
	}
	return t
}

func (t tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = t[index]
	}
	return hashes, nil
}

func TestVectorKeys(t *testing.T) {
	v := loadVectors(t)
	for _, c := range []struct{ secret, statement, ledger string }{
		{v.Secret, v.Statement, v.Ledger}, {v.NextSecret, v.NextState, v.NextLedger},
	} {
		k := mustKeys(t, c.secret)
		check(t, k.SelfTest())
		if got := base64.StdEncoding.EncodeToString(k.StatementPublic()); got != c.statement {
			t.Errorf("statement key %s, want %s", got, c.statement)
		}
		if got := base64.StdEncoding.EncodeToString(k.LedgerPublic()); got != c.ledger {
			t.Errorf("ledger key %s, want %s", got, c.ledger)
		}
	}
}

func TestVectorKeySetIsReproducedByteForByte(t *testing.T) {
	v := loadVectors(t)
	old, next := mustKeys(t, v.Secret), mustKeys(t, v.NextSecret)
	begin, err := ParseTime("2026-11-21T00:00:00.000000Z")
	check(t, err)
	rotated, err := ParseTime("2026-11-21T09:00:05.000005Z")
	check(t, err)
	first, second := Window{NotBefore: begin, NotAfter: rotated}, Window{NotBefore: rotated}
	built := KeySet{Origin: v.Origin}
	for i, k := range []Keys{old, next} {
		window := []Window{first, second}[i]
		vkey, err := VerifierKey(v.Origin, k.LedgerPublic())
		check(t, err)
		built.Ledger = append(built.Ledger, LedgerKey{Vkey: vkey, Window: window})
		built.Statement = append(built.Statement,
			StatementKey{KeyID: KeyID(k.StatementPublic()), PublicKey: k.StatementPublic(), Window: window})
	}
	for name, set := range map[string]KeySet{"built": built, "parsed": loadKeySet(t)} {
		got, err := set.JSON()
		check(t, err)
		if want := read(t, "keys.json"); !bytes.Equal(bytes.TrimSpace(got), bytes.TrimSpace(want)) {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

// Every intermediate value, from the secret and the fields to the receipt.
func TestVectorEntries(t *testing.T) {
	v := loadVectors(t)
	old, next := mustKeys(t, v.Secret), mustKeys(t, v.NextSecret)
	var leaves []Hash
	var prev Hash
	var entries []Entry
	for i, want := range v.Entries {
		// "5 rotates": the old key signs up to the first key.rotated entry, the new one from the second on.
		keys := old
		if i > 5 {
			keys = next
		}
		p, err := ParsePayload([]byte(want.Payload))
		check(t, err)
		fields := Fields{}
		for name, value := range p.Fields {
			switch name {
			case "v", "type", "origin", "seq", "prev_hash", "key_id", "at", "nonce":
			default:
				fields[name] = value
			}
		}
		payload, e, err := Seal(keys, Position{Origin: v.Origin, Seq: int64(i), PrevHash: prev, At: p.At, Nonce: p.Nonce}, p.Type, fields)
		check(t, err)
		pae := sha256.Sum256(dsse.PAE(PayloadType, payload))
		leaf := e.Leaf()
		hash := e.Hash()
		leaves = append(leaves, hash)
		root, err := tlog.TreeHash(int64(len(leaves)), newTree(leaves))
		check(t, err)
		for name, pair := range map[string][2]string{
			"payload":      {string(payload), want.Payload},
			"payload hash": {hex.EncodeToString(e.PayloadHash[:]), want.PayloadHash},
			"prev hash":    {hex.EncodeToString(e.PrevHash[:]), want.PrevHash},
			"pae":          {hex.EncodeToString(pae[:]), want.PAE},
			"signature":    {base64.StdEncoding.EncodeToString(e.Signature[:]), want.Signature},
			"leaf":         {hex.EncodeToString(leaf[:]), want.Leaf},
			"entry hash":   {hex.EncodeToString(hash[:]), want.EntryHash},
			"root":         {hex.EncodeToString(root[:]), want.RootAfter},
		} {
			if pair[0] != pair[1] {
				t.Errorf("entry %d: %s is %s, want %s", i, name, pair[0], pair[1])
			}
		}
		if again, err := ParseLeaf(leaf[:]); err != nil || again != e || p.Entry(e.Signature) != e || int64(i) != want.Seq {
			t.Errorf("entry %d: leaf does not read back: %v", i, err)
		}
		prev = hash
		entries = append(entries, e)
	}
	for i, want := range v.Entries {
		size, signer := 5, old
		if i >= 5 {
			size, signer = 7, next // the batch that rotates is already signed by the new ledger key
		}
		if i >= 7 {
			size = 13
		}
		receipt := receiptOf(t, signer, v.Origin, leaves[:size], []byte(want.Payload), entries[i])
		if string(receipt) != want.Receipt || !bytes.Equal(receipt, read(t, fmt.Sprintf("entry-%02d.tlog-proof", i))) {
			t.Errorf("entry %d: receipt differs:\n%s", i, receipt)
		}
		if !bytes.HasSuffix(receipt, []byte("\n\n"+v.Checkpoints[strconv.Itoa(size)])) {
			t.Errorf("entry %d: checkpoint %d differs", i, size)
		}
	}
}

func TestVectorReceiptsVerify(t *testing.T) {
	v, keys := loadVectors(t), loadKeySet(t)
	for i, want := range v.Entries {
		verdict, err := VerifyReceipt([]byte(want.Receipt), keys)
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		if !verdict.IssuerKnown || verdict.Payload.Seq != int64(i) || string(verdict.Payload.Raw) != want.Payload || !verdict.Payload.Known() {
			t.Errorf("entry %d: %+v", i, verdict)
		}
		var other tlogproof.TLogProof
		check(t, other.Unmarshal([]byte(want.Receipt)))
		canonical, err := jcs.Transform(other.ExtraData)
		if err != nil || !bytes.Equal(canonical, other.ExtraData) {
			t.Errorf("entry %d: the envelope is not JCS: %v", i, err)
		}
	}
}

func TestVectorCheckpoints(t *testing.T) {
	keys := loadKeySet(t)
	for size, text := range loadVectors(t).Checkpoints {
		c, _, err := OpenCheckpoint([]byte(text), keys)
		if err != nil || strconv.FormatInt(c.Size, 10) != size {
			t.Errorf("size %s: %+v, %v", size, c, err)
		}
	}
}

func TestVectorFields(t *testing.T) {
	v := loadVectors(t)
	parse := func(i int) Payload {
		p, err := ParsePayload([]byte(v.Entries[i].Payload))
		check(t, err)
		return p
	}
	p := parse(2)
	if p.Signer.Name != "Zoë \"Z\" Müller\u2028" || p.Doc.ID != "k7m2n4p8" || p.Statement.Locale != "fr" || p.Reading.Seconds != "184" {
		t.Errorf("signature: %+v", p)
	}
	if !p.At.Equal(time.Date(2026, 11, 21, 9, 0, 2, 2000, time.UTC)) {
		t.Errorf("at: %v", p.At)
	}
	if p = parse(5); !bytes.Equal(p.StatementKey, mustKeys(t, v.NextSecret).StatementPublic()) || len(p.LedgerKey) != ed25519.PublicKeySize {
		t.Errorf("key.rotated: %+v", p)
	}
	if p = parse(10); fmt.Sprint(p.Seqs) != "[1 2 8]" {
		t.Errorf("erased: %+v", p)
	}
	if p = parse(12); p.Record["doc_id"] != "policy_2025" || p.System != "ackify-ce" {
		t.Errorf("imported: %+v", p)
	}
}

// A larger tree, leaf i being the decimal string of i, with its tiles of height 8.
func TestVectorTree(t *testing.T) {
	var want struct {
		Roots map[string]string
		Tiles map[string]string `json:"tile_sha256_at_size_600"`
	}
	check(t, json.Unmarshal(read(t, "tree.json"), &want))
	var leaves []Hash
	for i := range 600 {
		leaves = append(leaves, Hash(tlog.RecordHash([]byte(strconv.Itoa(i)))))
	}
	whole := newTree(leaves)
	for size, root := range want.Roots {
		n, err := strconv.ParseInt(size, 10, 64)
		check(t, err)
		got, err := tlog.TreeHash(n, whole)
		if err != nil || hex.EncodeToString(got[:]) != root {
			t.Errorf("root %d is %x, want %s (%v)", n, got[:], root, err)
		}
	}
	tiles := map[string]tlog.Tile{
		"tile/0/000":      {H: 8, L: 0, N: 0, W: 256},
		"tile/0/002.p/88": {H: 8, L: 0, N: 2, W: 88},
		"tile/1/000.p/2":  {H: 8, L: 1, N: 0, W: 2},
	}
	if len(want.Tiles) != len(tiles) {
		t.Fatalf("%d tiles", len(want.Tiles))
	}
	for path, tile := range tiles {
		data, err := tlog.ReadTileData(tile, whole)
		check(t, err)
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want.Tiles[path] {
			t.Errorf("%s is %x, want %s", path, sum, want.Tiles[path])
		}
	}
}
