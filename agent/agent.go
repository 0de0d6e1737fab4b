// Package agent is the side that talks to sandboxes, containers and other machines: it lets git in there ask for a credential
// through a socket or a pipe, while the sign-in stays where the person is. It is for sign-ins what ssh-agent is for keys.
//
// An [Agent] decides who may ask what, and what may be answered. It has no credentials: [Agent.Answer] gives them, which command
// joins with the helper. [Ask] is the other end, and a [Relay] lies between the two where a socket does not pass.
//
// The protocol and what it promises are in docs/agent.md.
package agent

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"git-credential-grant/internal/secret"
)

// An Agent answers the requests that come through one socket or pipe.
type Agent struct {
	// Name is what the person calls whoever is inside. It is in the log.
	Name string
	// Allow are the places that credentials are given for. Nothing is allowed by default.
	Allow []Rule
	// Users are the user IDs that may ask, beside the one that runs the agent.
	Users []int
	// Answer gives the credential, in git's own protocol and without an empty line, nothing if there is none. An error that wraps
	// [ErrDenied] is the person's no. An answer and another error can come together, and then the answer counts.
	// The context ends when nobody waits for the answer any more.
	Answer func(ctx context.Context, request *Request) (answer []byte, err error)
	// Log keeps a line about an answer before it is given. If that fails, nothing is given. Nil: nothing is kept.
	Log func(Entry) error
	// Limits are those of the socket. The zero value is the usual one.
	Limits Limits
}

// A Request is one that may be answered. What it says was read once: it is what was checked.
type Request struct {
	// Verb is "get" or "erase".
	Verb string
	// Origin is the one of the [Rule], and Path what the request names, "" if nothing.
	Origin, Path string

	attributes attributes
}

// Text is the request in git's own protocol, without an empty line. Nothing but what [Agent] lets through is in it.
func (r *Request) Text() []byte { return r.attributes.text() }

// Serve answers what comes through a socket until ctx ends, and closes the listener then. The error is nil if that is why it
// ended.
func (a *Agent) Serve(ctx context.Context, listener *net.UnixListener) error {
	d := door{limits: a.Limits.orUsual(), users: append(slices.Clone(a.Users), os.Geteuid()), answer: a.reply, refused: a.refused}
	return d.serve(ctx, listener)
}

// ServePipe answers the requests that come one after the other through a pipe, until that or ctx ends. Who is at its other end
// was decided by whoever has made the pipe.
func (a *Agent) ServePipe(ctx context.Context, pipe io.ReadWriter) error {
	d := door{refused: a.refused, noted: budget{perMinute: notedRefusals}, budget: budget{perMinute: a.Limits.orUsual().PerMinute}}
	from := newReader(pipe)
	for ctx.Err() == nil {
		request, err := from.message()
		var answer attributes
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			// Where the next request would begin is not known.
			_, unwritten := pipe.Write(d.refuse(err).message())
			return errors.Join(err, unwritten)
		case d.budget.take(time.Now()):
			answer = a.reply(ctx, request)
		default:
			answer = d.refuse(ErrBusy)
		}
		if _, err := pipe.Write(answer.message()); err != nil {
			return err
		}
	}
	return nil
}

// reply is the answer to the lines of a request.
func (a *Agent) reply(ctx context.Context, lines []string) attributes {
	entry := Entry{Time: time.Now(), Agent: a.Name}
	answer, err := a.decide(ctx, lines, &entry)
	entry.Token = answer.fingerprint()
	switch {
	case entry.Token != "":
		entry.Outcome = "answered"
	case err != nil:
		answer, entry.Outcome = append(answer, answerTo(err)...), codeOf(err)
	case entry.Outcome == "":
		entry.Outcome = "nothing"
	}
	if a.Log != nil && a.Log(entry) != nil {
		return answerTo(ErrFailed)
	}
	return answer
}

// refused notes an answer to what is no request, or came at a bad time.
func (a *Agent) refused(why error) attributes {
	if a.Log != nil {
		a.Log(Entry{Time: time.Now(), Agent: a.Name, Outcome: codeOf(why)})
	}
	return answerTo(why)
}

// decide finds the answer, and notes what it is about.
func (a *Agent) decide(ctx context.Context, lines []string, entry *Entry) (attributes, error) {
	verb, said, err := parseRequest(lines)
	if err != nil {
		return nil, err
	}
	entry.Verb = verb
	if verb == "capability" {
		return capabilities, nil
	}
	request, err := allowed(a.Allow, verb, said)
	switch {
	case err != nil:
		return nil, err
	case request == nil:
		entry.Outcome = "not-served"
		return nil, nil
	}
	entry.Origin, entry.Path = request.Origin, request.Path
	switch {
	case verb == "store":
		return nil, nil
	case verb == "erase" && request.attributes.secret().IsZero():
		return nil, ErrNotAllowed
	}
	return a.ask(ctx, request)
}

// ask gets the answer to a request that is allowed, and lets only that through which may leave.
func (a *Agent) ask(ctx context.Context, request *Request) (attributes, error) {
	text, err := a.Answer(ctx, request)
	answer, unreadable := parse(splitLines(text))
	answer = answer.only(answerable)
	if unreadable != nil || len(answer.message()) > maxMessage {
		return nil, ErrFailed
	}
	if request.Verb != "get" {
		return nil, err
	}
	return answer, err
}

// capabilities are those of git's protocol that pass through an agent.
var capabilities = attributes{{"capability[]", secret.New("authtype")}, {"capability[]", secret.New("state")}}
