package proof

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

// anyText prefers the characters where encoders differ.
var anyText = rapid.OneOf(rapid.String(), rapid.StringOfN(
	rapid.SampledFrom([]rune("\x00\x01\b\t\n\f\r\x1f \"\\/<>&aé\u007f\u0080\u2028\u2029\ud7ff\ue000\ufb33\ufffd\uffff😀\U0010ffff")), 0, 8, -1))

func anyFields(depth int) *rapid.Generator[Fields] {
	return rapid.Custom(func(t *rapid.T) Fields {
		f := Fields{}
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			key := anyText.Draw(t, "key")
			switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
			case kind == 0:
				f[key] = rapid.SliceOfN(anyText, 1, 3).Draw(t, "list")
			case kind == 1 && depth > 0:
				nested := anyFields(depth-1).Draw(t, "nested")
				nested["k"] = "never empty"
				f[key] = nested
			default:
				f[key] = anyText.Filter(func(s string) bool { return s != "" }).Draw(t, "text")
			}
		}
		return f
	})
}

// Encode is RFC 8785 as the reference library understands it, and what it writes reads back.
func TestEncodeAgreesWithJCS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFields(3).Draw(t, "fields")
		got, err := Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		want, err := jcs.Transform(plain)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %s, want %s, %v", got, want, err)
		}
		if back, err := decodeCanonical(got); err != nil || !reflect.DeepEqual(back, f) {
			t.Fatalf("read back as %v, %v", back, err)
		}
	})
}

func TestEncodeLeavesOutWhatIsAbsent(t *testing.T) {
	got, err := Encode(Fields{
		"a": "", "b": Fields{}, "c": map[string]any{"d": "", "e": Fields{"f": ""}}, "g": []string{}, "h": "x", "i": "",
		"j": []string{""}, "k": Fields(nil), "l": []string(nil),
	})
	if err != nil || string(got) != `{"h":"x","j":[""]}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	deep := Fields{"k": "v"}
	for range maxDepth {
		deep = Fields{"k": deep}
	}
	for name, f := range map[string]Fields{
		"number": {"a": 1}, "boolean": {"a": true}, "null": {"a": nil}, "list of objects": {"a": []any{Fields{}}},
		"bytes": {"a": []byte("x")}, "value not UTF-8": {"a": "\xff"}, "surrogate": {"a": "\xed\xa0\x80"},
		"key not UTF-8": {"\xff": "a"}, "list not UTF-8": {"a": []string{"\xff"}}, "nested number": {"a": Fields{"b": 1.5}},
		"too deep": deep, "too large": {"a": strings.Repeat("x", MaxSize)},
	} {
		if b, err := Encode(f); err == nil {
			t.Errorf("%s: encoded as %.40s", name, b)
		}
	}
}

func TestSealRefusesCommonFields(t *testing.T) {
	k := mustKeys(t, loadVectors(t).Secret)
	given := Fields{"seq": "7"}
	if _, _, err := Seal(k, Position{Origin: "o"}, "t", given); err == nil || len(given) != 1 {
		t.Error("accepted")
	}
}

func TestTimesHaveOneSpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "at"))
		nanos := time.Duration(rapid.IntRange(0, 999).Draw(t, "nanos"))
		s := FormatTime(at.Add(nanos).In(time.FixedZone("", 3600*rapid.IntRange(-12, 12).Draw(t, "zone"))))
		back, err := ParseTime(s)
		if err != nil || !back.Equal(at) || len(s) != len(timeLayout) || back.Location() != time.UTC {
			t.Fatalf("%s: %v, %v", s, back, err)
		}
	})
	for _, s := range []string{
		"", "2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000Z", "2026-11-21T09:00:00.0000000Z", "2026-11-21T09:00:00.000000+00:00",
		"2026-11-21 09:00:00.000000Z", "2026-11-21T09:00:00.000000z", "2026-02-30T09:00:00.000000Z", "2026-11-21T24:00:00.000000Z",
		"2026-11-21T09:00:60.000000Z", "2026-11-21T09:00:00,000000Z", " 2026-11-21T09:00:00.000000Z", "2026-11-21T9:00:00.000000Z",
	} {
		if _, err := ParseTime(s); err == nil {
			t.Errorf("%q: accepted", s)
		}
	}
}

func TestPrintableHidesNothingAndControlsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := printable(anyText.Draw(t, "text"))
		for _, r := range s {
			if r < 0x20 || (r >= 0x7f && r < 0xa0) || r == 0x2028 || r == 0x202e || r == 0x2066 {
				t.Fatalf("%q", s)
			}
		}
		if !utf8.ValidString(s) {
			t.Fatalf("%q", s)
		}
	})
	if got := printable("a\x1b[31m\u202e\u2066é\\\xff\n"); got != `a\u{1B}[31m\u{202E}\u{2066}é\\\xff\u{A}` {
		t.Errorf("%s", got)
	}
}
