package helper

import (
	"context"
	"fmt"
	"time"
)

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

// ask signs the person in, unless they have said no to that, or have just let it pass and this is a command that they do
// not see. What ends the pause is a sign-in that succeeds, a log-out, or the time. previous is the sign-in that ended, nil
// if there was none.
func (a *attempt) ask(ctx context.Context, previous *SignIn) (*Credential, error) {
	if a.server.SomebodyThere == nil {
		return a.signIn(ctx, previous)
	}
	if a.server.Confirm != nil {
		if yes, err := a.confirmed(ctx); !yes {
			return nil, err
		}
	}
	atTerminal := a.AtTerminal != nil && a.AtTerminal()
	var err error
	switch {
	case a.signedInFor != "" && a.signedInFor == a.caller().Command:
		err = fmt.Errorf("%w: %s", ErrOneWindow, a.request.Origin.Host())
	case a.failure.paused(a.now()) && !atTerminal:
		rest := a.failure.Until.Sub(a.now()).Round(time.Second)
		a.trace("leaving the person alone for another %v", rest)
		err = fmt.Errorf("%w (for another %v): %s", ErrPaused, rest, a.failure.Why)
	default:
		return a.signIn(ctx, previous)
	}
	return a.makeDo(previous, err)
}

// confirmed asks whether to sign in at a host that only says of itself what it is. A no is git's to deal with: it asks
// for a password.
func (a *attempt) confirmed(ctx context.Context) (bool, error) {
	yes, answered := a.server.Confirm(ctx)
	switch {
	case yes:
		return true, nil
	case !answered:
		return false, fmt.Errorf("%w: %s", ErrUnconfirmed, a.request.Origin.Host())
	}
	a.keepFailure(context.WithoutCancel(ctx), Failure{Why: "not wanted", Declined: true, Account: a.wanted(nil)})
	return false, nil
}
