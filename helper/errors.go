package helper

import (
	"errors"
	"fmt"
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
	// ErrDotted: the host name ends in a dot. Git takes it for another host than the one without, and its servers may too.
	ErrDotted = errors.New("nobody is signed in to a host name that ends in a dot")
	// ErrUnencrypted: whoever is on the way to the host could read the token.
	ErrUnencrypted = errors.New("refusing to send a token")
	// ErrHeldTooLong: another process renews the same sign-in, and does not come to an end.
	ErrHeldTooLong = errors.New("another git process has held it for too long")
	// ErrUnreadable: what is stored was not written by this program, or is damaged. ErrNewer is one that a newer version has written,
	// and ErrUnreadableClient is about a registered client.
	ErrUnreadable       = errors.New("the stored record is not readable")
	ErrNewer            = fmt.Errorf("%w: a newer version of this program has written it", ErrUnreadable)
	ErrUnreadableClient = errors.New("the stored OAuth client is not readable")
	// ErrOnlyBearer: the server wants a bearer token, which git cannot send before version 2.46.
	ErrOnlyBearer = errors.New("the server takes only bearer tokens, which needs git 2.46 or later")
)

// A Noted is the failure of another process, which this one shares. Which of the errors it was, its text alone tells.
type Noted string

func (n Noted) Error() string { return string(n) }
