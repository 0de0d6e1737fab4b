package helper

import (
	"context"
	"errors"
	"fmt"
)

// mint obtains a token that nobody has to be asked for. Nothing one-time is sent, so a signal may interrupt it.
// previous is the sign-in whose token has run out or was refused, nil if there is none.
func (a *attempt) mint(ctx context.Context, previous *SignIn) (*Credential, error) {
	wanted := a.server.wanted(a.request, previous)
	a.helper.trace("asking %s for a token by the grant %s", a.server.TokenEndpoint, a.server.Grant)
	token, err := a.server.Mint(ctx)
	if errors.Is(err, context.Canceled) {
		return quit(), err
	}
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		err = fmt.Errorf("could not obtain a token: %w", err)
		a.keepFailure(ctx, Failure{Why: err.Error(), Account: wanted})
		return a.helper.makeDo(a.request, previous, err)
	}
	signIn := previous
	if previous == nil || previous.Grant != a.server.Grant || !a.server.issued(previous) {
		signIn = a.server.newSignIn(wanted, previous)
	}
	signIn.take(token, a.helper.now())
	return a.deliver(signIn, a.keepSignIn(ctx, signIn, nil, nil))
}

// mintUnkept is mint where nothing can be kept, which this grant can do without. reason is why.
func (h *Helper) mintUnkept(ctx context.Context, request *Credential, server *Server, reason error) (*Credential, error) {
	h.trace("%v; a token is obtained all the same", reason)
	token, err := server.Mint(ctx)
	if err != nil {
		return quit(), errors.Join(fmt.Errorf("could not obtain a token: %w", err), reason)
	}
	signIn := server.newSignIn(server.wanted(request, nil), nil)
	signIn.take(token, h.now())
	return signIn.answer(request, false)
}
