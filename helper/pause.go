package helper

import "time"

// pauses are how long nothing in the background asks the person after a sign-in that failed, failed again and so on:
// an editor that fetches every few minutes would open window after window. The last one repeats.
var pauses = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}

// pause says until when to leave the person alone after a failure. A failure in which nobody was asked keeps what the
// one before it said.
func (f *Failure) pause(before *Failure) {
	if before != nil {
		f.AskedInVain, f.Until = before.AskedInVain, before.Until
	}
	if f.Asked {
		f.Until = f.At.Add(pauses[min(f.AskedInVain, len(pauses)-1)])
		f.AskedInVain++
	}
}

// paused reports whether the person is to be left alone. A clock that was set back since does not prolong it.
func (f *Failure) paused(now time.Time) bool {
	return f != nil && now.Before(f.Until) && f.Until.Sub(now) <= pauses[len(pauses)-1]
}
