package helper

import (
	"context"
	"errors"
	"fmt"
)

// errNotKept: there is a token, but the keyring did not take it.
var errNotKept = errors.New("could not keep the sign-in")

// An attempt obtains a token that is not stored, under the lock of the origin.
type attempt struct {
	helper  *Helper
	request *Credential
	server  *Server
	// record is what is stored. It is empty for a person who has come to sign in: nothing stands in the way of that.
	record *Record
}

// obtain takes what another process obtained while this one waited for the lock, or else renews the sign-in, or else
// asks the person. before is the record as it was before the wait.
func (a *attempt) obtain(ctx context.Context, before *Record) (*Credential, error) {
	now := a.helper.now()
	signIn := a.record.signIn(a.request, now)
	if a.shares(before.Failure, a.server.wanted(a.request, signIn)) {
		return a.share(signIn)
	}
	if answer, err := a.helper.fromRecord(a.record, a.request); answer != nil || err != nil {
		return answer, err
	}
	if signIn == nil {
		return a.begin(ctx, nil)
	}
	seen := before.signIn(a.request, now)
	renewed := seen == nil || seen.AccessToken != signIn.AccessToken
	if renewed && signIn.usable(now) && !signIn.has(a.request.stateFingerprint()) {
		a.helper.trace("another process has just renewed the token")
		return signIn.answer(a.request, true)
	}
	return a.renew(ctx, signIn)
}

// begin obtains a token without what is stored. previous is the sign-in that cannot be renewed, nil if there is none.
func (a *attempt) begin(ctx context.Context, previous *SignIn) (*Credential, error) {
	switch {
	case a.server.Mint == nil:
		return a.ask(ctx, previous, nil)
	case a.server.Confirm != nil && previous == nil:
		return nil, fmt.Errorf("%w: %s", ErrUnconfirmed, a.request.Origin.Host())
	}
	return a.mint(ctx, previous)
}

// renew puts a new token in the place of one that has run out or that the git server has refused.
func (a *attempt) renew(ctx context.Context, signIn *SignIn) (*Credential, error) {
	if a.brakes(signIn) {
		return quit(), errors.Join(fmt.Errorf("%w: %s", ErrTokensRefused, a.request.Origin.Host()), a.save(ctx, signIn))
	}
	if a.server.Mint != nil || signIn.RefreshToken.IsZero() || !a.server.issued(signIn) {
		return a.begin(ctx, signIn)
	}
	a.helper.trace("refreshing the token at %s", signIn.TokenEndpoint)
	// From here on the refresh token may be used up: a signal must not come between the answer and the keyring.
	sheltered := context.WithoutCancel(ctx)
	token, err := a.server.Refresh(sheltered, signIn.RefreshToken.Reveal())
	err = signIn.hide(err)
	switch {
	case errors.Is(err, ErrGrantEnded):
		return a.afterEnd(ctx, signIn, err)
	case err != nil:
		err = fmt.Errorf("could not renew the token: %w", err)
		a.keepFailure(sheltered, Failure{Why: err.Error(), Account: a.server.wanted(a.request, signIn)})
		return a.helper.makeDo(a.request, signIn, err)
	}
	signIn.take(token, a.helper.now())
	signIn.Bearer = a.server.Bearer
	return a.deliver(signIn, a.save(sheltered, signIn))
}

// brakes reports whether the requester is to get no new token for now, after its refusal of the present one, if it has.
func (a *attempt) brakes(signIn *SignIn) bool {
	if !signIn.has(a.request.stateFingerprint()) {
		return a.helper.brakes(signIn, a.request)
	}
	a.helper.trace("the git server has refused the token")
	return !signIn.refuse(a.helper.requester(a.request), a.helper.now())
}

// afterEnd goes on after the server has refused the refresh token: with the token that still lives, or else by asking the
// person. The refresh token stays until they have signed in.
func (a *attempt) afterEnd(ctx context.Context, signIn *SignIn, why error) (*Credential, error) {
	a.helper.trace("%v", why)
	signIn.Ended = &Ended{At: a.helper.now(), Why: why.Error()}
	if err := a.save(context.WithoutCancel(ctx), signIn); err != nil {
		a.helper.trace("%v", err)
	}
	if signIn.usable(a.helper.now()) {
		return a.helper.makeDo(a.request, signIn, why)
	}
	answer, err := a.ask(ctx, signIn, why)
	if errors.Is(err, ErrNobodyThere) {
		err = fmt.Errorf("%w, and %w", why, err)
	}
	return answer, err
}

// save writes back a sign-in that was changed, unless the person has logged out meanwhile.
func (a *attempt) save(ctx context.Context, signIn *SignIn) error {
	return a.helper.update(ctx, a.request.Origin, func(record *Record) {
		for _, account := range record.Accounts {
			if account.SignIn != nil && account.SignIn.Account == signIn.Account {
				account.SignIn = signIn
			}
		}
	})
}

// keepSignIn puts a new sign-in first, in the place of previous if that has ended, and clears away those that are of no use
// any more. failure is what was wrong with it all the same, nil if nothing was.
func (a *attempt) keepSignIn(ctx context.Context, signIn, previous *SignIn, failure *Failure) error {
	return a.helper.update(ctx, a.request.Origin, func(record *Record) {
		record.clear(previous, a.helper.now())
		record.keep(&Account{SignIn: signIn})
		if a.server.SomebodyThere != nil {
			record.SignedInFor = a.helper.caller().Command
		}
		if failure != nil {
			failure = a.helper.failed(*failure, record.Failure)
		}
		record.Failure = failure
	})
}

// deliver answers with a token that was just issued, also where the keyring did not take it.
func (a *attempt) deliver(signIn *SignIn, notKept error) (*Credential, error) {
	answer, err := signIn.answer(a.request, false)
	if err == nil && notKept != nil {
		err = fmt.Errorf("%w: %w", errNotKept, notKept)
	}
	return answer, err
}
