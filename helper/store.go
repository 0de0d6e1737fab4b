package helper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Store keeps a credential that has just worked, as git's store asks: one that a person typed, or that another
// helper gave. A token that this helper issued is not taken in, because git before 2.41 tells only half of what
// belongs to it, and a process that started earlier may bring one that has been replaced since. Our state[], with git
// 2.46 and later, or its fingerprint tells such a token without a look into the keyring.
func (h *Helper) Store(ctx context.Context, credential *Credential) error {
	credential = credential.withoutBasic()
	origin := credential.Origin
	secret, present := credential.secret()
	if origin == (Origin{}) || !present || credential.is("ephemeral") {
		return nil
	}
	fingerprint := fingerprintOf(secret)
	if credential.stateFingerprint() == fingerprint {
		return nil
	}
	if h.Fingerprints != nil && slices.Contains(strings.Fields(h.Fingerprints(origin.String())), fingerprint) {
		return nil
	}
	err := h.update(ctx, origin, func(record *Record) {
		if record.signInWith(fingerprint) == nil {
			record.keep(given(credential))
		}
	})
	if err != nil && origin.MayHaveToken() {
		// A token that was minted where nothing can be kept comes back here.
		if server, unknown := h.Server(ctx, credential, ""); unknown == nil && server.Mint != nil {
			return nil
		}
	}
	return err
}

// Fingerprints names the tokens that the sign-ins of a record have, or had lately. data is the record's item in the keyring.
// A token cannot be guessed from its fingerprint, so it is no secret.
func Fingerprints(data []byte) string {
	record, err := decodeRecord(data)
	if err != nil {
		return ""
	}
	var fingerprints []string
	for _, account := range record.Accounts {
		if account.SignIn != nil {
			fingerprints = append(fingerprints, account.SignIn.Fingerprints...)
		}
	}
	return strings.Join(fingerprints, " ")
}

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
	if errors.Is(err, errUnreadable) {
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
				return a.Given != nil && a.matches(credential) && a.holds(credential)
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
	case next != "" && h.Tell != nil:
		h.Tell(host + " has refused the token; the next git command " + next)
	}
	return nil
}

// signInWith returns the sign-in that issued a token, present or past, nil if none did.
func (r *Record) signInWith(fingerprint string) *SignIn {
	for _, account := range r.Accounts {
		if account.SignIn != nil && account.SignIn.had(fingerprint) {
			return account.SignIn
		}
	}
	return nil
}

// keep puts an account first, in the place of the one that it replaces.
func (r *Record) keep(account *Account) {
	r.Accounts = slices.DeleteFunc(r.Accounts, account.replaces)
	r.Accounts = slices.Insert(r.Accounts, 0, account)
}

// forget removes every account that the request matches, and what stood in the way of signing in again.
func (r *Record) forget(request *Credential) {
	r.Accounts = slices.DeleteFunc(r.Accounts, func(a *Account) bool { return a.matches(request) })
	r.Failure, r.SignedInFor = nil, ""
}
