package proof

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func described(t testing.TB, receipt []byte, keys KeySet) string {
	v, err := VerifyReceipt(receipt, keys)
	if err != nil && len(keys.Ledger) > 0 {
		t.Fatal(err)
	}
	var b bytes.Buffer
	v.Describe(&b)
	return b.String()
}

func TestDescribeSaysWhatIsProvenAndWhatIsNot(t *testing.T) {
	got := described(t, read(t, "entry-02.tlog-proof"), loadKeySet(t))
	want := `Proven:
  Who: Zoë "Z" Müller\u{2028} <zoe@example.com> (user 9d2f1f0e-0a51-4f8c-8f6f-6f6f2b9a7c01, logged in by oidc of https://idp.example.com as 00u19d2f, at 2026-11-21T08:59:00.000000Z) acknowledged having read a document.
  What: document k7m2n4p8, revision 1, “Politique de sécurité 2026”.
  Address: https://docs.example.com/policy.pdf
  Exact content: SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.
  Statement shown (fr): “Je certifie avoir lu et compris ce document.”
  Pages seen, as the reader reported: 12 of 12.
  Seconds shown, as the reader reported: 184
  Checksum of what the reader displayed: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  When, by this server's clock: 2026-11-21T09:00:02.000002Z.
  Where: entry 2 of the ledger sign.example.com/ledger, which had 5 entries at this checkpoint.
  Signed by: statement key b290bc064613a29a0ee604745722a3177a78a53230ce4deb3ff03cc27b932215.
  The ledger that has this checkpoint contains this entry, at this position and with this content.
Not proven:
  That the operator did not invent it: the server signs on a person's behalf, and who holds its key can
  invent a new signature. What is already receipted, published or witnessed cannot be altered, removed or
  back-dated unnoticed.
  That the server's clock was right.
`
	if got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestDescribeEveryType(t *testing.T) {
	want := []string{
		"published a revision", "asked zoe@example.com to acknowledge document k7m2n4p8", "Zoë", "李雷", "deleted document", "New statement key: 2f50e6",
		"New statement key", "restored document", "no longer asks", "declined", "entries 1, 2, 8", `99\u{A}AAAA`, "imported from ackify-ce",
	}
	for i, e := range loadVectors(t).Entries {
		if got := described(t, []byte(e.Receipt), loadKeySet(t)); !strings.Contains(got, want[i]) {
			t.Errorf("entry %d lacks %q:\n%s", i, want[i], got)
		}
	}
}

func TestDescribeUnknownIssuerAndUnknownType(t *testing.T) {
	l := newLedger(t)
	place := Position{Origin: testOrigin, Seq: 6, PrevHash: l.entries[5].Hash(), At: testStart.Add(time.Minute), Nonce: [16]byte{99}}
	payload, e, err := Seal(l.keys, place, "witnessed\x1b[2J", Fields{"note": "\u202egnp.exe"})
	check(t, err)
	l.payloads, l.entries = append(l.payloads, payload), append(l.entries, e)
	got := described(t, l.receipt(t, 6), l.set)
	if !strings.Contains(got, "does not know what that type means") || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("%s", got)
	}
	if got = described(t, l.receipt(t, 2), KeySet{}); !strings.HasPrefix(got, "Consistent in itself, issuer unknown.") || strings.Contains(got, "Proven:") {
		t.Errorf("%s", got)
	}
}
