// Package shellwords takes apart and puts together simple command lines, as a shell reads them, without expanding anything:
// those of git's helpers and of $BROWSER. The libraries for it take a backslash for an escape on Windows too, or refuse a
// line whose quotes have no end, and none of them keeps quotes while it cuts a list at its colons.
package shellwords

import (
	"strings"
	"unicode/utf8"
)

const (
	// Backslash takes the meaning from the character after it.
	Backslash byte = '\\'
	// NoEscape is for the paths of Windows, which are full of backslashes.
	NoEscape byte = 0
)

// Split returns the words of a command (POSIX shell command language, section 2.2): parts of them may be in quotes. A quote
// without an end is none, but a character of its word.
func Split(command string, escape byte) (words []string) {
	for _, word := range Cut(command, escape, isBlank) {
		if word != "" {
			words = append(words, unquote(word, escape))
		}
	}
	return words
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// Cut splits a text where at says so, but not within quotes and not behind an escape. The parts keep both.
func Cut(text string, escape byte, at func(byte) bool) (parts []string) {
	s := scanner{escape: escape}
	begin := 0
	for i := range len(text) {
		if s.next(text[i]) == bare && at(text[i]) {
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	if s.quote != 0 {
		return strings.FieldsFunc(text, func(r rune) bool { return r < utf8.RuneSelf && at(byte(r)) })
	}
	return append(parts, text[begin:])
}

// unquote takes away the quotes of a word, and the escapes.
func unquote(word string, escape byte) string {
	var plain strings.Builder
	s := scanner{escape: escape}
	for i := range len(word) {
		escaped := s.escaped
		if s.next(word[i]) == syntax {
			continue
		}
		if escaped && s.quote == '"' && strings.IndexByte("\"\\$`", word[i]) < 0 { // There it escapes nothing else.
			plain.WriteByte(escape)
		}
		plain.WriteByte(word[i])
	}
	if s.escaped { // and nothing comes after it
		plain.WriteByte(escape)
	}
	if s.quote != 0 {
		return word
	}
	return plain.String()
}

// A scanner reads a command character by character.
type scanner struct {
	escape, quote byte // the quote that is open, 0 for none
	escaped       bool
}

// A role is what a character is in a command.
type role int

const (
	bare   role = iota // it can be a blank, or stand for itself
	quoted             // it stands for itself, within quotes or behind an escape
	syntax             // a quote or an escape
)

func (s *scanner) next(c byte) role {
	switch {
	case s.escaped:
		s.escaped = false
		return quoted
	case c == s.escape && s.quote != '\'':
		s.escaped = true
		return syntax
	case s.quote == 0 && (c == '"' || c == '\''):
		s.quote = c
		return syntax
	case s.quote == 0:
		return bare
	case c == s.quote:
		s.quote = 0
		return syntax
	}
	return quoted
}

// Quote puts a word into quotes if a shell would not take it as it is.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=+,@%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
