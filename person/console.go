package person

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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
	fmt.Fprint(c.out, question)
	answer, err := c.answer(ctx)
	if err != nil {
		fmt.Fprintln(c.out) // Nobody has ended the line by pressing Enter.
	}
	return answer, err
}

// Secret asks for a line, and does not show it: nothing that is typed from the moment on when the question is there.
func (c *Console) Secret(ctx context.Context, question string) (string, error) {
	shown, err := hide(int(c.in.Fd()))
	if err != nil {
		return "", ErrNone
	}
	defer shown()
	fmt.Fprint(c.out, question)
	answer, err := c.answer(ctx)
	fmt.Fprintln(c.out)
	return answer, err
}

// answer waits for a line. Ctrl-C and Ctrl-D end it.
func (c *Console) answer(ctx context.Context) (string, error) {
	type reply struct {
		line string
		err  error
	}
	replies := make(chan reply, 1)
	go func() {
		line, err := c.lines.ReadString('\n')
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
		return "", ctx.Err()
	}
}
