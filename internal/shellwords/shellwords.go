// Package shellwords takes apart and puts together simple command lines, as a shell reads them, without expanding anything:
// those of git's helpers and of $BROWSER. The libraries for it take a backslash for an escape on Windows too, or refuse a
// line whose quotes have no end, and none of them keeps quotes while it cuts a list at its colons.
package shellwords

import "strings"

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
	var quote byte
	begin, escaped := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case escaped:
			escaped = false
		case c == escape && quote != '\'':
			escaped = true
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case at(c):
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	if quote != 0 {
		return strings.FieldsFunc(text, func(r rune) bool { return r == rune(byte(r)) && at(byte(r)) })
	}
	return append(parts, text[begin:])
}

// unquote takes away the quotes of a word, and the escapes.
func unquote(word string, escape byte) string {
	var plain strings.Builder
	var quote byte
	escaped := false
	for i := range len(word) {
		switch c := word[i]; {
		case escaped:
			if quote == '"' && !strings.ContainsRune("\"\\$`", rune(c)) {
				plain.WriteByte(escape)
			}
			plain.WriteByte(c)
			escaped = false
		case c == escape && quote != '\'' && i+1 < len(word):
			escaped = true
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		default:
			plain.WriteByte(c)
		}
	}
	if quote != 0 {
		return word
	}
	return plain.String()
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
