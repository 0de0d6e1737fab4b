package agent

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
)

// A Relay hands the requests that come through a socket to an agent at the other end of a pipe, one after the other, and its answers
// back. It decides nothing but who may ask, and keeps nothing.
type Relay struct {
	// Pipe leads to [Agent.ServePipe].
	Pipe io.ReadWriter
	// Limits are those of the socket. The zero value is the usual one.
	Limits Limits
}

// Serve relays until life or the pipe ends, and closes the listener then. The error is nil if life has ended.
func (r *Relay) Serve(life context.Context, listener *net.UnixListener) error {
	ctx, cancel := context.WithCancelCause(life)
	defer cancel(nil)
	line := make(chan exchanged)
	go func() { cancel(r.carry(ctx, line)) }()
	d := door{
		limits: r.Limits.orUsual(), users: []int{os.Geteuid()}, refused: answerTo,
		answer: func(ctx context.Context, request []string) attributes { return ask(ctx, line, request) },
	}
	if err := d.serve(ctx, listener); err != nil || life.Err() != nil {
		return err
	}
	return context.Cause(ctx)
}

// An exchanged is a request that wants an answer.
type exchanged struct {
	request []string
	answer  chan<- attributes
}

// ask waits for its turn, and for the answer.
func ask(ctx context.Context, line chan<- exchanged, request []string) attributes {
	answer := make(chan attributes, 1)
	select {
	case line <- exchanged{request, answer}:
	case <-ctx.Done():
		return answerTo(ErrBusy)
	}
	select {
	case got := <-answer:
		return got
	case <-ctx.Done():
		return answerTo(ErrBusy)
	}
}

// carry takes requests through the pipe, each with its answer, also where nobody waits for that any more. It ends with the pipe.
func (r *Relay) carry(ctx context.Context, line <-chan exchanged) error {
	answers, ended := make(chan []string), make(chan error, 1)
	go func() { ended <- receive(ctx, newReader(r.Pipe), answers) }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return err
		case next := <-line:
			verb, said, err := parseRequest(next.request)
			if err != nil {
				next.answer <- answerTo(err)
				continue
			}
			if _, err := r.Pipe.Write(wire(verb, said)); err != nil {
				return pipeEnded(err)
			}
			select {
			case lines := <-answers:
				answer, err := parse(lines)
				if err != nil {
					return pipeEnded(err)
				}
				next.answer <- answer
			case err := <-ended:
				return err
			}
		}
	}
}

// receive takes answers from the pipe until it ends.
func receive(ctx context.Context, from reader, answers chan<- []string) error {
	for {
		lines, err := from.message()
		if err != nil {
			return pipeEnded(err)
		}
		select {
		case answers <- lines:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func pipeEnded(why error) error {
	return fmt.Errorf("%w at the other end of the pipe: %w", ErrNoAgent, why)
}
