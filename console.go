package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errNoTerminal: there is nobody to ask.
var errNoTerminal = errors.New("there is no terminal to ask on")

// A console is the terminal that a person sits at, whatever standard input and output are.
type console struct {
	in, out *os.File
	lines   *bufio.Reader
}

func openConsole() (*console, error) {
	in, err := os.OpenFile(consoleInput, os.O_RDWR, 0)
	if err != nil {
		return nil, errNoTerminal
	}
	out, err := os.OpenFile(consoleOutput, os.O_WRONLY, 0)
	if err != nil {
		in.Close()
		return nil, errNoTerminal
	}
	return &console{in: in, out: out, lines: bufio.NewReader(in)}, nil
}

func (c *console) close() {
	c.in.Close()
	c.out.Close()
}

// confirm asks a question to which Enter means yes.
func (c *console) confirm(ctx context.Context, question string) (bool, error) {
	answer, err := c.ask(ctx, question+" [Y/n] ", func() (string, error) { return c.lines.ReadString('\n') })
	answer = strings.ToLower(answer)
	return err == nil && (answer == "" || strings.HasPrefix(answer, "y")), err
}

// secret asks for a line, and does not show it.
func (c *console) secret(ctx context.Context, question string) (string, error) {
	answer, err := c.ask(ctx, question, func() (string, error) {
		if typed := c.lines.Buffered(); typed > 0 { // somebody pastes faster than we ask
			return c.lines.ReadString('\n')
		}
		line, err := term.ReadPassword(int(c.in.Fd()))
		return string(line), err
	})
	fmt.Fprintln(c.out)
	return answer, err
}

// ask shows a question and waits for the answer. Ctrl-C ends it, and leaves the terminal as it was.
func (c *console) ask(ctx context.Context, question string, read func() (string, error)) (string, error) {
	before, err := term.GetState(int(c.in.Fd()))
	if err != nil {
		return "", errNoTerminal
	}
	fmt.Fprint(c.out, question)
	type reply struct {
		line string
		err  error
	}
	replies := make(chan reply, 1)
	go func() {
		line, err := read()
		replies <- reply{line, err}
	}()
	select {
	case r := <-replies:
		if errors.Is(r.err, io.EOF) && r.line == "" {
			return "", context.Canceled
		}
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", fmt.Errorf("reading from the terminal: %w", r.err)
		}
		return strings.TrimSpace(r.line), nil
	case <-ctx.Done():
		term.Restore(int(c.in.Fd()), before)
		fmt.Fprintln(c.out)
		return "", ctx.Err()
	}
}
