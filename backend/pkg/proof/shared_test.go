package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Two files hold this verifier's verdicts for others to agree with, the web app's above all. After adding cases:
// go test ./pkg/proof -run TestShared -update
var update = flag.Bool("update", false, "write testdata/forgeries.json and testdata/ed25519.json anew")

// sharedVerdicts is testdata/forgeries.json.
type sharedVerdicts struct {
	Keys     map[string]KeySet `json:"keys"`
	Receipts []sharedReceipt   `json:"receipts"`
	KeyFiles []sharedKeyFile   `json:"keyFiles"`
}

type sharedReceipt struct {
	Name    string `json:"name"`
	Keys    string `json:"keys"` // name of a key set, empty for none
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"` // for reading
	Receipt []byte `json:"receipt"`
}

type sharedKeyFile struct {
	Name   string `json:"name"`
	Valid  bool   `json:"valid"`
	Reason string `json:"reason,omitempty"` // for reading
	Text   []byte `json:"text"`
}

func verdictOf(receipt []byte, keys KeySet) (verdict, reason string) {
	_, err := VerifyReceipt(receipt, keys)
	switch {
	case err == nil:
		return "valid", ""
	case errors.Is(err, ErrIssuerUnknown):
		return "unknown", err.Error()
	}
	return "invalid", err.Error()
}

func (s *sharedVerdicts) add(keys, want, name string, receipt []byte) {
	verdict, reason := verdictOf(receipt, s.Keys[keys])
	if verdict != want {
		panic(fmt.Sprintf("%s is %s (%s), not %s", name, verdict, reason, want))
	}
	s.Receipts = append(s.Receipts, sharedReceipt{name, keys, verdict, reason, receipt})
}

func TestSharedVerdicts(t *testing.T) {
	s := &sharedVerdicts{Keys: map[string]KeySet{}}
	l := newLedger(t)
	s.Keys["vectors"], s.Keys["ledger"] = loadKeySet(t), l.set
	addSpellings(t, s)
	for _, c := range forgeries(t, l) {
		s.add("ledger", "invalid", c.name, c.receipt)
	}
	addPayloads(t, s)
	addKnownTypes(t, s)
	addTimes(t, s, l)
	addCheckpoints(t, s, l)
	addUnknown(t, s, l)
	addKeyFiles(t, s)
	if len(s.Receipts) < 150 {
		t.Errorf("only %d receipts", len(s.Receipts))
	}
	checkShared(t, "forgeries.json", s)
	var stored sharedVerdicts
	check(t, json.Unmarshal(read(t, "forgeries.json"), &struct {
		Receipts *[]sharedReceipt
		KeyFiles *[]sharedKeyFile
	}{&stored.Receipts, &stored.KeyFiles}))
	for _, c := range stored.Receipts {
		if verdict, reason := verdictOf(c.Receipt, s.Keys[c.Keys]); verdict != c.Verdict || reason != c.Reason {
			t.Errorf("%s: %s, %s", c.Name, verdict, reason)
		}
	}
	for _, c := range stored.KeyFiles {
		if _, err := ParseKeySet(c.Text); (err == nil) != c.Valid {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// checkShared compares a file of testdata with what it should hold, one case a line.
func checkShared(t *testing.T, name string, want any) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	check(t, encoder.Encode(want))
	lines := bytes.ReplaceAll(b.Bytes(), []byte(`},{"`), []byte("},\n{\""))
	if *update {
		check(t, os.WriteFile(filepath.Join("testdata", name), lines, 0o600))
	}
	if !bytes.Equal(read(t, name), lines) {
		t.Errorf("testdata/%s is out of date: go test ./pkg/proof -run TestShared -update", name)
	}
}

func addSpellings(t *testing.T, s *sharedVerdicts) {
	good := read(t, "entry-02.tlog-proof")
	s.add("vectors", "valid", "entry 2", good)
	other := spellings(t)
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if len(other[name]) < MaxSize { // the one above is made where it is needed
			s.add("vectors", "invalid", "spelling: "+name, []byte(other[name]))
		}
	}
	for i, b := range good {
		if b == '\n' {
			s.add("vectors", "invalid", fmt.Sprintf("truncated before byte %d", i), good[:i])
			if i+1 < len(good) {
				s.add("", "invalid", fmt.Sprintf("truncated after byte %d, without keys", i), good[:i+1])
			}
		}
	}
	s.add("ledger", "invalid", "another ledger's keys", good)
}

// sealed is a receipt for payload at seq in a tree of size entries whose other leaves are made up.
func sealed(t testing.TB, k, checkpointKey Keys, origin string, seq, size int64, payload []byte) []byte {
	t.Helper()
	e := Entry{Seq: seq, PayloadHash: sum(payload), KeyID: KeyID(k.StatementPublic()), Signature: SignPayload(k, payload)}
	if p, err := ParsePayload(payload); err == nil {
		e.PrevHash = p.PrevHash
	}
	leaves := make([]Hash, size)
	for i := range leaves {
		leaves[i] = Hash{byte(i)}
	}
	leaves[seq] = e.Hash()
	return receiptOf(t, checkpointKey, origin, leaves, payload, e)
}

func addPayloads(t *testing.T, s *sharedVerdicts) {
	v := loadVectors(t)
	k, good := mustKeys(t, v.Secret), v.Entries[1].Payload
	seal := func(payload string) []byte { return sealed(t, k, k, v.Origin, 1, 3, []byte(payload)) }
	for _, c := range badPayloads(good) {
		if len(c.new) < MaxSize {
			s.add("vectors", "invalid", "payload: "+c.name, seal(strings.Replace(good, c.old, c.new, 1)))
		}
	}
	for _, c := range []struct{ verdict, name, old, new string }{
		{"valid", "as it was", "", ""},
		{"valid", "unknown type", `"type":"expected"`, `"type":"witnessed"`},
		{"valid", "type with a property's name", `"type":"expected"`, `"type":"toString"`},
		{"valid", "unknown type, known field in another shape", `{"id":"k7m2n4p8"}`, `["a"],"type":"x"`},
		{"valid", "unknown fields", `"v":"1"`, `"v":"1","w":{"":"","a":["",""],"b":[],"c":{}}`},
		{"valid", "properties of every object", `{"at"`, `{"__proto__":{"v":"2"},"at"`},
		{"valid", "constructor", `"doc"`, `"constructor":"x","doc"`},
		{"valid", "empty document", `{"id":"k7m2n4p8"}`, `{}`},
		{"valid", "every escape", `zoe@`, `\"\\\b\t\n\f\r\u0000\u001f@`},
		{"valid", "characters that need none", `zoe@`, "\u007f\u0080\u2028\u2029\ufeff\ufffd\uffff😀\U0010ffff/'<>&@"},
		{"valid", "keys in the order of UTF-16", `"v":"1"`, `"v":"1","😀":"","ﬁ":""`},
		{"invalid", "keys in the order of UTF-8", `"v":"1"`, `"v":"1","ﬁ":"","😀":""`},
		{"valid", "key before its extension", `"v":"1"`, `"v":"1","vv":""`},
		{"invalid", "key after its extension", `,"v":"1"`, `,"vv":"","v":"1"`},
		{"valid", "as deep as allowed", `"v":"1"`, `"v":"1","w":` + strings.Repeat(`{"a":`, maxDepth-1) + `"b"` + strings.Repeat(`}`, maxDepth-1)},
		{"invalid", "surrogate in UTF-8", `zoe@`, "\xed\xa0\x80@"},
		{"invalid", "overlong UTF-8", `zoe@`, "\xc0\x80@"},
		{"invalid", "beyond Unicode", `zoe@`, "\xf4\x90\x80\x80@"},
		{"invalid", "cut within a character", `zoe@`, "\xf0\x9f@"},
		{"invalid", "escaped surrogate pair", `zoe@`, `\ud83d\ude00@`},
		{"invalid", "escaped delete", `zoe@`, `\u007f@`},
		{"invalid", "literal", `"v":"1"`, `"v":"1","w":false`},
		{"invalid", "list without comma", `"v":"1"`, `"v":"1","w":["a""b"]`},
		{"invalid", "list with a leading comma", `"v":"1"`, `"v":"1","w":[,"a"]`},
		{"invalid", "space in a list", `"v":"1"`, `"v":"1","w":["a", "b"]`},
		{"invalid", "single quotes", `"v":"1"`, `'v':"1"`},
		{"invalid", "statement time without a date", `"at":"2026-11-21`, `"at":"2026-02-30`},
		{"invalid", "other digits", `"seq":"1"`, `"seq":"١"`},
		{"invalid", "seq with an exponent", `"seq":"1"`, `"seq":"1e0"`},
		{"invalid", "empty seq", `"seq":"1"`, `"seq":""`},
		{"invalid", "another seq", `"seq":"1"`, `"seq":"2"`},
		{"invalid", "empty type", `"type":"expected"`, `"type":""`},
		{"invalid", "empty origin", `"origin":"sign.example.com/ledger"`, `"origin":""`},
		{"invalid", "email in an object", `"zoe@example.com"`, `{"a":"zoe@example.com"}`},
	} {
		payload := strings.Replace(good, c.old, c.new, 1)
		if c.name == "unknown type, known field in another shape" {
			payload = strings.Replace(strings.Replace(good, `"type":"expected"`, `"type":"x"`, 1), `{"id":"k7m2n4p8"}`, `["a"]`, 1)
		}
		s.add("vectors", c.verdict, "payload: "+c.name, seal(payload))
	}
	first := strings.Replace(strings.Replace(good, `"seq":"1"`, `"seq":"0"`, 1),
		"587861d2acaaa559f93a6d25815ec9e84c5f794fe4670f281cb8332afbfcb1e7", strings.Repeat("0", 64), 1)
	s.add("vectors", "valid", "the only entry", sealed(t, k, k, v.Origin, 0, 1, []byte(first)))
	long := strings.Replace(good, "zoe@example.com", strings.Repeat("z", 70_000), 1)
	s.add("vectors", "valid", "longer than a line scanner's buffer", seal(long))
}

// addKnownTypes breaks the fields that only some types have.
func addKnownTypes(t *testing.T, s *sharedVerdicts) {
	v := loadVectors(t)
	k := mustKeys(t, v.Secret)
	for _, c := range []struct {
		entry    int
		verdict  string
		old, new string
	}{
		{entry: 2, verdict: "invalid", old: `"signer":{`, new: `"signer":["a"],"sinner":{`},
		{entry: 2, verdict: "invalid", old: `"reading":{`, new: `"reading":"fast","readinh":{`},
		{entry: 2, verdict: "invalid", old: `"statement":{`, new: `"statement":"yes","stbtement":{`},
		{entry: 2, verdict: "invalid", old: `"title":"`, new: `"title":{},"titlf":"`},
		{entry: 2, verdict: "invalid", old: `"pages":"12"`, new: `"pages":["12"]`},
		{entry: 2, verdict: "invalid", old: `"text":"`, new: `"text":[],"texu":"`},
		{entry: 2, verdict: "valid", old: `"pages":"12"`, new: `"pages":"twelve"`},
		{entry: 10, verdict: "invalid", old: `["1","2","8"]`, new: `["1","x"]`},
		{entry: 10, verdict: "invalid", old: `["1","2","8"]`, new: `["9223372036854775808"]`},
		{entry: 10, verdict: "invalid", old: `["1","2","8"]`, new: `"1"`},
		{entry: 10, verdict: "invalid", old: `"seqs"`, new: `"seqt"`},
		{entry: 10, verdict: "valid", old: `["1","2","8"]`, new: `[]`},
		{entry: 10, verdict: "valid", old: `["1","2","8"]`, new: `["9223372036854775807"]`},
		{entry: 12, verdict: "invalid", old: `"record":{`, new: `"record":"row","recore":{`},
		{entry: 12, verdict: "invalid", old: `"system":"`, new: `"system":{},"systen":"`},
		{entry: 5, verdict: "invalid", old: `"statement_key":"`, new: `"statement_key":"AA`},
		{entry: 5, verdict: "invalid", old: `"ledger_key":"`, new: `"ledger_kex":"`},
	} {
		good := v.Entries[c.entry].Payload
		payload := strings.Replace(good, c.old, c.new, 1)
		payload = strings.ReplaceAll(payload, "416ee5bd36bdd9016bed8c46e993e8c6d921efc72d652a6abf43660664a7a993",
			"b290bc064613a29a0ee604745722a3177a78a53230ce4deb3ff03cc27b932215")
		if payload == good {
			t.Fatalf("%s is not in entry %d", c.old, c.entry)
		}
		payload = atTime(payload, "2026-11-21T09:00:01.000000Z")
		s.add("vectors", c.verdict, fmt.Sprintf("entry %d with %s", c.entry, c.new),
			sealed(t, k, k, v.Origin, int64(c.entry), 13, []byte(payload)))
	}
}

func atTime(payload, at string) string {
	i := strings.Index(payload, `"at":"`) + len(`"at":"`)
	return payload[:i] + at + payload[i+strings.IndexByte(payload[i:], '"'):]
}

func addTimes(t *testing.T, s *sharedVerdicts, l *ledger) {
	at := testStart.Add(2 * time.Second) // entry 2
	for _, c := range []struct {
		name, verdict string
		window        Window
	}{
		{"exactly its time", "valid", Window{at, at}},
		{"from then on", "valid", Window{at, time.Time{}}},
		{"until then", "valid", Window{testStart, at}},
		{"ends a microsecond before", "invalid", Window{testStart, at.Add(-time.Microsecond)}},
		{"begins a microsecond after", "invalid", Window{at.Add(time.Microsecond), time.Time{}}},
	} {
		set := keySetOf(t, l.keys, testOrigin, c.window)
		s.Keys["window: "+c.name] = set
		s.add("window: "+c.name, c.verdict, "window: "+c.name, l.receipt(t, 2))
		set.Statement = []StatementKey{set.Statement[0]}
		set.Statement[0].Window = Window{NotBefore: testStart}
		s.Keys["ledger key's window: "+c.name] = set
		s.add("ledger key's window: "+c.name, "valid", "ledger key's window: "+c.name, l.receipt(t, 2))
	}
	s.Keys["always"] = keySetOf(t, l.keys, testOrigin, Window{NotBefore: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)})
	for text, verdict := range map[string]string{
		"2024-02-29T23:59:59.999999Z": "valid", "2000-02-29T00:00:00.000000Z": "valid", "0000-02-29T00:00:00.000000Z": "valid",
		"9999-12-31T23:59:59.999999Z": "valid", "0099-12-31T23:59:59.999999Z": "valid",
		"2023-02-29T00:00:00.000000Z": "invalid", "1900-02-29T00:00:00.000000Z": "invalid", "2026-04-31T00:00:00.000000Z": "invalid",
		"2026-13-01T00:00:00.000000Z": "invalid", "2026-00-01T00:00:00.000000Z": "invalid", "2026-01-00T00:00:00.000000Z": "invalid",
		"2026-01-01T24:00:00.000000Z": "invalid", "2026-01-01T00:60:00.000000Z": "invalid", "2026-01-01T00:00:60.000000Z": "invalid",
		"2026-01-01T00:00:00,000000Z": "invalid", "2026-01-01t00:00:00.000000Z": "invalid", "2026-01-01T00:00:00.000000z": "invalid",
		"2026-01-01T00:00:00.00000Z": "invalid", "2026-01-01T00:00:00.0000000Z": "invalid", "-026-01-01T00:00:00.000000Z": "invalid",
		"10000-01-01T00:00:00.000000Z": "invalid",
	} {
		payload := []byte(atTime(string(l.payloads[2]), text))
		s.add("always", verdict, "at "+text, sealed(t, l.keys, l.keys, testOrigin, 2, 6, payload))
	}
	slices.SortStableFunc(s.Receipts[len(s.Receipts)-21:], func(a, b sharedReceipt) int { return strings.Compare(a.Name, b.Name) })
}

// fold is the root of a tree of size leaves in which hash is at index and path are the other subtrees, leaf first.
func fold(hash tlog.Hash, index, size int64, path []Hash) (tlog.Hash, []Hash) {
	if size == 1 {
		return hash, path
	}
	half := int64(1)
	for half < size-half {
		half *= 2
	}
	if index < half {
		left, rest := fold(hash, index, half, path)
		return tlog.NodeHash(left, tlog.Hash(rest[0])), rest[1:]
	}
	right, rest := fold(hash, index-half, size-half, path)
	return tlog.NodeHash(tlog.Hash(rest[0]), right), rest[1:]
}

func addCheckpoints(t *testing.T, s *sharedVerdicts, l *ledger) {
	for _, c := range []struct{ index, size int64 }{
		{1<<62 - 1, 1 << 62}, {1 << 61, 1<<61 + 1}, {1<<53 + 1, 1<<53 + 2}, {1 << 40, 1<<62 - 3}, {0, 1 << 62},
	} {
		payload := strings.Replace(string(l.payloads[2]), `"seq":"2"`, fmt.Sprintf(`"seq":"%d"`, c.index), 1)
		if c.index == 0 {
			p, err := ParsePayload(l.payloads[2])
			check(t, err)
			payload = strings.Replace(payload, fmt.Sprintf("%x", p.PrevHash), strings.Repeat("0", 64), 1)
		}
		p, err := ParsePayload([]byte(payload))
		check(t, err)
		e := p.Entry(SignPayload(l.keys, []byte(payload)))
		path := make([]Hash, 64)
		for i := range path {
			path[i] = Hash{byte(i), 1}
		}
		root, rest := fold(tlog.Hash(e.Hash()), c.index, c.size, path)
		path = path[:len(path)-len(rest)]
		checkpoint, err := SignCheckpoint(l.keys, Checkpoint{Origin: testOrigin, Size: c.size, Root: Hash(root)})
		check(t, err)
		build := func(path []Hash) []byte {
			receipt, err := BuildReceipt([]byte(payload), e.KeyID, e.Signature, c.index, path, checkpoint)
			check(t, err)
			return receipt
		}
		name := fmt.Sprintf("entry %d of %d", c.index, c.size)
		s.add("ledger", "valid", name, build(path))
		s.add("ledger", "invalid", name+", a hash too many", build(append(slices.Clone(path), Hash{9})))
		s.add("ledger", "invalid", name+", a hash too few", build(path[:len(path)-1]))
	}
	head, _, _ := bytes.Cut(l.receipt(t, 2), []byte("\n\n"))
	under := func(checkpoint []byte) []byte { return slices.Concat(head, []byte("\n\n"), checkpoint) }
	_, good, _ := bytes.Cut(l.receipt(t, 2), []byte("\n\n"))
	empty, err := SignCheckpoint(l.keys, Checkpoint{Origin: testOrigin})
	check(t, err)
	s.add("ledger", "invalid", "checkpoint of nothing", under(empty))
	verifier, err := note.NewVerifier(l.set.Ledger[0].Vkey)
	check(t, err)
	signed := func(text string) []byte {
		b, err := note.Sign(&note.Note{Text: text}, noteSigner{verifier, l.keys.Ledger})
		check(t, err)
		return b
	}
	body := string(good[:bytes.Index(good, []byte("\n\n"))+1])
	s.add("ledger", "valid", "checkpoint signed as a note", under(signed(body)))
	s.add("ledger", "invalid", "checkpoint with a signed extension line", under(signed(body+"extension\n")))
	s.add("ledger", "invalid", "checkpoint whose size begins with a zero", under(signed(strings.Replace(body, "\n6\n", "\n06\n", 1))))
	s.add("ledger", "invalid", "checkpoint whose size is too large", under(signed(strings.Replace(body, "\n6\n", "\n9223372036854775808\n", 1))))
	// tlog's arithmetic would not end with these two.
	s.add("ledger", "invalid", "checkpoint of 2^62+1 entries", under(signed(strings.Replace(body, "\n6\n", "\n4611686018427387905\n", 1))))
	s.add("ledger", "invalid", "checkpoint of 2^63-1 entries", under(signed(strings.Replace(body, "\n6\n", "\n9223372036854775807\n", 1))))
	s.add("ledger", "invalid", "checkpoint of fewer entries", under(signed(strings.Replace(body, "\n6\n", "\n2\n", 1))))
	s.add("ledger", "invalid", "checkpoint of more entries", under(signed(strings.Replace(body, "\n6\n", "\n9\n", 1))))
	line := string(good[len(body)+1:])
	s.add("ledger", "invalid", "checkpoint signed twice", under([]byte(string(good)+line)))
	s.add("ledger", "invalid", "checkpoint with a witness's signature", under([]byte(string(good)+"— witness.example AAAAAA==\n")))
	s.add("ledger", "invalid", "checkpoint without a signature", under([]byte(body+"\n")))
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:]))
	check(t, err)
	raw[0] ^= 1
	s.add("ledger", "invalid", "checkpoint signed under another key's hash",
		under([]byte(body+"\n— "+testOrigin+" "+base64.StdEncoding.EncodeToString(raw)+"\n")))
	for _, c := range []struct{ verdict, origin string }{
		{"valid", "\ufeffa.example/ledger"}, {"valid", "a\ufffdb.example/ledger"}, {"valid", "é.example/ledger"},
		{"invalid", "a\u0085b"}, {"invalid", "a\u2003b"}, {"invalid", "a\u00a0b"}, {"invalid", "a+b"}, {"invalid", "a\tb"}, {"invalid", "a\u009fb"},
	} {
		payload, e, err := Seal(l.keys, Position{Origin: c.origin, At: testStart}, TypeExpected, Fields{"email": "a"})
		check(t, err)
		hash := e.Hash()
		text := c.origin + "\n1\n" + base64.StdEncoding.EncodeToString(hash[:]) + "\n\n— " + c.origin + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
		verdict := "unknown"
		if c.verdict == "invalid" {
			verdict = "invalid"
		}
		receipt, err := BuildReceipt(payload, e.KeyID, e.Signature, 0, nil, []byte(text))
		check(t, err)
		s.add("", verdict, fmt.Sprintf("origin %q, without keys", c.origin), receipt)
		if c.verdict == "valid" {
			s.Keys["of "+c.origin] = keySetOf(t, l.keys, c.origin, Window{NotBefore: testStart})
			s.add("of "+c.origin, "valid", fmt.Sprintf("origin %q", c.origin), receiptOf(t, l.keys, c.origin, []Hash{hash}, payload, e))
		}
	}
}

func addUnknown(t *testing.T, s *sharedVerdicts, l *ledger) {
	stranger := mustKeys(t, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32)))
	strange := keySetOf(t, stranger, testOrigin, Window{NotBefore: testStart})
	s.Keys["stranger"] = strange
	s.Keys["stranger and ledger"] = KeySet{
		Origin: testOrigin, Ledger: append(slices.Clone(strange.Ledger), l.set.Ledger...),
		Statement: append(slices.Clone(strange.Statement), l.set.Statement...),
	}
	s.Keys["stranger's statement key"] = KeySet{Origin: testOrigin, Ledger: l.set.Ledger, Statement: strange.Statement}
	s.Keys["stranger's ledger key"] = KeySet{Origin: testOrigin, Ledger: strange.Ledger, Statement: l.set.Statement}
	good := l.receipt(t, 2)
	s.add("stranger", "invalid", "only a stranger's keys", good)
	s.add("stranger's statement key", "invalid", "a stranger's statement key", good)
	s.add("stranger's ledger key", "invalid", "a stranger's ledger key", good)
	s.add("stranger and ledger", "valid", "one of several keys", good)
	s.add("", "unknown", "without keys", good)
	s.add("", "unknown", "made up by a stranger, without keys", sealed(t, stranger, stranger, testOrigin, 2, 6,
		[]byte(strings.Replace(string(l.payloads[2]), fmt.Sprintf("%x", KeyID(l.keys.StatementPublic())), fmt.Sprintf("%x", KeyID(stranger.StatementPublic())), 1))))
	altered := l.entries[2]
	altered.Signature[3] ^= 1
	leaves := l.leaves()
	leaves[2] = altered.Hash()
	s.add("", "unknown", "signature that nobody checked, without keys", receiptOf(t, l.keys, testOrigin, leaves, l.payloads[2], altered))
	for name, receipt := range map[string][]byte{
		"another index": bytes.Replace(good, []byte("index 2"), []byte("index 3"), 1), "doubled": append(slices.Clone(good), good...),
		"CRLF": bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), "a byte more": append(slices.Clone(good), '\n'), "a byte less": good[:len(good)-1],
		"nothing": {},
	} {
		s.add("", "invalid", name+", without keys", receipt)
	}
	slices.SortStableFunc(s.Receipts[len(s.Receipts)-6:], func(a, b sharedReceipt) int { return strings.Compare(a.Name, b.Name) })
}

func addKeyFiles(t *testing.T, s *sharedVerdicts) {
	good := string(read(t, "keys.json"))
	add := func(valid bool, name, text string) {
		_, err := ParseKeySet([]byte(text))
		if (err == nil) != valid {
			t.Fatalf("%s: %v", name, err)
		}
		reason := ""
		if err != nil {
			reason = err.Error()
		}
		s.KeyFiles = append(s.KeyFiles, sharedKeyFile{name, valid, reason, []byte(text)})
	}
	add(true, "as it was", good)
	for _, c := range badKeySets(good) {
		if altered := strings.Replace(good, c.old, c.new, 1); len(altered) < MaxSize {
			add(false, c.name, altered)
		}
	}
	for _, c := range []struct {
		valid          bool
		name, old, new string
	}{
		{true, "other white space", "\n", "\r\n\t "},
		{true, "escaped letters", `"origin": "sign`, `"\u006frigin": "\u0073ign`},
		{true, "escaped slashes", `sign.example.com/ledger"`, `sign.example.com\/ledger"`},
		{true, "one window of a moment", `"notAfter": "2026-11-21T09:00:05.000005Z"`, `"notAfter": "2026-11-21T00:00:00.000000Z"`},
		{false, "byte order mark", "{", "\ufeff{"},
		{false, "no-break space", "{", "{\u00a0"},
		{false, "form feed", "{", "{\f"},
		{false, "trailing comma in an object", `"origin": "sign.example.com/ledger",`, `"origin": "sign.example.com/ledger",,`},
		{false, "trailing comma in a list", "    }\n  ],", "    },\n  ],"},
		{false, "comment", "{", "{/* */"},
		{false, "a property of every object", "{", `{"__proto__":{},`},
		{false, "escaped duplicate key", `"origin":`, `"\u006frigin":"x","origin":`},
		{false, "raw control character", `"origin": "sign`, "\"origin\": \"\x01sign"},
		{false, "unknown escape", `"origin": "sign`, `"origin": "\sign`},
		{false, "number with a leading zero", `"origin":`, `"n":01,"origin":`},
		{false, "missing colon", `"origin":`, `"origin"`},
		{false, "missing comma", `"origin": "sign.example.com/ledger",`, `"origin": "sign.example.com/ledger"`},
		{false, "ends in the year 1", `"notAfter": "2026-11-21T09:00:05.000005Z"`, `"notAfter": "0001-01-01T00:00:00.000000Z"`},
		{false, "no time at all", `"notAfter": "2026-11-21T09:00:05.000005Z"`, `"notAfter": false`},
		{false, "vkey of 31 bytes", "ARX7zLUbX5jJdkXH/BYfLBotJfP3gadCJvT07E/QI03g", "ARX7zLUbX5jJdkXH/BYfLBotJfP3gadCJvT07E/QI00="},
	} {
		altered := strings.Replace(good, c.old, c.new, 1)
		if altered == good {
			t.Fatalf("%s: nothing altered", c.name)
		}
		add(c.valid, c.name, altered)
	}
	surrogate := KeySet{Origin: "a\ufffdb"}
	k := mustKeys(t, loadVectors(t).Secret)
	surrogate = keySetOf(t, k, surrogate.Origin, Window{NotBefore: testStart})
	text, err := surrogate.JSON()
	check(t, err)
	add(true, "lone surrogate read as U+FFFD", strings.Replace(string(text), `"origin": "a`+"\ufffd", `"origin": "a\ud800`, 1))
}
