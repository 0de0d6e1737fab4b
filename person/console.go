package person

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

// ErrNone: there is nobody to ask.
var ErrNone = errors.New("there is no terminal to ask on")

// A Console is the terminal that a person sits at, whatever standard input and output are.
type Console struct {
	in, out *os.File
	lines   *bufio.Reader
}

// OpenConsole opens the terminal. The error is [ErrNone] if there is none.
func OpenConsole() (*Console, error) {
	in, err := os.OpenFile(consoleInput, os.O_RDWR, 0)
	if err != nil {
		return nil, ErrNone
	}
	out, err := os.OpenFile(consoleOutput, os.O_WRONLY, 0)
	if err != nil {
		in.Close()
		return nil, ErrNone
	}
	return &Console{in: in, out: out, lines: bufio.NewReader(in)}, nil
}

// Close lets go of it.
func (c *Console) Close() {
	c.in.Close()
	c.out.Close()
}

// Confirm asks a question until the answer is yes or no. Enter means the usual one.
func (c *Console) Confirm(ctx context.Context, question string, usual bool) (bool, error) {
	choice := map[bool]string{true: " [Y/n] ", false: " [y/N] "}[usual]
	for {
		answer, err := c.Line(ctx, question+choice)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "":
			return usual, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// Line asks for a line, and returns it without the blanks around it.
func (c *Console) Line(ctx context.Context, question string) (string, error) {
	return c.ask(ctx, question, func() (string, error) { return c.lines.ReadString('\n') })
}

// Secret asks for a line, and does not show it.
func (c *Console) Secret(ctx context.Context, question string) (string, error) {
	fd := int(c.in.Fd()) // The console may be closed while this one still reads.
	answer, err := c.ask(ctx, question, func() (string, error) {
		if typed := c.lines.Buffered(); typed > 0 { // somebody pastes faster than we ask
			return c.lines.ReadString('\n')
		}
		line, err := term.ReadPassword(fd)
		return string(line), err
	})
	fmt.Fprintln(c.out)
	return answer, err
}

// ask shows a question and waits for the answer. Ctrl-C ends it, and leaves the terminal as it was.
func (c *Console) ask(ctx context.Context, question string, read func() (string, error)) (string, error) {
	before, err := term.GetState(int(c.in.Fd()))
	if err != nil {
		return "", ErrNone
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
