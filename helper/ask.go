package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/oauth2"
)

// begin obtains a token without what is stored. previous is the sign-in that ended, nil if there was none.
func (a *attempt) begin(ctx context.Context, previous *SignIn) (*Credential, error) {
	if a.server.Mint != nil && a.server.Confirm != nil && previous == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnconfirmed, a.request.Origin.Host())
	}
	if a.server.Mint != nil {
		return a.mint(ctx, previous)
	}
	return a.ask(ctx, previous)
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

// signIn asks the person. previous is the sign-in that ended, nil if there was none.
func (a *attempt) signIn(ctx context.Context, previous *SignIn) (*Credential, error) {
	wanted := a.wanted(previous)
	a.trace("signing in at %s", a.server.TokenEndpoint)
	if a.ended != nil && a.Warn != nil && a.server.SomebodyThere != nil && a.server.SomebodyThere() {
		a.Warn(a.ended)
	}
	token, who, err := a.askServer(ctx, wanted)
	// A signal must not come between the answer and the keyring here either.
	ctx = context.WithoutCancel(ctx)
	if errors.Is(err, ErrNobodyThere) {
		return a.makeDo(previous, err)
	}
	if err != nil {
		asked := !errors.Is(err, ErrNotAsked)
		a.keepFailure(ctx, Failure{Why: err.Error(), Asked: asked, Account: wanted})
		err = fmt.Errorf("%w: %w", ErrSignInFailed, err)
		if !asked {
			return a.makeDo(previous, err)
		}
		return quit(), err
	}
	signIn := a.newSignIn(cmp.Or(who, wanted), previous)
	signIn.take(token, a.now())
	if wanted != "" && !signIn.named(wanted) {
		other := fmt.Errorf("%w: %s, while the URL names %s", ErrOtherAccount, who, wanted)
		return quit(), errors.Join(other, a.keepSignIn(ctx, signIn, nil, &Failure{Why: other.Error(), Asked: true, Account: wanted}))
	}
	return a.deliver(signIn, a.keepSignIn(ctx, signIn, previous, nil))
}

// askServer asks the person, under a lock that tells so to the processes which can ask nobody.
func (a *attempt) askServer(ctx context.Context, wanted string) (token *oauth2.Token, who string, err error) {
	if a.server.SomebodyThere != nil {
		unlock, err := a.Keyring.Lock(ctx, asking(a.request.Origin))
		if err != nil {
			return nil, "", err
		}
		defer unlock()
	}
	return a.server.SignIn(ctx, wanted)
}

// keepSignIn puts a new sign-in first, in the place of previous if that has ended, and clears away those that are of no use
// any more. failure is what was wrong with it all the same, nil if nothing was.
func (a *attempt) keepSignIn(ctx context.Context, signIn, previous *SignIn, failure *Failure) error {
	return a.update(ctx, a.request.Origin, func(record *Record) {
		record.Accounts = slices.DeleteFunc(record.Accounts, func(other *Account) bool {
			s := other.SignIn
			ended := s != nil && s.Ended != nil && previous != nil && s.Account == previous.Account
			return s != nil && (s.RefreshToken.IsZero() || ended) && !s.usable(a.now())
		})
		record.keep(&Account{SignIn: signIn})
		if a.server.SomebodyThere != nil {
			record.SignedInFor = a.caller().Command
		}
		if failure != nil {
			failure = a.failed(*failure, record.Failure)
		}
		record.Failure = failure
	})
}
