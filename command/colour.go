package command

import (
	"os"
	"runtime"

	"golang.org/x/term"
)

// A style is how a terminal shows words, by a number of ECMA-48 (SGR).
type style string

const (
	plain   style = ""
	heading style = "1"  // bold
	bad     style = "31" // red
	good    style = "32" // green
	advice  style = "33" // yellow, as git's own hints
)

// A brush reports whether a stream shows styles.
type brush bool

// brushFor looks whether a stream is a terminal that knows them, and the person has not said that they want none
// (https://no-color.org).
func brushFor(stream *os.File) brush {
	// The console of Windows shows them only to programs that ask it to.
	if runtime.GOOS == "windows" || os.Getenv("NO_COLOR") != "" {
		return false
	}
	kind := os.Getenv("TERM")
	return brush(kind != "" && kind != "dumb" && term.IsTerminal(int(stream.Fd())))
}

// paint gives words a style, where there are styles. The words have to be printable already.
func (b brush) paint(as style, words string) string {
	if !b || as == plain || words == "" {
		return words
	}
	return "\x1b[" + string(as) + "m" + words + "\x1b[0m"
}
