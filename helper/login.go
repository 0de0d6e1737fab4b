package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// ErrNotSignedIn: there is no sign-in that a token could come from.
var ErrNotSignedIn = errors.New("not signed in")

// Login signs a person in now, whatever is stored, and returns the account, "" if its name is not known. It ends every
// pause: what stood in the way of asking is forgotten first. A sign-in of the same account is replaced.
// The error wraps [errors.ErrUnsupported] if the host is not ours, and is otherwise one of those of [Helper.Get].
func (h *Helper) Login(ctx context.Context, request *Credential) (account string, err error) {
	origin := request.Origin
	if !origin.MayHaveToken() {
		return "", fmt.Errorf("%w to %s, which is not encrypted", ErrUnencrypted, origin)
	}
	record, err := h.load(ctx, origin)
	if err != nil {
		return "", err
	}
	server, err := h.Server(ctx, request, record.provider(record.signIn(request, h.now())))
	if err != nil {
		return "", err
	}
	unlock, err := h.lock(ctx, origin, server)
	if err != nil {
		return "", err
	}
	defer unlock()
	if err := h.update(ctx, origin, func(record *Record) { record.Failure = nil }); err != nil {
		return "", err
	}
	if _, err := (&attempt{h, request, server, &Record{}}).begin(ctx, nil); err != nil {
		return "", err
	}
	record, err = h.load(ctx, origin)
	if err != nil || len(record.Accounts) == 0 || record.Accounts[0].SignIn == nil {
		return "", err
	}
	return record.Accounts[0].SignIn.Account, nil
}

// Token returns a live access token, renewed if it has to be, and the sign-in that it is of. The error is [ErrNotSignedIn]
// if there is nothing to renew and the [Server] says [ErrNobodyThere], and is otherwise one of those of [Helper.Get].
func (h *Helper) Token(ctx context.Context, request *Credential) (token string, of Status, err error) {
	answer, err := h.Get(ctx, request)
	if errors.Is(err, ErrNobodyThere) || errors.Is(err, ErrPaused) {
		return "", Status{}, ErrNotSignedIn
	}
	if err != nil {
		return "", Status{}, err
	}
	record, err := h.load(ctx, request.Origin)
	if err != nil {
		return "", Status{}, err
	}
	// A password that git's store has brought is an answer for git, and no token.
	if answer == nil {
		return "", Status{}, ErrNotSignedIn
	}
	token = answer.Attributes.Get("password")
	signIn := record.signInWith(fingerprintOf(token))
	if signIn == nil {
		return "", Status{}, ErrNotSignedIn
	}
	// Another process may have renewed it meanwhile: the expiry is that of the later one.
	return cmp.Or(signIn.AccessToken.Reveal(), token), signIn.status(request.Origin, record.Failure, h.now()), nil
}
