package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/oauth2"
)

// begin obtains a token without what is stored. previous is the sign-in that ended, nil if there was none.
func (a *attempt) begin(ctx context.Context, previous *SignIn) (*Credential, error) {
	if a.server.Mint != nil && a.server.Confirm != nil && previous == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnconfirmed, a.request.Origin.Host())
	}
	if a.server.Mint != nil {
		return a.mint(ctx, previous)
	}
	return a.ask(ctx, previous)
}

// signIn asks the person. previous is the sign-in that ended, nil if there was none.
func (a *attempt) signIn(ctx context.Context, previous *SignIn) (*Credential, error) {
	wanted := a.wanted(previous)
	a.trace("signing in at %s", a.server.TokenEndpoint)
	if a.ended != nil && a.Warn != nil && a.server.SomebodyThere != nil && a.server.SomebodyThere() {
		a.Warn(a.ended)
	}
	token, who, err := a.askServer(ctx, wanted)
	// A signal must not come between the answer and the keyring here either.
	ctx = context.WithoutCancel(ctx)
	if errors.Is(err, ErrNobodyThere) {
		return a.makeDo(previous, err)
	}
	if err != nil {
		asked := !errors.Is(err, ErrNotAsked)
		a.keepFailure(ctx, Failure{Why: err.Error(), Asked: asked, Account: wanted})
		err = fmt.Errorf("%w: %w", ErrSignInFailed, err)
		if !asked {
			return a.makeDo(previous, err)
		}
		return quit(), err
	}
	signIn := a.newSignIn(cmp.Or(who, wanted), previous)
	signIn.take(token, a.now())
	if wanted != "" && !signIn.named(wanted) {
		other := fmt.Errorf("%w: %s, while the URL names %s", ErrOtherAccount, who, wanted)
		return quit(), errors.Join(other, a.keepSignIn(ctx, signIn, nil, &Failure{Why: other.Error(), Asked: true, Account: wanted}))
	}
	return a.deliver(signIn, a.keepSignIn(ctx, signIn, previous, nil))
}

// askServer asks the person, under a lock that tells so to the processes which can ask nobody.
func (a *attempt) askServer(ctx context.Context, wanted string) (token *oauth2.Token, who string, err error) {
	if a.server.SomebodyThere != nil {
		unlock, err := a.Keyring.Lock(ctx, asking(a.request.Origin))
		if err != nil {
			return nil, "", err
		}
		defer unlock()
	}
	return a.server.SignIn(ctx, wanted)
}

// newSignIn is to take the place of previous, which may be nil. What the git server did to the tokens before it still counts.
func (a *attempt) newSignIn(account string, previous *SignIn) *SignIn {
	signIn := &SignIn{
		Account:  account,
		Username: a.server.Username, AnyUsername: a.server.AnyUsername, TokenUsers: a.server.TokenUsers, FoldsNames: a.server.FoldsNames,
		TokenEndpoint: a.server.TokenEndpoint, ClientID: a.server.ClientID, Grant: a.server.Grant,
		Bearer: a.server.Bearer, Provider: a.server.Provider, RefreshEndsToken: a.server.RefreshEndsToken,
	}
	if previous != nil {
		signIn.Refusals, signIn.OnlyBearer = previous.Refusals, previous.OnlyBearer
	}
	return signIn
}

// wanted returns the account that the request asks for, "" if it names nobody. When git asks for the second time, it
// sends the name that we answered instead of the one in the URL.
func (a *attempt) wanted(previous *SignIn) string {
	username := a.request.Attributes.Get("username")
	if username != a.server.Username && !slices.Contains(a.server.TokenUsers, username) {
		return username
	}
	if previous != nil && previous.had(a.request.stateFingerprint()) {
		return previous.Account
	}
	return ""
}

// keepSignIn puts a new sign-in first, in the place of previous if that has ended, and clears away those that are of no use
// any more. failure is what was wrong with it all the same, nil if nothing was.
func (a *attempt) keepSignIn(ctx context.Context, signIn, previous *SignIn, failure *Failure) error {
	return a.update(ctx, a.request.Origin, func(record *Record) {
		record.Accounts = slices.DeleteFunc(record.Accounts, func(other *Account) bool {
			s := other.SignIn
			ended := s != nil && s.Ended != nil && previous != nil && s.Account == previous.Account
			return s != nil && (s.RefreshToken.IsZero() || ended) && !s.usable(a.now())
		})
		record.keep(&Account{SignIn: signIn})
		if a.server.SomebodyThere != nil {
			record.SignedInFor = a.caller().Command
		}
		if failure != nil {
			failure = a.failed(*failure, record.Failure)
		}
		record.Failure = failure
	})
}
