package printable

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "",
		"plain text, Grüße, 日本語, 👍":      "plain text, Grüße, 日本語, 👍",
		"\x1b]0;owned\x07\x1b[31mred":    " ]0;owned  [31mred",
		"C1 \u009b2J \u0085 too":         "C1  2J   too",
		"a line\r\nand another\tone\x00": "a line  and another one ",
		"\x7f":                           " ",
		"\u2028 and \u2029":              "  and  ",
		"txt.\u202egnp":                  "txt. gnp",
		"\u2066isolate\u2069 \u200fmark": " isolate   mark",
		"git\u200bhub \ufeffbom":         "git hub  bom",
		"\U000e0041 invisible tag":       "  invisible tag",
		// A C1 control in a byte, as a terminal that is not set to UTF-8 would take it.
		"\x9b2J \xff": "\ufffd2J \ufffd",
	} {
		if got := Line(text); got != want {
			t.Errorf("Line(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "",
		"one\ntwo\n":                  "one\ntwo\n",
		"\x1b[2Jone\r\n\ttwo\u202e\n": " [2Jone \n two \n",
	} {
		if got := Lines(text); got != want {
			t.Errorf("Lines(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{" \n", ""},
		{" no such token\r\n", "no such token"},
		{"invalid\ngrant no\x1bsuch\x00", "invalid grant no such"},
		{strings.Repeat("é", 300), strings.Repeat("é", 300)},
		{strings.Repeat("é", 301), strings.Repeat("é", 300) + "…"},
		{strings.Repeat("\xff", 1<<20), strings.Repeat("\ufffd", 300) + "…"},
	} {
		if got := Short(test.text); got != test.want || !utf8.ValidString(got) {
			t.Errorf("Short(%.20q) = %q, want %q", test.text, got, test.want)
		}
	}
}
