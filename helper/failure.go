package helper

import (
	"context"
	"fmt"
	"time"

	"git-credential-grant/internal/secret"
)

// A Failure is an attempt to obtain a token that came to nothing.
type Failure struct {
	At  time.Time `json:"at"`
	Why string    `json:"why"`
	// Asked says that the person was asked to sign in, and Declined that they did not want to be.
	Asked    bool `json:"asked,omitempty"`
	Declined bool `json:"declined,omitempty"`
	// Account is the name that was asked for, "" if none was.
	Account string `json:"account,omitempty"`
	// Job is the process group that it happened in.
	Job int `json:"job,omitempty"`
	// AskedInVain counts the times in a row that the person was asked in vain, and Until is when a process in the
	// background may ask again.
	AskedInVain int       `json:"refusals,omitempty"`
	Until       time.Time `json:"until,omitzero"`
}

// siblingPause is how long the other processes of a command do not ask again after the person said no.
const siblingPause = 30 * time.Second

// keepFailure keeps a failure for the processes that wait for the lock.
func (a *attempt) keepFailure(ctx context.Context, failure Failure) {
	err := a.helper.update(ctx, a.request.Origin, func(record *Record) {
		record.Failure = a.helper.failed(failure, record.Failure)
	})
	if err != nil {
		a.helper.trace("%v", err)
	}
}

// failed completes a failure that has just happened after the one before it.
func (h *Helper) failed(failure Failure, before *Failure) *Failure {
	failure.At, failure.Job = h.now(), h.Job
	failure.pause(before)
	return &failure
}

// shares reports whether the failure that is stored is that of a process which this one waited for, or of one that belongs
// to the same command: git fetch -j and git submodule start their processes one after the other. A person who said no there
// is not asked for other names either. before is the failure that was stored before the wait, account the name that this
// process asks for.
func (a *attempt) shares(before *Failure, account string) bool {
	failure := a.record.Failure
	if failure == nil {
		return false
	}
	waited := before == nil || !failure.At.Equal(before.At)
	sameJob := failure.Job == a.helper.Job
	sibling := (failure.Asked || failure.Declined) && failure.Job != 0 && sameJob && a.helper.now().Sub(failure.At) < siblingPause
	// Somebody who has given up one command and types another wants to be asked, however long the first one takes to end.
	typedAnew := failure.Asked && !sameJob && a.helper.atTerminal()
	return waited && failure.Account == account && !typedAnew || sibling
}

// share fails as the process failed that this one waited for, so that they do not all try in turn.
func (a *attempt) share(signIn *SignIn) (*Credential, error) {
	failure := a.record.Failure
	if failure.Declined {
		return nil, nil
	}
	if failure.Asked {
		return quit(), fmt.Errorf("%w in another git process: %w", errSignInFailed, Noted(failure.Why))
	}
	if signIn != nil && signIn.has(a.request.stateFingerprint()) {
		// The other process could not renew the token, and the git server has refused it to this one too.
		signIn.AccessToken = secret.String{}
	}
	return a.helper.makeDo(a.request, signIn, Noted(failure.Why))
}
