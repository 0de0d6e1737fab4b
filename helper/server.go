package helper

import (
	"context"
	"slices"

	"golang.org/x/oauth2"
)

// A Server is the OAuth2 server of one git host, with the client that is registered there.
type Server struct {
	// TokenEndpoint and ClientID say where refresh tokens may go: only to the endpoint and client that issued them.
	TokenEndpoint, ClientID string
	// Username is what git has to send beside a token. If AnyUsername is set, the forge takes every name.
	Username    string
	AnyUsername bool
	// TokenUsers are user names in URLs that are nobody's, because the forge gives them to a kind of token. FoldsNames says
	// that names which differ in the case of letters are the same person's.
	TokenUsers []string
	FoldsNames bool
	// Bearer says that git has to send tokens as bearer tokens where it can, also to a host that offers Basic.
	Bearer bool
	// Provider is how the forge was recognised where no setting says it, "" otherwise. The sign-in remembers it.
	Provider string
	// Confirm asks the person whether to sign in at a host which only itself says to be that forge: otherwise any host
	// could borrow the consent page of another one (RFC 9700, section 4.4). answered is false if nobody can be asked.
	// Nil: there is nothing to confirm.
	Confirm func(ctx context.Context) (yes, answered bool)
	// RefreshEndsToken says that a refresh ends the life of the token before it, under the hands of other git processes.
	RefreshEndsToken bool
	// Refresh obtains a new token by the refresh token (RFC 6749, section 6).
	Refresh func(ctx context.Context, refreshToken string) (*oauth2.Token, error)
	// SignIn asks the person, and returns the token and whose it is: "" where the forge does not say.
	// account is the name that the URL asks for, "" if it names nobody.
	SignIn func(ctx context.Context, account string) (token *oauth2.Token, who string, err error)
	// SomebodyThere reports whether SignIn could ask somebody. Nil: it needs nobody.
	SomebodyThere func() bool
	// Revoke ends the access token and the refresh token. An error that wraps [errors.ErrUnsupported] means that
	// the server cannot; nil is the same.
	Revoke func(ctx context.Context, token *oauth2.Token) error
	// Mint obtains a token without asking anybody, as often as one is needed. If it is set, it takes the place of
	// Refresh and SignIn.
	Mint func(ctx context.Context) (*oauth2.Token, error)
	// Grant names how tokens are obtained. A token that was minted is renewed only in the same way.
	Grant string
}

// issued reports whether a sign-in comes from this server and client, and so may be renewed there. A refresh token
// is never sent to a place that settings or a server have named since (RFC 9700, section 4.4).
func (s *Server) issued(signIn *SignIn) bool {
	return signIn.TokenEndpoint == s.TokenEndpoint && signIn.ClientID == s.ClientID
}

// asksNobody reports whether the server gives tokens without a word of any person, so that they need not be kept.
func (s *Server) asksNobody() bool { return s.Mint != nil && s.Confirm == nil }

// newSignIn is to take the place of previous, which may be nil. What the git server did to the tokens before it still counts.
func (s *Server) newSignIn(account string, previous *SignIn) *SignIn {
	signIn := &SignIn{
		Account:  account,
		Username: s.Username, AnyUsername: s.AnyUsername, TokenUsers: s.TokenUsers, FoldsNames: s.FoldsNames,
		TokenEndpoint: s.TokenEndpoint, ClientID: s.ClientID, Grant: s.Grant,
		Bearer: s.Bearer, Provider: s.Provider, RefreshEndsToken: s.RefreshEndsToken,
	}
	if previous != nil {
		signIn.Refusals, signIn.OnlyBearer = previous.Refusals, previous.OnlyBearer
	}
	return signIn
}

// wanted returns the account that a request asks for, "" if it names nobody. When git asks for the second time, it sends the
// name that we answered instead of the one in the URL: then it is the account of previous, the sign-in that it is about, nil
// if there is none.
func (s *Server) wanted(request *Credential, previous *SignIn) string {
	username := request.Attributes.Get("username")
	if username != s.Username && !slices.Contains(s.TokenUsers, username) {
		return username
	}
	if previous != nil && previous.had(request.stateFingerprint()) {
		return previous.Account
	}
	return ""
}
