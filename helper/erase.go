package helper

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Erase forgets. With a secret it is git's word that the server refused that very secret: a given credential that
// holds it goes, and of a sign-in only the access token. A secret that is no longer the present one means nothing:
// another process has replaced it. Without a secret it is the person's wish to log out, and every match goes.
// The error is [ErrTokensRefused] if the server has refused the token that was to take the place of another.
func (h *Helper) Erase(ctx context.Context, credential *Credential) error {
	credential = credential.withoutBasic()
	origin := credential.Origin
	if origin == (Origin{}) {
		return nil
	}
	secret, refused := credential.secret()
	if refused {
		return h.eraseRefused(ctx, credential, secret)
	}
	err := h.update(ctx, origin, func(record *Record) { record.forget(credential) })
	if errors.Is(err, ErrUnreadable) {
		return h.Keyring.Update(ctx, origin.String(), func([]byte) ([]byte, error) { return nil, nil })
	}
	return err
}

// eraseRefused forgets a secret that the git server does not take. Git says no more than that, so the person is told of a
// token what comes of it.
func (h *Helper) eraseRefused(ctx context.Context, credential *Credential, secret string) error {
	fingerprint, host := fingerprintOf(secret), credential.Origin.Host()
	next, braked := "", false
	err := h.update(ctx, credential.Origin, func(record *Record) {
		signIn := record.signInWith(fingerprint)
		switch {
		case signIn == nil:
			record.Accounts = slices.DeleteFunc(record.Accounts, func(a *Account) bool {
				return a.Given != nil && !h.SignInsOnly && a.matches(credential) && a.holds(credential)
			})
		case !signIn.has(fingerprint):
		case onlyBearer(credential.WWWAuth) && credential.Attributes.Get("authtype") == "":
			signIn.OnlyBearer = true
		case !signIn.refuse(h.requester(credential), h.now()):
			braked = true
		case signIn.renewable():
			next = "gets another one"
		default:
			next = "signs in again"
		}
	})
	switch {
	case err != nil:
		return err
	case braked:
		return fmt.Errorf("%w: %s", ErrTokensRefused, host)
	case next != "":
		h.tell(host + " has refused the token; the next git command " + next)
	}
	return nil
}
