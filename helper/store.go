package helper

import (
	"context"
	"slices"
)

// Store keeps a credential that has just worked, as git's store asks: one that a person typed, or that another
// helper gave. A token that this helper issued is not taken in, because git before 2.41 tells only half of what
// belongs to it, and a process that started earlier may bring one that has been replaced since. With git 2.46 and
// later, our state[] tells such a token without a look into the keyring.
func (h *Helper) Store(ctx context.Context, credential *Credential) error {
	origin := credential.Origin()
	secret, present := credential.secret()
	if origin == "" || !present || credential.is("ephemeral") {
		return nil
	}
	mark := fingerprint(secret)
	if credential.ownState() == mark {
		return nil
	}
	return h.update(ctx, origin, func(record *Record) {
		switch signIn := record.issuer(mark); {
		case signIn == nil:
			record.keep(given(credential))
		case signIn.present(mark):
			signIn.Refused = 0
		}
	})
}

// Erase forgets. With a secret it is git's word that the server refused that very secret: a given credential that
// holds it goes, and of a sign-in only the access token. A secret that is no longer the present one means nothing:
// another process has replaced it. Without a secret it is the person's wish to log out, and every match goes.
func (h *Helper) Erase(ctx context.Context, credential *Credential) error {
	origin := credential.Origin()
	if origin == "" {
		return nil
	}
	return h.update(ctx, origin, func(record *Record) {
		secret, present := credential.secret()
		if !present {
			record.forget(credential)
			return
		}
		if signIn := record.issuer(fingerprint(secret)); signIn != nil {
			if signIn.present(fingerprint(secret)) {
				signIn.drop(h.now())
			}
			return
		}
		record.Accounts = slices.DeleteFunc(record.Accounts, func(a *Account) bool {
			return a.Given != nil && a.matches(credential) && a.holds(credential)
		})
	})
}

// issuer returns the sign-in that issued a token, present or past, nil if none did.
func (r *Record) issuer(mark string) *SignIn {
	for _, account := range r.Accounts {
		if account.SignIn != nil && account.SignIn.issued(mark) {
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
	r.Failure = nil
}
