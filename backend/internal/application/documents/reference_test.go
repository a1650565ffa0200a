package documents

import "testing"

func TestTheSameReferenceInAnotherSpelling(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"https://xn--mnchen-3ya.example/stra%C3%9Fe", "https://münchen.example/straße", "https://M\u00dcNCHEN.example/stra%c3%9fe"},
		{"https://xn--mnchen-3ya.example:8443/", "https://münchen.example:8443"},
		{"\u00e9tude", "e\u0301tude"},
		{"https://my_host.example/", "HTTPS://my_host.example"},
	} {
		for _, spelling := range same {
			if got, err := parseReference(spelling); err != nil || string(got) != same[0] {
				t.Errorf("%q gives %q, %v; want %q", spelling, got, err, same[0])
			}
		}
	}
	if got, err := parseReference("https://a\u00adb\u3002\u2488.example/"); err == nil {
		t.Errorf("a host name that is none gives %q", got)
	}
}
