// Package person is how the person at this machine is shown something and asked: the page that a browser opens, and on the
// terminal the line that passes, the address that is pasted, the secret that is typed. Standard input and output play no
// part in it, since they belong to git.
package person

import (
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Screen is standard error, with at most one line at its end that is shown for the moment and redrawn below whatever
// else is written.
type Screen struct {
	// To is where it leads.
	To io.Writer

	mu   sync.Mutex
	line string
}

// Write implements [io.Writer].
func (s *Screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.line
	s.draw("")
	n, err := s.To.Write(text)
	s.draw(line)
	return n, err
}

// Show puts a line in the place of the last one, "" takes it away.
func (s *Screen) Show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draw(line)
}

// Leave forgets the line and lets it stand.
func (s *Screen) Leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = ""
}

// draw needs nothing of a terminal but that it can return to the start of a line.
func (s *Screen) draw(line string) {
	if s.line == line {
		return
	}
	rest := max(0, utf8.RuneCountInString(s.line)-utf8.RuneCountInString(line))
	text := "\r" + line + strings.Repeat(" ", rest)
	if line == "" {
		text += "\r"
	}
	s.line = line
	io.WriteString(s.To, text)
}
