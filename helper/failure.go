package helper

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Failure is an attempt to obtain a token that came to nothing.
type Failure struct {
	At  time.Time `json:"at"`
	Why string    `json:"why"`
	// Asked says that the person was asked.
	Asked bool `json:"asked,omitempty"`
	// Account is the name that was asked for, "" if none was.
	Account string `json:"account,omitempty"`
	// Job is the process group that it happened in.
	Job int `json:"job,omitempty"`
	// Refusals counts the times in a row that the person was asked in vain, and Until is when a process in the
	// background may ask again.
	Refusals int       `json:"refusals,omitempty"`
	Until    time.Time `json:"until,omitzero"`
}

// siblingPause is how long the other processes of a command do not ask again after the person said no.
const siblingPause = 30 * time.Second

// note keeps a failure for the processes that wait for the lock.
func (a *attempt) note(ctx context.Context, failure Failure) {
	failure.At, failure.Job = a.now(), a.Job
	err := a.update(ctx, a.request.Origin, func(record *Record) {
		failure.pause(record.Failure)
		record.Failure = &failure
	})
	if err != nil {
		a.trace("%v", err)
	}
}

// shares reports whether a failure is that of a process which this one waited for, or of one that belongs to the same
// command: git fetch -j and git submodule start their processes one after the other.
// account is the name that this process asks for.
func (a *attempt) shares(failure, before *Failure, account string) bool {
	if failure == nil || failure.Account != account {
		return false
	}
	waited := before == nil || !failure.At.Equal(before.At)
	sibling := failure.Asked && failure.Job != 0 && failure.Job == a.Job && a.now().Sub(failure.At) < siblingPause
	return waited || sibling
}

// share fails as the process failed that this one waited for, so that they do not all try in turn.
func (a *attempt) share(failure *Failure, signIn *SignIn) (*Credential, error) {
	if failure.Asked {
		return quit(), fmt.Errorf("%w in another git process: %s", ErrSignInFailed, failure.Why)
	}
	if signIn != nil && signIn.present(a.request.mark()) {
		// The other process could not renew the token, and the git server has refused it to this one too.
		signIn.drop(a.now())
	}
	return a.presentToken(signIn, errors.New(failure.Why))
}
