package shellwords

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestSplit: a shell takes the same words from a command that has no more in it than words and quotes.
func TestSplit(t *testing.T) {
	t.Parallel()
	for command, want := range map[string][]string{
		"":                                nil,
		" \t\n":                           nil,
		"browser":                         {"browser"},
		" browser\t--new-window  x ":      {"browser", "--new-window", "x"},
		`'a dir/browser' -P "my profile"`: {"a dir/browser", "-P", "my profile"},
		`a\ dir/browser --x=a\'b`:         {"a dir/browser", "--x=a'b"},
		`-P 'my "own" \profile'`:          {"-P", `my "own" \profile`},
		`-P "my 'own' \"profile\" \\ \x"`: {"-P", `my 'own' "profile" \ \x`},
		`a"b c"d'e f'g ""`:                {"ab cde fg", ""},
		`ends in a \`:                     {"ends", "in", "a", `\`},
		"a\u00a0b \xff":                   {"a\u00a0b", "\xff"},
	} {
		if got := Split(command, Backslash); !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q, want %q", command, got, want)
		}
		shell, err := exec.LookPath("sh")
		if err != nil || strings.TrimSpace(command) == "" || strings.Contains(command, "\n") {
			continue
		}
		out, err := exec.Command(shell, "-c", `printf '%s\0' `+command).Output()
		if words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); err != nil || !slices.Equal(words, want) {
			t.Errorf("a shell makes of %q %q, %v, want %q", command, words, err, want)
		}
	}
}

// TestSplitNoShell: what a shell would refuse, or read otherwise on Windows.
func TestSplitNoShell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		command string
		escape  byte
		want    []string
	}{
		{`/opt/it's/browser -x "a b"`, Backslash, []string{"/opt/it's/browser", "-x", `"a`, `b"`}},
		{`browser "`, Backslash, []string{"browser", `"`}},
		{`C:\Windows\browser.exe "C:\My Files" it's`, NoEscape, []string{`C:\Windows\browser.exe`, `"C:\My`, `Files"`, "it's"}},
		{`"C:\Program Files\browser.exe" -P 'a\'`, NoEscape, []string{`C:\Program Files\browser.exe`, "-P", `a\`}},
	} {
		if got := Split(test.command, test.escape); !slices.Equal(got, test.want) {
			t.Errorf("Split(%q) = %q, want %q", test.command, got, test.want)
		}
	}
}

// TestCut keeps quotes, and what is in them.
func TestCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                  {""},
		"a:b":               {"a", "b"},
		`a "b:c":'d:e' f:g`: {`a "b:c"`, `'d:e' f`, "g"},
		`a\:b:c`:            {`a\:b`, "c"},
		"it's:b":            {"it's", "b"},
	} {
		if got := Cut(text, Backslash, func(c byte) bool { return c == ':' }); !slices.Equal(got, want) {
			t.Errorf("Cut(%q) = %q, want %q", text, got, want)
		}
	}
}

// FuzzQuote: a word in quotes is that word again, whatever is in it.
func FuzzQuote(f *testing.F) {
	for _, word := range []string{"", "plain", "a dir", "it's", `back\slash`, "$HOME;ls", "grüße", "'", "a\nb", "\xff"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if got := Split("x "+Quote(word)+" y", Backslash); !slices.Equal(got, []string{"x", word, "y"}) {
			t.Errorf("%q becomes %q", word, got)
		}
	})
}
