package helper

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/oauth2"
)

// Errors that a [Server] wraps to say what a failure means for the sign-in. Any other error is taken to be of the
// moment: the present token is used while it lives, and nothing is forgotten.
var (
	// ErrGrantEnded: the server accepts the refresh token no more. The person has to sign in again.
	ErrGrantEnded = errors.New("the sign-in has ended")
	// ErrClientRefused: the server does not know the client. The person has to be told, also while the token lives.
	ErrClientRefused = errors.New("the server refuses the OAuth client")
	// ErrNobodyThere: a sign-in is needed, and nobody can be asked. ErrNeverAsk is the same where the person has said so.
	ErrNobodyThere = errors.New("nobody can be asked to sign in")
	ErrNeverAsk    = fmt.Errorf("%w, as credential.interactive or the environment says", ErrNobodyThere)
	// ErrNotAsked: a sign-in failed before the person was asked for it, so that nobody has to be left alone now.
	ErrNotAsked = errors.New("nobody was asked to sign in")
)

// Errors of [Helper.Get] on which a caller can decide; each comes wrapped in one that says more.
var (
	// ErrSignInFailed: the person was asked, and it came to nothing.
	ErrSignInFailed = errors.New("sign-in failed")
	// ErrPaused: the person was asked not long ago, and did not sign in.
	ErrPaused = errors.New("not asking again so soon")
	// ErrUnconfirmed: only the host itself says that it has a forge's OAuth2 server, and nobody has said yes to it.
	ErrUnconfirmed = errors.New("nobody has said yet that git may sign in there")
	// ErrOneWindow: this git command has already had the person sign in at the origin.
	ErrOneWindow = errors.New("the same command has already asked to sign in there, and asks once")
	// ErrNotSetUp is what the error of a [Server] wraps where a sign-in lacks something that a person has not set yet. Until
	// then a password may do. Any other error of it is one that a password does not help against.
	ErrNotSetUp = errors.New("not set up yet")
	// ErrOtherAccount: the person signed in as somebody else than the URL names.
	ErrOtherAccount = errors.New("signed in as somebody else")
	// ErrNotKept: there is a token, but the keyring did not take it.
	ErrNotKept = errors.New("could not keep the sign-in")
	// ErrDotted: the host name ends in a dot. Git takes it for another host than the one without, and its servers may too.
	ErrDotted = errors.New("nobody is signed in to a host name that ends in a dot")
	// ErrOnlyBearer: the server wants a bearer token, which git cannot send before version 2.46.
	ErrOnlyBearer = errors.New("the server takes only bearer tokens, which needs git 2.46 or later")
)

// A Keyring keeps one record for each key; that of an origin is what [Origin.String] says.
type Keyring interface {
	// Get returns the record, or an error that wraps [fs.ErrNotExist] if there is none.
	Get(ctx context.Context, key string) ([]byte, error)
	// Update replaces the record by what change makes of it, with no other process in between. A missing record is
	// nil, and nil forgets it. An error of change is returned, and then nothing is written.
	Update(ctx context.Context, key string, change func(old []byte) ([]byte, error)) error
	// Lock keeps other processes from renewing or signing in at the same time. It does not hinder Update.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}

// A Server is the OAuth2 server of one git host, with the client that is registered there.
type Server struct {
	// TokenEndpoint and ClientID say where refresh tokens may go: only to the endpoint and client that issued them.
	TokenEndpoint, ClientID string
	// Username is what git has to send beside a token. If AnyUsername is set, the forge takes every name.
	Username    string
	AnyUsername bool
	// Nobody are user names in URLs that are nobody's, because the forge gives them to a kind of token. FoldsNames says
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

// A Helper answers git.
type Helper struct {
	Keyring Keyring
	// Server finds the OAuth2 server of a request. provider is the [Server.Provider] that a sign-in at the origin
	// remembers, "" if none does. An error that wraps [errors.ErrUnsupported] means that the host is not ours. It is
	// called only when no live token is stored.
	Server func(ctx context.Context, request *Credential, provider string) (*Server, error)
	// Fingerprints returns what [Fingerprints] made of the item of a key, which may be out of date. Nil: that is not kept.
	Fingerprints func(key string) string
	// Job is the process group, which all processes of one command typed in a shell share. 0: not known.
	Job int
	// Caller tells on whose behalf git asks. It is called only after a token was refused, or where a person is to be
	// asked. Nil: that is not known.
	Caller func() Caller
	// AtTerminal reports whether a person runs the command by hand and sees what it says. Who does is asked at once
	// after a sign-in that failed; anything in the background waits for a while. Nil: nobody does.
	AtTerminal func() bool
	// Tell shows a line to the person.
	Tell func(message string)
	// Warn shows an error that is not the end of it, and what helps against it. Nil: nobody is warned.
	Warn func(err error)
	// Trace writes a line about a step, without any secret. Nil: no trace.
	Trace func(format string, args ...any)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

func (h *Helper) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}

func (h *Helper) trace(format string, args ...any) {
	if h.Trace != nil {
		h.Trace(format, args...)
	}
}

// load reads the record of an origin; one that is not there is empty.
func (h *Helper) load(ctx context.Context, origin Origin) (*Record, error) {
	data, err := h.Keyring.Get(ctx, origin.String())
	if errors.Is(err, fs.ErrNotExist) {
		return &Record{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the record of %s: %w", origin, err)
	}
	return decodeRecord(data)
}

// update changes the record of an origin.
func (h *Helper) update(ctx context.Context, origin Origin, change func(*Record)) error {
	err := h.Keyring.Update(ctx, origin.String(), func(old []byte) ([]byte, error) {
		record, err := decodeRecord(old)
		if err != nil {
			return nil, err
		}
		change(record)
		return record.encode()
	})
	if err != nil {
		return fmt.Errorf("writing the record of %s: %w", origin, err)
	}
	return nil
}
