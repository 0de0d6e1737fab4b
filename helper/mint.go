package helper

import (
	"context"
	"errors"
	"fmt"
)

// mint obtains a token that nobody has to be asked for. Nothing one-time is sent, so a signal may interrupt it.
// previous is the sign-in whose token has run out or was refused, nil if there is none.
func (a *attempt) mint(ctx context.Context, previous *SignIn) (*Credential, error) {
	wanted := a.wanted(previous)
	a.trace("asking %s for a token by the grant %s", a.server.TokenEndpoint, a.server.Grant)
	token, err := a.server.Mint(ctx)
	if errors.Is(err, context.Canceled) {
		return quit(), err
	}
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		err = fmt.Errorf("could not obtain a token: %w", err)
		a.keepFailure(ctx, Failure{Why: err.Error(), Account: wanted})
		return a.makeDo(previous, err)
	}
	signIn := previous
	if previous == nil || previous.Grant != a.server.Grant || !a.server.issued(previous) {
		signIn = a.newSignIn(wanted, previous)
	}
	signIn.take(token, a.now())
	return a.deliver(signIn, a.keepSignIn(ctx, signIn, nil, nil))
}

// mintUnkept is mint where nothing can be kept, which this grant can do without. reason is why.
func (a *attempt) mintUnkept(ctx context.Context, reason error) (*Credential, error) {
	a.trace("%v; a token is obtained all the same", reason)
	token, err := a.server.Mint(ctx)
	if err != nil {
		return quit(), errors.Join(fmt.Errorf("could not obtain a token: %w", err), reason)
	}
	signIn := a.newSignIn(a.wanted(nil), nil)
	signIn.take(token, a.now())
	return signIn.answer(a.request, false)
}
