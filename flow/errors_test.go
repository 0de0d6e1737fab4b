package flow

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
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
		if got := Printable(text); got != want {
			t.Errorf("Printable(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSaid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ code, description, want string }{
		{"", "", ""},
		{"invalid_grant", "", "invalid_grant"},
		{"", "no such token", "no such token"},
		{"invalid_grant", "no such token", "invalid_grant no such token"},
		{"invalid\ngrant", "no\x1bsuch\x00", "invalid grant no such"},
		{"code", strings.Repeat("é", 295), "code " + strings.Repeat("é", 295)},
		{"code", strings.Repeat("é", 296), "code " + strings.Repeat("é", 295) + "…"},
		{strings.Repeat("x", 1<<20), "", strings.Repeat("x", 300) + "…"},
		{"code", strings.Repeat("\xff", 1<<20), "code " + strings.Repeat("\ufffd", 295) + "…"},
	} {
		if got := said(test.code, test.description); got != test.want || !utf8.ValidString(got) {
			t.Errorf("said(%.20q, %.20q) = %q, want %q", test.code, test.description, got, test.want)
		}
	}
}
