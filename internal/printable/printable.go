// Package printable makes a text from a server, a URL or the environment one that a terminal can show. The rooms share it
// because each of them has such texts in its errors.
package printable

import (
	"strings"
	"unicode"
)

// Line puts a text into one line: control characters, which could move the cursor or worse, and characters that turn the
// writing direction become spaces.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)
}

// Lines is [Line] for a text of several lines, which it keeps.
func Lines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Line(lines[i])
	}
	return strings.Join(lines, "\n")
}

// longest is how many characters of a text are worth showing that anybody can make as long as they like.
const longest = 300

// Short is [Line] without the blanks around it, and of bounded length.
func Short(text string) string {
	characters := []rune(strings.TrimSpace(Line(text)))
	if len(characters) > longest {
		characters = append(characters[:longest], '…')
	}
	return string(characters)
}
