package agent

import (
	"errors"

	"git-credential-grant/internal/secret"
)

// Errors of [Listen], [Ask] and, where it says so, of [Agent.Answer]. Those that an agent can answer with are told by a word.
var (
	// ErrNoAgent: nobody listens at the socket, or whoever did has gone.
	ErrNoAgent = errors.New("no agent answers")
	// ErrNotTrusted: the socket is where somebody else can have put it.
	ErrNotTrusted = errors.New("the agent's socket may be somebody else's")
	// ErrShared: the directory of a socket is open to others. ErrInUse: somebody listens at it. ErrNoSocket: it is another file.
	ErrShared   = errors.New("a socket has to be in a directory of your own that nobody else can enter")
	ErrInUse    = errors.New("somebody answers already at the socket")
	ErrNoSocket = errors.New("what is there is no socket")
	// ErrActivated: the socket that the system hands over is none that [Listen] could have made.
	ErrActivated = errors.New("the socket that was handed over cannot be used")
	// ErrPathNeeded: only some paths of the host are allowed, and git has not told which one it is about.
	ErrPathNeeded = errors.New("the agent serves only some repositories of the host, and git does not say which one it asks for")
	// ErrNotAllowed: whoever asks may not ask that.
	ErrNotAllowed = errors.New("the agent does not allow that")
	// ErrDenied: the person has said no.
	ErrDenied = errors.New("the agent's owner has said no")
	// ErrBusy: too many ask at once, or have asked within a minute.
	ErrBusy = errors.New("the agent has too much to do")
	// ErrMalformed and ErrTooLarge: what was sent is no request, or no answer, of the protocol.
	ErrMalformed = errors.New("what was sent to the agent or by it is not of git's credential protocol")
	ErrTooLarge  = errors.New("more than 64 KiB were sent to the agent or by it")
	// ErrFailed: there is no credential to be had, for a reason that the person is told where the agent runs.
	ErrFailed = errors.New("the agent could not get a credential; it says why where it runs")
)

// codes are the words for errors in an answer.
var codes = []struct {
	word string
	err  error
}{
	{"path-needed", ErrPathNeeded},
	{"not-allowed", ErrNotAllowed},
	{"denied", ErrDenied},
	{"busy", ErrBusy},
	{"malformed", ErrMalformed},
	{"too-large", ErrTooLarge},
	{"failed", ErrFailed},
}

// codeOf is the word for an error. What is none of the above stays here: its text may name places and files.
func codeOf(err error) string {
	for _, code := range codes {
		if errors.Is(err, code.err) {
			return code.word
		}
	}
	return "failed"
}

// answerTo is the answer that tells an error. Git does not know the attribute error, and passes over it. Git goes on to its next
// helper, and to a prompt, only where the agent has failed as a helper of its own would have: without the word quit.
func answerTo(err error) attributes {
	word := codeOf(err)
	if word == "failed" {
		return attributes{{"error", secret.New(word)}}
	}
	return attributes{{"quit", secret.New("1")}, {"error", secret.New(word)}}
}

// errorOf is the error that an answer tells, nil if none.
func errorOf(answer attributes) error {
	word := answer.get("error")
	for _, code := range codes {
		if word == code.word {
			return code.err
		}
	}
	if word != "" {
		return ErrFailed
	}
	return nil
}
