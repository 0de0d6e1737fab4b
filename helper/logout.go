package helper

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/oauth2"
)

// A Forgotten is a credential that [Helper.Logout] has taken out of the keyring.
type Forgotten struct {
	// Origin is where it was good, and Account whose it was, "" if that is not known.
	Origin  Origin
	Account string
	// Provider is the [Server.Provider] that went with a sign-in.
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
	if errors.Is(err, ErrUnreadable) {
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
