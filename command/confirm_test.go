package command

import (
	"context"
	"testing"
	"time"
)

// TestConfirmation: a question stays until the person has answered it. Whoever goes away and comes back does not have it asked again.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	asked, answers := make(chan string, 9), make(chan bool)
	c := &confirmation{turn: make(chan bool, 1), decided: map[string]decision{}, ask: func(question string) bool {
		asked <- question
		return <-answers
	}}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if c.allows(ctx, "app", "git.example") {
			t.Error("a yes that nobody has said")
		}
		cancel()
	}
	answers <- true
	if !c.allows(t.Context(), "app", "git.example") {
		t.Error("the yes does not count")
	}
	if len(asked) != 1 {
		t.Errorf("it was asked %d times", len(asked))
	}
	c.close()
}
