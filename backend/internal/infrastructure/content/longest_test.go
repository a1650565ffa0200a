//go:build !race

package content

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/domain"
)

// One goroutine works for a second on each of these texts; the race detector would have nothing to find and take a minute. `make test-go` runs them
// without it.

func TestCompareEndsForLongTexts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	words := func(lineLength, length int) string {
		var b strings.Builder
		for b.Len() < length {
			if b.WriteByte(byte('a' + random.IntN(20))); b.Len()%7 == 0 {
				b.WriteByte(' ')
			}
			if b.Len()%lineLength == 0 {
				b.WriteByte('\n')
			}
		}
		return b.String()
	}
	periodic := func(first, rest string) string { return first + strings.Repeat(rest, domain.MaxTextSize/len(rest)) }
	for name, texts := range map[string][2]string{
		"lines":    {words(80, domain.MaxTextSize), words(80, domain.MaxTextSize)},
		"words":    {words(2<<20, 1<<20), words(2<<20, 1<<20)},
		"periodic": {periodic("x\n", "a\nb\n"), periodic("y\n", "a\nc\nb\n")},
		"one line": {strings.Repeat("a ", 2<<20), strings.Repeat("b ", 2<<20)},
		"short":    {words(2, 1<<20), words(3, 1<<20)},
	} {
		d := compare(texts[0], texts[1])
		if !d.Truncated || len(d.Parts) == 0 || len(d.Parts) > mostParts {
			t.Errorf("%s: %d parts, %v", name, len(d.Parts), d.Truncated)
		}
	}
}

func TestRenderEndsForTheLongestTexts(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	for _, text := range []string{"[", ">", "*", "- ", "<div>"} {
		kind := domain.ContentMarkdown
		if text == "<div>" {
			kind = domain.ContentHTML
		}
		content := []byte(strings.Repeat(text, domain.MaxTextSize/len(text)))
		if page, err := r.Render(kind, content, ""); err != nil || len(page) == 0 {
			t.Errorf("%q as %s: %v", text, kind, err)
		}
	}
}
