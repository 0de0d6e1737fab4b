package printable

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestPrintable: nothing of a text can steer a terminal, or fill it.
func TestPrintable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		of   func(string) string
		want map[string]string
	}{
		"Line": {Line, map[string]string{
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
		}},
		"Lines": {Lines, map[string]string{
			"":                            "",
			"one\ntwo\n":                  "one\ntwo\n",
			"\x1b[2Jone\r\n\ttwo\u202e\n": " [2Jone \n two \n",
		}},
		"Short": {Short, map[string]string{
			"":                              "",
			" \n":                           "",
			" no such token\r\n":            "no such token",
			"invalid\ngrant no\x1bsuch\x00": "invalid grant no such",
			strings.Repeat("é", 300):        strings.Repeat("é", 300),
			strings.Repeat("é", 301):        strings.Repeat("é", 300) + "…",
			strings.Repeat("\xff", 1<<20):   strings.Repeat("\ufffd", 300) + "…",
		}},
	} {
		for text, want := range test.want {
			if got := test.of(text); got != want || !utf8.ValidString(got) {
				t.Errorf("%s(%.20q) = %q, want %q", name, text, got, want)
			}
		}
	}
}
