package command

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// TestHelpFits: no line of any help is wider than a terminal.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	p := newProgram("")
	app := p.app()
	app.Setup()
	for _, command := range append([]*cli.Command{nil}, app.Commands...) {
		var said bytes.Buffer
		p.voice.stdout = &output{to: &said}
		p.showHelp(app, command)
		for line := range strings.Lines(said.String()) {
			if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 || strings.Contains(line, "…") {
				t.Errorf("too wide: %s", line)
			}
		}
		if !strings.Contains(said.String(), "--help, -h") {
			t.Errorf("this is no help:\n%s", said.String())
		}
	}
}

// TestPeriod: a time has a unit, is longer than nothing, and is shown as people write it.
func TestPeriod(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"5m": "5m", "90s": "1m30s", "10s": "10s", "100m": "1h40m", "8h": "8h", "20h0m5s": "20h0m5s", "1h0m": "1h",
		"": "", "0": "", "0s": "", "5": "", "-5m": "", "5 m": "", "ever": "",
	} {
		var got period
		if err := got.Set(text); got.String() != want || (err != nil) != (want == "") {
			t.Errorf("%q is %q, %v, want %q", text, got.String(), err, want)
		}
	}
}
