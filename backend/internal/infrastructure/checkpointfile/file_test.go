package checkpointfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func note(n int) []byte {
	return fmt.Appendf(nil, "sign.example.com/ledger\n%d\nq83v\n\n— sign.example.com/ledger AAAA%d\n", n, n)
}

func open(t *testing.T) *File {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "new", "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func notes(t *testing.T, f *File) (all []string) {
	t.Helper()
	if err := f.Each(func(n []byte) error { all = append(all, string(n)); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatIsAppendedIsRead(t *testing.T) {
	t.Parallel()
	f := open(t)
	if last, err := f.Last(); last != nil || err != nil {
		t.Fatalf("an empty file has %q, %v", last, err)
	}
	var want []string
	var text []byte
	for i := range 1999 { // more than the end that is read at once
		want, text = append(want, string(note(i))), append(text, note(i)...)
	}
	if err := os.WriteFile(f.Path(), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it changes nothing
		if err := f.Append(note(1999)); err != nil {
			t.Fatal(err)
		}
	}
	want = append(want, string(note(1999)))
	if last, err := f.Last(); string(last) != string(note(1999)) || err != nil {
		t.Errorf("last: %q, %v", last, err)
	}
	if got := notes(t, f); !slices.Equal(got, want) {
		t.Errorf("%d notes", len(got))
	}
}

func TestAHalfWrittenNoteIsPassedOver(t *testing.T) {
	t.Parallel()
	for cut := range len(note(2)) {
		f := open(t)
		if err := f.Append(note(1)); err != nil {
			t.Fatal(err)
		}
		torn := append(note(1), note(2)[:cut]...)
		if err := os.WriteFile(f.Path(), torn, 0o600); err != nil {
			t.Fatal(err)
		}
		if last, err := f.Last(); string(last) != string(note(1)) || err != nil {
			t.Fatalf("cut at %d: last is %q, %v", cut, last, err)
		}
		if err := f.Append(note(3)); err != nil {
			t.Fatal(err)
		}
		if got := notes(t, f); !slices.Equal(got, []string{string(note(1)), string(note(3))}) {
			t.Fatalf("cut at %d: %q", cut, got)
		}
	}
}

func TestAnotherFileIsRefused(t *testing.T) {
	t.Parallel()
	f := open(t)
	if err := os.WriteFile(f.Path(), []byte("a shopping list\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Last(); err == nil {
		t.Error("accepted")
	}
	if missing, err := Existing(filepath.Join(t.TempDir(), "nowhere")); missing != nil || err != nil {
		t.Error(missing, err)
	}
	if same, known := SameVolume(f.Path(), filepath.Dir(f.Path())); !same || !known {
		t.Error("a file and its directory are on different volumes")
	}
}

// Whatever is in the file, every note found in it is in it as it is, and the last of all is the last.
func FuzzNotes(f *testing.F) {
	f.Add(append(note(1), note(2)...))
	f.Add(append(note(1), "sign.example.com/ledger\n2"...))
	f.Add([]byte("\n\n\n\n— \n— \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var last []byte
		if err := each(bytes.NewReader(text), func(found []byte) error {
			if !bytes.Contains(text, found) || bytes.Count(found, []byte("\n")) != linesOfNote {
				t.Fatalf("%q is not in %q", found, text)
			}
			last = found
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got := lastNote(text); !bytes.Equal(got, last) {
			t.Fatalf("last is %q, not %q", got, last)
		}
	})
}
