package helper

import (
	"context"
	"errors"
	"fmt"
)

// An attempt obtains a token that the store does not have. It holds the lock of the origin.
type attempt struct {
	*Helper
	request *Credential
	server  *Server
	failure *Failure // that of the last attempt, nil if it did not fail
	ended   error    // why the sign-in cannot be renewed any more, nil if it can, or there is none
	// signedInFor is the git command in which the person last signed in.
	signedInFor string
}

// obtain takes what another process obtained while this one waited for the lock, or else renews the sign-in, or else
// asks the person. before is the record as it was before the wait.
func (a *attempt) obtain(ctx context.Context, before *Record) (*Credential, error) {
	record, err := a.load(ctx, a.request.Origin)
	if err != nil {
		return quit(), err
	}
	a.failure, a.signedInFor = record.Failure, record.SignedInFor
	signIn := record.signIn(a.request, a.now())
	if a.shares(record.Failure, before.Failure, a.wanted(signIn)) {
		return a.share(record.Failure, signIn)
	}
	if answer, err := a.fromRecord(record, a.request); answer != nil || err != nil {
		return answer, err
	}
	if signIn == nil {
		return a.begin(ctx, nil)
	}
	seen := before.signIn(a.request, a.now())
	renewed := seen == nil || seen.AccessToken != signIn.AccessToken
	if renewed && signIn.usable(a.now()) && !signIn.has(a.request.stateFingerprint()) {
		a.trace("another process has just renewed the token")
		return signIn.answer(a.request, true)
	}
	return a.renew(ctx, signIn)
}

// renew puts a new token in the place of one that has run out or that the git server has refused.
func (a *attempt) renew(ctx context.Context, signIn *SignIn) (*Credential, error) {
	braked := false
	if signIn.has(a.request.stateFingerprint()) {
		a.trace("the git server has refused the token")
		braked = !signIn.refuse(a.requester(a.request), a.now())
	} else {
		braked = a.brakes(signIn, a.request)
	}
	if braked {
		return quit(), errors.Join(fmt.Errorf("%w: %s", ErrTokensRefused, a.request.Origin.Host()), a.save(ctx, signIn))
	}
	if a.server.Mint != nil || signIn.RefreshToken.IsZero() || !a.server.issued(signIn) {
		return a.begin(ctx, signIn)
	}
	a.trace("refreshing the token at %s", signIn.TokenEndpoint)
	// From here on the refresh token may be used up: a signal must not come between the answer and the keyring.
	sheltered := context.WithoutCancel(ctx)
	token, err := a.server.Refresh(sheltered, signIn.RefreshToken.Reveal())
	err = signIn.hide(err)
	switch {
	case errors.Is(err, ErrGrantEnded):
		return a.afterEnd(ctx, signIn, err)
	case err != nil:
		err = fmt.Errorf("could not renew the token: %w", err)
		a.keepFailure(sheltered, Failure{Why: err.Error(), Account: a.wanted(signIn)})
		return a.makeDo(signIn, err)
	}
	signIn.take(token, a.now())
	signIn.Bearer = a.server.Bearer
	return a.deliver(signIn, a.save(sheltered, signIn))
}

// afterEnd goes on after the server has refused the refresh token: with the token that still lives, or else by asking the
// person. The refresh token stays until they have signed in.
func (a *attempt) afterEnd(ctx context.Context, signIn *SignIn, why error) (*Credential, error) {
	a.trace("%v", why)
	a.ended = why
	signIn.Ended = &Ended{At: a.now(), Why: why.Error()}
	if err := a.save(context.WithoutCancel(ctx), signIn); err != nil {
		a.trace("%v", err)
	}
	if signIn.usable(a.now()) {
		return a.makeDo(signIn, why)
	}
	answer, err := a.ask(ctx, signIn)
	if errors.Is(err, ErrNobodyThere) {
		err = fmt.Errorf("%w, and %w", why, err)
	}
	return answer, err
}

// save writes back a sign-in that was changed, unless the person has logged out meanwhile.
func (a *attempt) save(ctx context.Context, signIn *SignIn) error {
	return a.update(ctx, a.request.Origin, func(record *Record) {
		for _, account := range record.Accounts {
			if account.SignIn != nil && account.SignIn.Account == signIn.Account {
				account.SignIn = signIn
			}
		}
	})
}

// deliver answers with a token that was just issued, also where the keyring did not take it.
func (a *attempt) deliver(signIn *SignIn, notKept error) (*Credential, error) {
	answer, err := signIn.answer(a.request, false)
	if err == nil && notKept != nil {
		err = fmt.Errorf("%w: %w", ErrNotKept, notKept)
	}
	return answer, err
}
