package secrets

import (
	"bytes"
	"testing"
)

func box(t *testing.T, fill byte) Box {
	t.Helper()
	b, err := NewBox(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABoxOpensOnlyWithItsKeyAndContext(t *testing.T) {
	t.Parallel()
	plain, context := []byte("the link"), []byte("to ada")
	b := box(t, 1)
	sealed := b.Seal(plain, context)
	if got, err := b.Open(sealed, context); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("%q, %v", got, err)
	}
	if sealed[0] != 1 || bytes.Contains(sealed, plain) || bytes.Equal(sealed, b.Seal(plain, context)) {
		t.Error("a box shows its content, its version not, or repeats itself")
	}
	if _, err := box(t, 2).Open(sealed, context); err == nil {
		t.Error("another key opens it")
	}
	if _, err := b.Open(sealed, []byte("to bob")); err == nil {
		t.Error("another context opens it")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := b.Open(changed, context); err == nil {
			t.Errorf("byte %d may be changed", i)
		}
		if _, err := b.Open(sealed[:i], context); err == nil {
			t.Errorf("%d bytes are enough", i)
		}
	}
	if _, err := NewBox([]byte("short")); err == nil {
		t.Error("a short key is accepted")
	}
}
