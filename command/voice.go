package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"git-credential-grant/internal/printable"
	"git-credential-grant/person"
)

// A voice is how the program speaks: to git, or to whoever typed a command, on standard output; to people on standard error.
// Nothing that a server or a URL says can steer a terminal through it.
type voice struct {
	stdout             *output
	stderr             *person.Screen
	onStdout, onStderr brush
	tracing            bool
	started            time.Time
}

// newVoice speaks through the process's own streams.
func newVoice() *voice {
	return &voice{
		stdout: &output{to: os.Stdout}, onStdout: brushFor(os.Stdout),
		stderr: &person.Screen{To: os.Stderr}, onStderr: brushFor(os.Stderr),
		started: time.Now(),
	}
}

// say writes what a command was asked for.
func (v *voice) say(format string, args ...any) { v.sayAs(plain, "", fmt.Sprintf(format, args...)) }

// sayAs is say for a text whose first words have a style.
func (v *voice) sayAs(as style, words, rest string) {
	fmt.Fprintln(v.stdout, v.onStdout.paint(as, printable.Line(words))+printable.Lines(rest))
}

// writeJSON writes what a program has asked for.
func (v *voice) writeJSON(value any) error {
	encoder := json.NewEncoder(v.stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// tell shows a message to the person.
func (v *voice) tell(message string) { io.WriteString(v.stderr, told(message)) }

// hint shows what a person can do.
func (v *voice) hint(hint string) {
	if hint != "" {
		fmt.Fprintln(v.stderr, v.onStderr.paint(advice, "hint:")+" "+printable.Line(hint))
	}
}

// complain shows an error, and what to do about it. Ctrl-C needs no comment.
func (v *voice) complain(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	io.WriteString(v.stderr, v.onStderr.paint(bad, prefix)+toldAfter(err.Error()))
	v.hint(hintFor(err))
}

// trace tells a step with its time, if somebody wants to know.
func (v *voice) trace(format string, args ...any) {
	if v.tracing {
		since := time.Since(v.started).Round(100 * time.Microsecond)
		fmt.Fprintf(v.stderr, "%s %9v %s\n", prefix, since, printable.Line(fmt.Sprintf(format, args...)))
	}
}

// tracer is trace, nil if nobody wants to know.
func (v *voice) tracer() func(format string, args ...any) {
	if !v.tracing {
		return nil
	}
	return v.trace
}

// waitingLine returns what shows a line on the terminal that standard error is, nil if it is none.
func (v *voice) waitingLine() func(line string) {
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(fd) {
		return nil
	}
	return func(line string) {
		width, _, err := term.GetSize(fd)
		if width == 0 { // which a terminal says that does not know
			width = 80
		}
		if err != nil || !person.Foreground(fd) {
			v.stderr.Leave() // The shell has the terminal now.
			return
		}
		v.stderr.Show(line[:min(len(line), max(width-1, 0))])
	}
}

// prefix says who speaks.
const prefix = "git-credential-grant:"

// told is how a message is shown.
func told(message string) string { return prefix + toldAfter(message) }

// toldAfter is told, but for the prefix.
func toldAfter(message string) string { return " " + printable.Lines(message) + "\n" }
