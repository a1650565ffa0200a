package probe

import (
	"bytes"
	"testing"
	"time"
)

func TestOnlyWhoKnowsTheKeyAsksAndAnswers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	key, other := Key(bytes.Repeat([]byte{1}, 32)), Key(bytes.Repeat([]byte{2}, 32))
	question := key.Ask(now)
	answer, ok := key.Answer(question.Text, now.Add(time.Minute))
	if !ok || !question.Answered(answer) {
		t.Fatalf("%q %v", answer, ok)
	}
	if key.Ask(now).Answered(answer) || question.Answered("") {
		t.Error("an answer to another question counts")
	}
	if forged, _ := other.Answer(other.Ask(now).Text, now); question.Answered(forged) {
		t.Error("an answer with another key counts")
	}
	for name, c := range map[string]struct {
		key      Key
		question string
		now      time.Time
	}{
		"another key":      {other, question.Text, now},
		"no key":           {nil, Key(nil).Ask(now).Text, now},
		"an old question":  {key, question.Text, now.Add(patience + time.Second)},
		"one of tomorrow":  {key, question.Text, now.Add(-24 * time.Hour)},
		"a changed one":    {key, "1" + question.Text, now},
		"nothing":          {key, "", now},
		"dots and nothing": {key, "..", now},
	} {
		if _, ok := c.key.Answer(c.question, c.now); ok {
			t.Errorf("%s is answered", name)
		}
	}
}
