package helper

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// A Record is what the keyring holds for one origin. It is one item, so that get is one read.
type Record struct {
	// Format is 0. A later program that keeps what this one would lose, writes a higher one, which this one does not touch.
	Format int `json:"format,omitempty"`
	// Accounts are the credentials of the origin, the one that came last first.
	Accounts []*Account `json:"accounts,omitempty"`
	// Failure is how the last attempt to renew or to sign in ended, if it failed. Processes that waited for it
	// fail with it.
	Failure *Failure `json:"failure,omitempty"`
	// SignedInFor is the git command in which the person last signed in; see [Caller.Command].
	SignedInFor string `json:"signed_in_for,omitempty"`
}

// decodeRecord reads what encode wrote; data is nil where nothing is stored.
func decodeRecord(data []byte) (*Record, error) {
	record := &Record{}
	if data == nil {
		return record, nil
	}
	if err := json.Unmarshal(data, record); err != nil {
		return nil, fmt.Errorf("%w (%d bytes)", ErrUnreadable, len(data))
	}
	if record.Format != 0 {
		return nil, ErrNewer
	}
	record.Accounts = slices.DeleteFunc(record.Accounts, func(a *Account) bool {
		return a == nil || (a.SignIn == nil) == (len(a.Given) == 0)
	})
	return record, nil
}

// encode returns nil for a record that holds nothing, which means: forget the item.
func (r *Record) encode() ([]byte, error) {
	if len(r.Accounts) == 0 && r.Failure == nil {
		return nil, nil
	}
	return json.Marshal(r)
}

// provider is the Provider that a sign-in remembers, or any other one of the origin: what the host is does not depend on
// who signs in. signIn is nil if there is none for the request.
func (r *Record) provider(signIn *SignIn) string {
	if signIn != nil {
		return signIn.Provider
	}
	for _, account := range r.Accounts {
		if account.SignIn != nil && account.SignIn.Provider != "" {
			return account.SignIn.Provider
		}
	}
	return ""
}

// signIn returns the sign-in that the request means, nil if there is none.
func (r *Record) signIn(request *Credential, now time.Time) *SignIn {
	if account := r.find(request, now); account != nil {
		return account.SignIn
	}
	return nil
}

// find returns the account that the request means: the one whose token the server has just refused,
// or else the first that matches. A credential that was given under the very name that is asked for comes before a sign-in
// for which that name is nobody's. A given one that has expired is passed over.
func (r *Record) find(request *Credential, now time.Time) *Account {
	for _, account := range r.Accounts {
		if account.SignIn != nil && account.SignIn.had(request.stateFingerprint()) {
			return account
		}
	}
	username, named := request.Attributes.Lookup("username")
	var found *Account
	for _, account := range r.Accounts {
		switch {
		case !account.matches(request) || account.Given != nil && !account.answers(request, now):
		case found == nil, account.Given != nil && named && found.SignIn != nil && !found.SignIn.named(username):
			found = account
		}
	}
	return found
}

// signInWith returns the sign-in that has the token of a fingerprint, or had it lately, nil if there is none.
func (r *Record) signInWith(fingerprint string) *SignIn {
	for _, account := range r.Accounts {
		if account.SignIn != nil && account.SignIn.had(fingerprint) {
			return account.SignIn
		}
	}
	return nil
}

// clear takes out the sign-ins that are of no use any more: their token lives no longer, and they cannot be renewed. Of those
// that have a refresh token this is sure only of previous, which may be nil, if it has ended and the person signs in instead.
func (r *Record) clear(previous *SignIn, now time.Time) {
	r.Accounts = slices.DeleteFunc(r.Accounts, func(account *Account) bool {
		s := account.SignIn
		ended := s != nil && s.Ended != nil && previous != nil && s.Account == previous.Account
		return s != nil && (s.RefreshToken.IsZero() || ended) && !s.usable(now)
	})
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
