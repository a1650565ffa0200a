package secrets

import (
	"bytes"
	"encoding/base64"
	"testing"
)

func sealer(t *testing.T, fills ...byte) Sealer {
	t.Helper()
	var all []string
	for _, fill := range fills {
		all = append(all, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32)))
	}
	s, err := NewSealer("ackify/test/v1", all...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsSealedOpensOnlyWithItsKeyAndForWhatItIsAbout(t *testing.T) {
	t.Parallel()
	plain, about := []byte("the link"), []byte("to ada")
	s := sealer(t, 1)
	sealed := s.Seal(plain, about)
	if got, err := s.Open(sealed, about); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("%q, %v", got, err)
	}
	if sealed[0] != sealVersion || bytes.Contains(sealed, plain) || bytes.Equal(sealed, s.Seal(plain, about)) {
		t.Error("it shows its content, its version not, or repeats itself")
	}
	if _, err := sealer(t, 2).Open(sealed, about); err == nil {
		t.Error("another key opens it")
	}
	if _, err := s.Open(sealed, []byte("to bob")); err == nil {
		t.Error("it opens for something else")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := s.Open(changed, about); err == nil {
			t.Errorf("byte %d may be changed", i)
		}
		if _, err := s.Open(sealed[:i], about); err == nil {
			t.Errorf("%d bytes are enough", i)
		}
	}
}

func TestAReplacedSecretStillOpensWhatItSealed(t *testing.T) {
	t.Parallel()
	before, about := sealer(t, 1), []byte("x")
	sealed := before.Seal([]byte("token"), about)
	after := sealer(t, 2, 1)
	if got, err := after.Open(sealed, about); err != nil || string(got) != "token" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := before.Open(after.Seal([]byte("token"), about), about); err == nil {
		t.Error("the old secret opens what the new one sealed")
	}
}
