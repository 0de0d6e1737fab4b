package main

import (
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// A screen is standard error, with at most one line at its end that is shown for the moment and redrawn below whatever
// else is written.
type screen struct {
	to io.Writer

	mu   sync.Mutex
	line string
}

// Write implements [io.Writer].
func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.line
	s.draw("")
	n, err := s.to.Write(text)
	s.draw(line)
	return n, err
}

// show puts a line in the place of the last one, "" takes it away.
func (s *screen) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draw(line)
}

// leave forgets the line and lets it stand.
func (s *screen) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = ""
}

// draw needs nothing of a terminal but that it can return to the start of a line.
func (s *screen) draw(line string) {
	if s.line == line {
		return
	}
	rest := max(0, utf8.RuneCountInString(s.line)-utf8.RuneCountInString(line))
	text := "\r" + line + strings.Repeat(" ", rest)
	if line == "" {
		text += "\r"
	}
	s.line = line
	io.WriteString(s.to, text)
}

// waitingLine returns what shows a line on the terminal that standard error is, nil if it is none.
func (p *program) waitingLine() func(line string) {
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(fd) {
		return nil
	}
	return func(line string) {
		width, _, err := term.GetSize(fd)
		if err != nil || !foreground(fd) {
			p.screen.leave() // The shell has the terminal now.
			return
		}
		p.screen.show(line[:min(len(line), max(width-1, 0))])
	}
}

// atTerminal reports whether a person runs this command on a terminal and sees what it says: it is in the foreground
// there, and standard error leads there. A background fetch is neither.
func atTerminal() bool { return foreground(int(os.Stderr.Fd())) }
