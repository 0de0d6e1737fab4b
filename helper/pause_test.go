package helper

import (
	"testing"
	"time"
)

// TestPauseGrows: with each refusal in a row, up to a limit; a failure in which nobody was asked does not count.
func TestPauseGrows(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var last *Failure
	for i, want := range []time.Duration{
		time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 2 * time.Hour, 2 * time.Hour,
	} {
		failure := &Failure{At: now, Asked: true}
		failure.pause(last)
		if !failure.paused(now) || !failure.paused(now.Add(want-time.Second)) || failure.paused(now.Add(want)) {
			t.Errorf("after %d refusals it pauses until %v, want %v", i+1, failure.Until.Sub(now), want)
		}
		now = now.Add(want)

		network := &Failure{At: now}
		network.pause(failure)
		if network.AskedInVain != i+1 || !network.Until.Equal(failure.Until) {
			t.Errorf("a failure of the network changed the pause: %+v, before %+v", network, failure)
		}
		last = network
	}
}

func TestPausedOnlyAfterRefusal(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	network := &Failure{At: now, Why: "the network"}
	network.pause(nil)
	refused := &Failure{At: now, Asked: true}
	refused.pause(nil)
	for name, test := range map[string]struct {
		failure *Failure
		now     time.Time
		want    bool
	}{
		"no failure":                 {nil, now, false},
		"one of the network":         {network, now, false},
		"one that an older one kept": {&Failure{At: now, Asked: true}, now, false},
		"a refusal":                  {refused, now, true},
		"a clock set back by days":   {refused, now.AddDate(0, 0, -3), false},
	} {
		if got := test.failure.paused(test.now); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
