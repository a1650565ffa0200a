package audit

import (
	"cmp"
	"slices"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// publishedNotes are the notes of the checkpoint file that are compared with the tree as it grows.
type publishedNotes struct {
	notes  []publishedNote // in the file's order
	bySize []int           // their indexes, the smallest tree first
	from   int             // those in bySize that the tree has reached: from here ...
	past   int             // ... to before here are of its very size
}

type publishedNote struct {
	size     int64
	root     proof.Hash
	state    noteState
	accepted bool // an entry says that it no longer fits, and that this was accepted
}

type noteState uint8

const (
	noteBeyond noteState = iota // the ledger is not that large
	noteFits
	noteDiffers
)

// readFile reads the notes of trees larger than since; nil when there is no file. Their signatures say nothing here: what counts is
// whether they fit.
func (v Verifier) readFile(since int64, accepted map[string]bool) (*publishedNotes, error) {
	if v.File == nil {
		return nil, nil
	}
	p := &publishedNotes{}
	err := v.File.Each(func(text []byte) error {
		c, err := proof.ParseCheckpoint(text)
		if err != nil {
			return Found("file.malformed", "the checkpoint file: %v", err)
		}
		if c.Size > since {
			p.bySize = append(p.bySize, len(p.notes))
			p.notes = append(p.notes, publishedNote{size: c.Size, root: c.Root, accepted: accepted[string(text)]})
		}
		return nil
	})
	slices.SortStableFunc(p.bySize, func(a, b int) int { return cmp.Compare(p.notes[a].size, p.notes[b].size) })
	return p, err
}

// reach moves on to the notes of a tree of this size and tells whether there are any. Sizes come in order.
func (p *publishedNotes) reach(size int64) bool {
	for p.from < len(p.bySize) && p.notes[p.bySize[p.from]].size < size {
		p.from++
	}
	for p.past = p.from; p.past < len(p.bySize) && p.notes[p.bySize[p.past]].size == size; {
		p.past++
	}
	return p.past > p.from
}

// compare notes whether those just reached have this root, and tells whether one of them has.
func (p *publishedNotes) compare(root proof.Hash) (fits bool) {
	for _, i := range p.bySize[p.from:p.past] {
		if p.notes[i].state = noteDiffers; p.notes[i].root == root {
			p.notes[i].state, fits = noteFits, true
		}
	}
	return fits
}

func (p *publishedNotes) fitting() (n int64) {
	for _, note := range p.notes {
		if note.state == noteFits {
			n++
		}
	}
	return n
}

// finding is the first note that does not fit and was not accepted; accepting one accepts those written before it.
func (p *publishedNotes) finding() error {
	var first *publishedNote
	for i := range p.notes {
		note := &p.notes[i]
		switch {
		case note.accepted:
			first = nil
		case note.state != noteFits && first == nil:
			first = note
		}
	}
	switch {
	case first == nil:
		return nil
	case first.state == noteBeyond:
		return Found("file.inconsistent", "a checkpoint of %d entries was published, and the ledger no longer has as many", first.size)
	}
	return Found("file.inconsistent", "a checkpoint of %d entries was published, and the ledger's first %d entries have another root",
		first.size, first.size)
}
