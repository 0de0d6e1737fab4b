package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/oauth2"
)

// An attempt obtains a token that the store does not have. It holds the lock of the origin.
type attempt struct {
	*Helper
	origin  string
	request *Credential
	server  *Server
	failure *Failure // that of the last attempt, nil if it did not fail
}

// obtain takes what another process obtained while this one waited for the lock, or else renews the sign-in, or else
// asks the person. before is the record as it was before the wait.
func (a *attempt) obtain(ctx context.Context, before *Record) (*Credential, error) {
	record, err := a.load(ctx, a.origin)
	if err != nil {
		return nil, err
	}
	a.failure = record.Failure
	signIn := record.signIn(a.request, a.now())
	if a.shares(record.Failure, before.Failure, a.wanted(signIn)) {
		return a.share(record.Failure, signIn)
	}
	if answer, err := a.fromStore(record, a.request); answer != nil || err != nil {
		return answer, err
	}
	if signIn == nil {
		return a.begin(ctx, nil)
	}
	seen := before.signIn(a.request, a.now())
	renewed := seen == nil || seen.AccessToken != signIn.AccessToken
	if renewed && signIn.usable(a.now()) && !signIn.present(a.request.mark()) {
		a.trace("another process has just renewed the token")
		return signIn.answer(a.request, true)
	}
	return a.renew(ctx, signIn)
}

// signIn returns the sign-in that the request means, nil if there is none.
func (r *Record) signIn(request *Credential, now time.Time) *SignIn {
	if account := r.find(request, now); account != nil {
		return account.SignIn
	}
	return nil
}

// share fails as the process failed that this one waited for, so that they do not all try in turn.
func (a *attempt) share(failure *Failure, signIn *SignIn) (*Credential, error) {
	if failure.Asked {
		return quit(), fmt.Errorf("%w in another git process: %s", ErrSignInFailed, failure.Why)
	}
	if signIn != nil && signIn.present(a.request.mark()) {
		// The other process could not renew the token, and the git server has refused it to this one too.
		signIn.drop(a.now())
	}
	return a.presentToken(signIn, errors.New(failure.Why))
}

// renew puts a new token in the place of one that has run out or that the git server has refused.
func (a *attempt) renew(ctx context.Context, signIn *SignIn) (*Credential, error) {
	switch {
	case signIn.present(a.request.mark()):
		a.trace("the git server has refused the token")
		signIn.drop(a.now())
	case signIn.AccessToken != "":
		signIn.Refused = 0
	}
	if signIn.exhausted() {
		return quit(), errors.Join(ErrTokensRefused, a.save(ctx, signIn))
	}
	if a.server.Mint != nil || signIn.RefreshToken == "" || !a.server.issued(signIn) {
		return a.begin(ctx, signIn)
	}
	a.trace("refreshing the token at %s", signIn.TokenEndpoint)
	// From here on the refresh token may be used up: a signal must not come between the answer and the keyring.
	sheltered := context.WithoutCancel(ctx)
	token, err := a.server.Refresh(sheltered, signIn.RefreshToken)
	switch {
	case errors.Is(err, ErrGrantEnded):
		a.trace("%v", err)
		signIn.RefreshToken = ""
		if err := a.save(sheltered, signIn); err != nil {
			a.trace("%v", err)
		}
		return a.ask(ctx, signIn)
	case err != nil:
		err = fmt.Errorf("could not renew the token: %w", err)
		a.note(sheltered, Failure{Why: err.Error(), Account: a.wanted(signIn)})
		return a.presentToken(signIn, err)
	}
	signIn.take(token, a.now())
	signIn.Bearer = a.server.Bearer
	return a.deliver(signIn, a.save(sheltered, signIn))
}

// issued reports whether a sign-in comes from this server and client, and so may be renewed there. A refresh token
// is never sent to a place that settings or a server have named since (RFC 9700, section 4.4).
func (s *Server) issued(signIn *SignIn) bool {
	return signIn.TokenEndpoint == s.TokenEndpoint && signIn.ClientID == s.ClientID
}

// save writes back a sign-in that was changed, unless the person has logged out meanwhile.
func (a *attempt) save(ctx context.Context, signIn *SignIn) error {
	return a.update(ctx, a.origin, func(record *Record) {
		for _, account := range record.Accounts {
			if account.SignIn != nil && account.SignIn.Account == signIn.Account {
				account.SignIn = signIn
			}
		}
	})
}

// deliver answers with a token that was just issued, also where the keyring did not take it.
func (a *attempt) deliver(signIn *SignIn, notKept error) (*Credential, error) {
	answer, err := signIn.answer(a.request, false)
	if err == nil && notKept != nil {
		err = fmt.Errorf("%w: %w", ErrNotKept, notKept)
	}
	return answer, err
}

// presentToken makes do with the token that there is, if it still lives, and then tells only what the person has to
// mend. Otherwise it fails with the reason; a password would not help, so git shall not ask for one, unless the host
// may have another way in because nobody has signed in there yet.
func (a *attempt) presentToken(signIn *SignIn, reason error) (*Credential, error) {
	usable := signIn.usable(a.now())
	switch {
	case !usable && errors.Is(reason, ErrNobodyThere):
		return nil, reason
	case !usable:
		return quit(), reason
	}
	a.trace("%v; using the present token", reason)
	answer, err := signIn.answer(a.request, true)
	if err == nil && errors.Is(reason, ErrClientRefused) {
		err = reason
	}
	return answer, err
}

// begin obtains a token without what is stored. previous is the sign-in that ended, nil if there was none.
func (a *attempt) begin(ctx context.Context, previous *SignIn) (*Credential, error) {
	if a.server.Mint != nil {
		return a.mint(ctx, previous)
	}
	return a.ask(ctx, previous)
}

// signIn asks the person. previous is the sign-in that ended, nil if there was none.
func (a *attempt) signIn(ctx context.Context, previous *SignIn) (*Credential, error) {
	wanted := a.wanted(previous)
	a.trace("signing in at %s", a.server.TokenEndpoint)
	token, who, err := a.askServer(ctx, wanted)
	// A signal must not come between the answer and the keyring here either.
	ctx = context.WithoutCancel(ctx)
	if errors.Is(err, ErrNobodyThere) {
		return a.presentToken(previous, err)
	}
	if err != nil {
		a.note(ctx, Failure{Why: err.Error(), Asked: true, Account: wanted})
		return quit(), fmt.Errorf("%w: %w", ErrSignInFailed, err)
	}
	signIn := a.newSignIn(cmp.Or(who, wanted), previous)
	signIn.take(token, a.now())
	notKept := a.keepSignIn(ctx, signIn)
	if wanted != "" && signIn.Account != wanted {
		return quit(), errors.Join(fmt.Errorf("%w: %s, while the URL names %s", ErrOtherAccount, who, wanted), notKept)
	}
	return a.deliver(signIn, notKept)
}

// askServer asks the person, under a lock that tells so to the processes which can ask nobody.
func (a *attempt) askServer(ctx context.Context, wanted string) (token *oauth2.Token, who string, err error) {
	if a.server.SomebodyThere != nil {
		unlock, err := a.Keyring.Lock(ctx, asking(a.origin))
		if err != nil {
			return nil, "", err
		}
		defer unlock()
	}
	return a.server.SignIn(ctx, wanted)
}

// newSignIn takes the place of previous, which may be nil. What the git server did to the tokens before it still counts.
func (a *attempt) newSignIn(account string, previous *SignIn) *SignIn {
	signIn := &SignIn{
		Account:  account,
		Username: a.server.Username, AnyUsername: a.server.AnyUsername,
		TokenEndpoint: a.server.TokenEndpoint, ClientID: a.server.ClientID, Grant: a.server.Grant,
		Bearer: a.server.Bearer, Provider: a.server.Provider, RefreshEndsToken: a.server.RefreshEndsToken,
	}
	if previous != nil {
		signIn.Refused = previous.Refused
	}
	return signIn
}

// wanted returns the account that the request asks for, "" if it names nobody. When git asks for the second time, it
// sends the name that we answered instead of the one in the URL.
func (a *attempt) wanted(previous *SignIn) string {
	username := a.request.Attributes["username"]
	if username != a.server.Username {
		return username
	}
	if previous != nil && previous.issued(a.request.mark()) {
		return previous.Account
	}
	return ""
}

// keepSignIn puts a new sign-in first, and clears away those that are of no use any more.
func (a *attempt) keepSignIn(ctx context.Context, signIn *SignIn) error {
	return a.update(ctx, a.origin, func(record *Record) {
		record.Accounts = slices.DeleteFunc(record.Accounts, func(other *Account) bool {
			return other.SignIn != nil && other.SignIn.RefreshToken == "" && !other.SignIn.usable(a.now())
		})
		record.keep(&Account{SignIn: signIn})
		record.Failure = nil
	})
}

// note keeps a failure for the processes that wait for the lock.
func (a *attempt) note(ctx context.Context, failure Failure) {
	failure.At, failure.Job = a.now(), a.Job
	err := a.update(ctx, a.origin, func(record *Record) {
		failure.pause(record.Failure)
		record.Failure = &failure
	})
	if err != nil {
		a.trace("%v", err)
	}
}

// shares reports whether a failure is that of a process which this one waited for, or of one that belongs to the same
// command: git fetch -j and git submodule start their processes one after the other.
// account is the name that this process asks for.
func (a *attempt) shares(failure, before *Failure, account string) bool {
	if failure == nil || failure.Account != account {
		return false
	}
	waited := before == nil || !failure.At.Equal(before.At)
	sibling := failure.Asked && failure.Job != 0 && failure.Job == a.Job && a.now().Sub(failure.At) < siblingPause
	return waited || sibling
}

// quit is the answer that makes git stop instead of prompting for a password.
func quit() *Credential { return &Credential{Attributes: map[string]string{"quit": "1"}} }
