package helper

import (
	"context"
	"time"
)

// A Helper answers git.
type Helper struct {
	Keyring Keyring
	// Server finds the OAuth2 server of a request. provider is the [Server.Provider] that a sign-in at the origin
	// remembers, "" if none does. An error that wraps [errors.ErrUnsupported] means that the host is not ours. A get
	// calls it only where no live token is stored.
	Server func(ctx context.Context, request *Credential, provider string) (*Server, error)
	// SignInsOnly says that credentials which were given by git's store are passed over, and stay.
	SignInsOnly bool
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
	// Tell shows a line to the person. Nil: nobody is told.
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

func (h *Helper) atTerminal() bool { return h.AtTerminal != nil && h.AtTerminal() }

func (h *Helper) tell(message string) {
	if h.Tell != nil {
		h.Tell(message)
	}
}

func (h *Helper) trace(format string, args ...any) {
	if h.Trace != nil {
		h.Trace(format, args...)
	}
}
