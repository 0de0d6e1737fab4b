package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Ask sends a request to the agent at a socket, and returns what git may be told: nothing if the agent does not serve the place.
// request is in git's own protocol, without an empty line.
//
// Errors are those of this package. ErrNoAgent, and every other that an agent has decided on, comes with an answer that has git quit
// instead of asking for a password.
func Ask(ctx context.Context, socket, verb string, request []byte) (answer []byte, err error) {
	said, err := parse(splitLines(request))
	if err != nil {
		return nil, err
	}
	text := wire(verb, said.only(requestable))
	if len(text) > maxMessage { // Any server can send headers that are this long.
		text = wire(verb, said.only(withoutHeaders))
	}
	conn, err := dial(ctx, socket)
	switch {
	case errors.Is(err, ErrNotTrusted):
		return quit, err
	case err != nil:
		return quit, fmt.Errorf("%w at %s: %w", ErrNoAgent, socket, withoutPath(err))
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })()
	received, err := exchange(conn, text)
	if err != nil {
		return quit, fmt.Errorf("%w at %s: %w", ErrNoAgent, socket, errors.Join(ctx.Err(), err))
	}
	return received.only(answerable).text(), errorOf(received)
}

// wire is a request as it is sent.
func wire(verb string, said attributes) []byte { return append([]byte(verb+"\n"), said.message()...) }

// quit is the answer where there is no agent.
var quit = []byte("quit=1\n")

// exchange sends a request and reads the answer, which can be there before the request is sent.
func exchange(pipe io.ReadWriter, request []byte) (attributes, error) {
	_, unsent := pipe.Write(request)
	lines, err := newReader(pipe).message()
	if err != nil {
		return nil, errors.Join(unsent, err)
	}
	return parse(lines)
}

// withoutPath leaves out of an error what is said beside it.
func withoutPath(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
