package helper

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// expires tells the life of the access token in few words.
func (s *Status) expires() string {
	switch {
	case s.ExpiresIn == nil && !s.Usable:
		return "ended"
	case s.ExpiresIn == nil && s.Renewable:
		return "at next use"
	case s.ExpiresIn == nil:
		return "never"
	case *s.ExpiresIn == 0:
		return "expired"
	}
	return "in " + spell(time.Duration(*s.ExpiresIn)*time.Second)
}

// spell writes a duration as a person would, in its two largest units.
func spell(d time.Duration) string {
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm", minutes)
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}

// tableWidth is what the table of [Table] fits into.
const tableWidth = 80

// Table shows sign-ins in lines of at most 80 columns, with the scopes of each below it. Names that are too long are cut.
func Table(statuses []Status) string {
	rows := [][]string{{"HOST", "ACCOUNT", "GRANT", "EXPIRES", "RENEWABLE"}}
	for _, s := range statuses {
		rows = append(rows, []string{
			shorten(s.Host, 22), shorten(cmp.Or(s.Account, "-"), 12), shorten(s.Grant, 18), s.expires(), yesNo(s.Renewable),
		})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell)+2)
		}
	}
	var table strings.Builder
	for i, row := range rows {
		writeRow(&table, row, widths)
		if i > 0 {
			writeScopes(&table, statuses[i-1].Scopes)
		}
	}
	return table.String()
}

func writeRow(table *strings.Builder, row []string, widths []int) {
	var line strings.Builder
	for i, cell := range row {
		line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
	}
	table.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

func writeScopes(table *strings.Builder, scopes []string) {
	const indent = "  "
	for _, line := range wrap(scopes, tableWidth-len(indent)) {
		table.WriteString(indent + line + "\n")
	}
}

// wrap puts words into lines of at most width columns. A word that is longer is cut.
func wrap(words []string, width int) (lines []string) {
	for _, word := range words {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, shorten(word, width))
	}
	return lines
}

// shorten cuts a text that is wider than width.
func shorten(text string, width int) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
