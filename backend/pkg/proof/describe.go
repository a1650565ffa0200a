package proof

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Describe writes, in English, what the verdict proves and what it does not. Text from the payload is made safe for a
// terminal. Errors of w are ignored.
func (v Verdict) Describe(w io.Writer) {
	p := v.Payload
	if v.IssuerKnown {
		line(w, "Proven:")
	} else {
		line(w, "Consistent in itself, issuer unknown. It was checked without trusted keys, so anybody may have made it.")
		line(w, "It claims:")
	}
	for _, sentence := range p.sentences() {
		line(w, "  %s", sentence)
	}
	line(w, "  When, by this server's clock: %s.", FormatTime(p.At))
	line(w, "  Where: entry %d of the ledger %s, which had %d entries at this checkpoint.", p.Seq, printable(p.Origin), v.Checkpoint.Size)
	if v.IssuerKnown {
		line(w, "  Signed by: statement key %x.", p.KeyID)
		line(w, "  The ledger that has this checkpoint contains this entry, at this position and with this content.")
	}
	line(w, "Not proven:")
	line(w, "  That the operator did not invent it: the server signs on a person's behalf, and who holds its key can")
	line(w, "  invent a new signature. What is already receipted, published or witnessed cannot be altered, removed or")
	line(w, "  back-dated unnoticed.")
	line(w, "  That the server's clock was right.")
	if p.Type == TypeImported {
		line(w, "  Anything about the imported record but that it was in this ledger at that time.")
	}
}

func line(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

// sentences says what the entry states, one fact a line.
func (p Payload) sentences() []string {
	by := printable(p.By)
	doc := printable(p.Doc.ID)
	switch p.Type {
	case TypeSignature:
		return append([]string{"Who: " + p.Signer.words() + " acknowledged having read a document."}, p.acknowledged()...)
	case TypeDeclined:
		said := append([]string{"Who: " + p.Signer.words() + " declined to acknowledge a document."}, p.acknowledged()...)
		return appendFact(said, "Reason given", p.Reason)
	case TypeRevision:
		said := append([]string{"User " + by + " published a revision of a document."}, p.Doc.words()...)
		return appendFact(said, "Previous revision", p.PreviousRevision)
	case TypeDocumentDeleted:
		return []string{"User " + by + " deleted document " + doc + "."}
	case TypeDocumentRestored:
		return []string{"User " + by + " restored document " + doc + "."}
	case TypeExpected:
		said := []string{"User " + by + " asked " + printable(p.Email) + " to acknowledge document " + doc + "."}
		return appendFact(said, "Due", p.DueAt)
	case TypeUnexpected:
		return []string{"User " + by + " no longer asks " + printable(p.Email) + " to acknowledge document " + doc + "."}
	case TypeErased:
		said := []string{fmt.Sprintf("User %s had the content of entries %s erased.", by, joinSeqs(p.Seqs))}
		return appendFact(said, "Reason given", p.Reason)
	case TypeLedgerAccepted:
		said := []string{"User " + by + " accepted this ledger although it does not continue an earlier checkpoint."}
		return appendFact(appendFact(said, "That checkpoint", p.Checkpoint), "Reason given", p.Reason)
	case TypeImported:
		record, _ := Encode(p.Record)
		return appendFact([]string{"A record was imported from " + printable(p.System) + "."}, "Record", string(record))
	case TypeKeyRotated:
		return []string{
			"The server's keys were changed (" + cmp.Or(by, "no user named") + ").",
			fmt.Sprintf("New statement key: %x.", p.StatementKey), fmt.Sprintf("New ledger key: %x.", p.LedgerKey),
		}
	}
	return []string{
		"An entry of type " + printable(p.Type) + ". This version does not know what that type means;",
		"its signature, position and content were checked like any other's. Content:",
		printable(string(p.Raw)),
	}
}

// acknowledged says to what exact content, and to which sentence, a person answered.
func (p Payload) acknowledged() []string {
	said := p.Doc.words()
	if p.Statement.Text != "" {
		said = append(said, fmt.Sprintf("Statement shown (%s): “%s”",
			cmp.Or(printable(p.Statement.Locale), "no locale"), printable(p.Statement.Text)))
	}
	if p.Reading.PagesSeen != "" {
		said = append(said, fmt.Sprintf("Pages seen, as the reader reported: %s of %s.",
			printable(p.Reading.PagesSeen), cmp.Or(printable(p.Reading.Pages), "?")))
	}
	said = appendFact(said, "Seconds shown, as the reader reported", p.Reading.Seconds)
	said = appendFact(said, "Checksum of what the reader displayed", p.Reading.DisplayedChecksum)
	return appendFact(said, "Came from", p.Referer)
}

func (s Signer) words() string {
	who := cmp.Or(printable(s.Name), "a person without a name")
	if s.Email != "" {
		who += " <" + printable(s.Email) + ">"
	}
	who += " (user " + cmp.Or(printable(s.User), "unknown")
	if s.Method != "" {
		who += ", logged in by " + printable(s.Method)
	}
	if s.Issuer != "" {
		who += " of " + printable(s.Issuer)
	}
	if s.Subject != "" {
		who += " as " + printable(s.Subject)
	}
	if s.AuthenticatedAt != "" {
		who += ", at " + printable(s.AuthenticatedAt)
	}
	return who + ")"
}

func (d Doc) words() []string {
	what := "What: document " + printable(d.ID)
	if d.Revision != "" {
		what += ", revision " + printable(d.Revision)
	}
	if d.Title != "" {
		what += ", “" + printable(d.Title) + "”"
	}
	said := appendFact([]string{what + "."}, "Address", d.URL)
	if d.Checksum == "" {
		return append(said, "Its content is not fixed by a checksum: only the reference is proven.")
	}
	return append(said, fmt.Sprintf("Exact content: %s %s.",
		cmp.Or(printable(d.ChecksumAlgorithm), "checksum"), printable(d.Checksum)))
}

func appendFact(said []string, name, value string) []string {
	if value == "" {
		return said
	}
	return append(said, name+": "+printable(value))
}

func joinSeqs(seqs []int64) string {
	words := make([]string, len(seqs))
	for i, seq := range seqs {
		words[i] = strconv.FormatInt(seq, 10)
	}
	return strings.Join(words, ", ")
}
