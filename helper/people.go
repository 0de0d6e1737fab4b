package helper

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/oauth2"
)

// ErrNotSignedIn: there is no sign-in that a token could come from.
var ErrNotSignedIn = errors.New("not signed in")

// Login signs a person in now, whatever is stored, and returns the account, "" if its name is not known. It ends every
// pause: what stood in the way of asking is forgotten first. A sign-in of the same account is replaced.
// The error wraps [errors.ErrUnsupported] if the host is not ours, and is otherwise one of those of [Helper.Get].
func (h *Helper) Login(ctx context.Context, request *Credential) (account string, err error) {
	origin := request.Origin
	if !origin.MayHaveToken() {
		return "", fmt.Errorf("refusing to send a token to %s, which is not encrypted", origin)
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
	if _, err := (&attempt{Helper: h, request: request, server: server}).begin(ctx, nil); err != nil {
		return "", err
	}
	record, err = h.load(ctx, origin)
	if err != nil || len(record.Accounts) == 0 || record.Accounts[0].SignIn == nil {
		return "", err
	}
	return record.Accounts[0].SignIn.Account, nil
}

// Token returns a live access token, renewed if it has to be. The error is [ErrNotSignedIn] if there is nothing to
// renew and the [Server] says [ErrNobodyThere], and is otherwise one of those of [Helper.Get].
func (h *Helper) Token(ctx context.Context, request *Credential) (string, error) {
	answer, err := h.Get(ctx, request)
	if errors.Is(err, ErrNobodyThere) || errors.Is(err, ErrPaused) {
		return "", ErrNotSignedIn
	}
	if err != nil {
		return "", err
	}
	record, err := h.load(ctx, request.Origin)
	if err != nil {
		return "", err
	}
	// A password that git's store has brought is an answer for git, and no token.
	if answer == nil || record.signInWith(fingerprintOf(answer.Attributes.Get("password"))) == nil {
		return "", ErrNotSignedIn
	}
	return answer.Attributes.Get("password"), nil
}

// A Forgotten is a credential that [Helper.Logout] has taken out of the keyring.
type Forgotten struct {
	// Origin is where it was good, and Account whose it was, "" if that is not known.
	Origin  Origin
	Account string
	// Provider is what a sign-in remembers; see [Server].
	Provider string
	// SignIn tells a sign-in from a credential that git's store had brought.
	SignIn bool
	// NotRevoked is why the server still honours the tokens of a sign-in, nil if it does not: it wraps
	// [errors.ErrUnsupported] where the server has no way to revoke them.
	NotRevoked error
}

// Logout forgets every credential that the request matches, and then has the server revoke the tokens of the
// sign-ins. It is that way round because the server may be out of reach, or slow, and the person may press Ctrl-C:
// nothing shall stay on this machine then.
func (h *Helper) Logout(ctx context.Context, request *Credential) ([]Forgotten, error) {
	var gone []*Account
	err := h.update(ctx, request.Origin, func(record *Record) {
		gone = slices.Clone(record.Accounts)
		record.forget(request)
		gone = slices.DeleteFunc(gone, func(a *Account) bool { return slices.Contains(record.Accounts, a) })
	})
	if errors.Is(err, errUnreadable) {
		return []Forgotten{{Origin: request.Origin}}, h.Erase(ctx, request)
	}
	if err != nil {
		return nil, err
	}
	var forgotten []Forgotten
	for _, account := range gone {
		forgotten = append(forgotten, h.forgotten(ctx, request, account))
	}
	return forgotten, nil
}

func (h *Helper) forgotten(ctx context.Context, request *Credential, account *Account) Forgotten {
	if account.SignIn == nil {
		return Forgotten{Origin: request.Origin, Account: account.Given.Get("username")}
	}
	return Forgotten{
		Origin: request.Origin, Account: account.SignIn.Account,
		SignIn: true, Provider: account.SignIn.Provider, NotRevoked: h.revoke(ctx, request, account.SignIn),
	}
}

// revoke ends the tokens of a sign-in where they come from, and tells nobody else of them.
func (h *Helper) revoke(ctx context.Context, request *Credential, signIn *SignIn) error {
	server, err := h.Server(ctx, request, signIn.Provider)
	switch {
	case err != nil:
		return err
	case !server.issued(signIn):
		return errors.New("the settings now name another server or client than the one that issued the tokens")
	case server.Revoke == nil:
		return errors.ErrUnsupported
	}
	h.trace("revoking the tokens of %s", signIn.TokenEndpoint)
	return server.Revoke(ctx, &oauth2.Token{AccessToken: signIn.AccessToken.Reveal(), RefreshToken: signIn.RefreshToken.Reveal()})
}
