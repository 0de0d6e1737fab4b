package helper

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Store keeps a credential that has just worked, as git's store asks: one that a person typed, or that another
// helper gave. A token that this helper issued is not taken in, because git before 2.41 tells only half of what
// belongs to it, and a process that started earlier may bring one that has been replaced since. Our state[], with git
// 2.46 and later, or a note tells such a token without a look into the keyring.
func (h *Helper) Store(ctx context.Context, credential *Credential) error {
	origin := credential.Origin
	secret, present := credential.secret()
	if origin == (Origin{}) || !present || credential.is("ephemeral") {
		return nil
	}
	mark := fingerprint(secret)
	if credential.ownState() == mark || slices.Contains(strings.Fields(h.noted(origin)), mark) {
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

// Note names the tokens in a record, as it is kept, of which it is not worth knowing that they work: all but those that
// followed one which was refused at once. It tells nothing else of them.
func Note(data []byte) string {
	record, err := decodeRecord(data)
	if err != nil {
		return ""
	}
	var marks []string
	for _, account := range record.Accounts {
		if signIn := account.SignIn; signIn != nil && signIn.AccessToken != "" && signIn.Refused == 0 {
			marks = append(marks, fingerprint(signIn.AccessToken))
		}
	}
	return strings.Join(marks, " ")
}

// Erase forgets. With a secret it is git's word that the server refused that very secret: a given credential that
// holds it goes, and of a sign-in only the access token. A secret that is no longer the present one means nothing:
// another process has replaced it. Without a secret it is the person's wish to log out, and every match goes.
func (h *Helper) Erase(ctx context.Context, credential *Credential) error {
	origin := credential.Origin
	if origin == (Origin{}) {
		return nil
	}
	secret, refused := credential.secret()
	if refused {
		return h.update(ctx, origin, func(record *Record) { record.refuse(credential, secret, h.now()) })
	}
	err := h.update(ctx, origin, func(record *Record) { record.forget(credential) })
	if errors.Is(err, errUnreadable) {
		return h.Keyring.Update(ctx, origin.String(), func([]byte) ([]byte, error) { return nil, nil })
	}
	return err
}

// refuse forgets a secret that the git server does not take.
func (r *Record) refuse(credential *Credential, secret string, now time.Time) {
	mark := fingerprint(secret)
	if signIn := r.issuer(mark); signIn != nil {
		if signIn.present(mark) {
			signIn.drop(now)
		}
		return
	}
	r.Accounts = slices.DeleteFunc(r.Accounts, func(a *Account) bool {
		return a.Given != nil && a.matches(credential) && a.holds(credential)
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
