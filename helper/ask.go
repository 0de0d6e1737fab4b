package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"
)

// errSignInFailed: the person was asked, and it came to nothing.
var errSignInFailed = errors.New("sign-in failed")

// ask signs the person in, unless they have said no to that, or have just let it pass and this is a command that they do
// not see. What ends the pause is a sign-in that succeeds, a log-out, or the time. previous is the sign-in that cannot be
// renewed, nil if there is none, and ended is the server's word on that, nil if it was not asked.
func (a *attempt) ask(ctx context.Context, previous *SignIn, ended error) (*Credential, error) {
	if a.server.SomebodyThere == nil {
		return a.signIn(ctx, previous, ended)
	}
	if a.server.Confirm != nil {
		if yes, err := a.confirmed(ctx); !yes {
			return nil, err
		}
	}
	if err := a.leavesAlone(); err != nil {
		return a.helper.makeDo(a.request, previous, err)
	}
	return a.signIn(ctx, previous, ended)
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
	account := a.server.wanted(a.request, nil)
	a.keepFailure(context.WithoutCancel(ctx), Failure{Why: "not wanted", Declined: true, Account: account})
	return false, nil
}

// leavesAlone returns why the person is not to be asked now, nil if they may be.
func (a *attempt) leavesAlone() error {
	failure := a.record.Failure
	if last := a.record.SignedInFor; last != "" && last == a.helper.caller().Command {
		return fmt.Errorf("%w: %s", ErrOneWindow, a.request.Origin.Host())
	}
	if !failure.paused(a.helper.now()) || a.helper.atTerminal() {
		return nil
	}
	rest := failure.Until.Sub(a.helper.now()).Round(time.Second)
	a.helper.trace("leaving the person alone for another %v", rest)
	return fmt.Errorf("%w (for another %v): %s", ErrPaused, rest, failure.Why)
}

// signIn asks the person; see ask.
func (a *attempt) signIn(ctx context.Context, previous *SignIn, ended error) (*Credential, error) {
	wanted := a.server.wanted(a.request, previous)
	a.helper.trace("signing in at %s", a.server.TokenEndpoint)
	if ended != nil && a.helper.Warn != nil && a.server.SomebodyThere != nil && a.server.SomebodyThere() {
		a.helper.Warn(ended)
	}
	token, who, err := a.askServer(ctx, wanted)
	// A signal must not come between the answer and the keyring here either.
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		return a.notSignedIn(ctx, previous, wanted, err)
	}
	signIn := a.server.newSignIn(cmp.Or(who, wanted), previous)
	signIn.take(token, a.helper.now())
	if wanted != "" && !signIn.named(wanted) {
		other := fmt.Errorf("%w: %s, while the URL names %s", ErrOtherAccount, who, wanted)
		failure := &Failure{Why: other.Error(), Asked: true, Account: wanted}
		return quit(), errors.Join(other, a.keepSignIn(ctx, signIn, nil, failure))
	}
	return a.deliver(signIn, a.keepSignIn(ctx, signIn, previous, nil))
}

// notSignedIn goes on where asking for a sign-in as wanted came to nothing.
func (a *attempt) notSignedIn(ctx context.Context, previous *SignIn, wanted string, err error) (*Credential, error) {
	if errors.Is(err, ErrNobodyThere) {
		return a.helper.makeDo(a.request, previous, err)
	}
	asked := !errors.Is(err, ErrNotAsked)
	a.keepFailure(ctx, Failure{Why: err.Error(), Asked: asked, Account: wanted})
	err = fmt.Errorf("%w: %w", errSignInFailed, err)
	if !asked {
		return a.helper.makeDo(a.request, previous, err)
	}
	return quit(), err
}

// askServer asks the person, under a lock that tells so to the processes which can ask nobody.
func (a *attempt) askServer(ctx context.Context, wanted string) (token *oauth2.Token, who string, err error) {
	if a.server.SomebodyThere != nil {
		unlock, err := a.helper.Keyring.Lock(ctx, asking(a.request.Origin))
		if err != nil {
			return nil, "", err
		}
		defer unlock()
	}
	return a.server.SignIn(ctx, wanted)
}
