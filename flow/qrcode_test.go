package flow

import (
	"strings"
	"testing"
	"unicode/utf8"

	"rsc.io/qr"
)

// TestDrawQRCode reads a drawing back, module by module.
func TestDrawQRCode(t *testing.T) {
	t.Parallel()
	const text = "https://example.com/device?user_code=WDJB-MJHT"
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimPrefix(drawQRCode(text), "\n"), "\n")
	if len(lines) != (code.Size+2*quietZone+1)/2 {
		t.Errorf("%d lines for %d modules", len(lines), code.Size)
	}
	dark := map[rune][2]bool{'█': {false, false}, '▀': {false, true}, '▄': {true, false}, ' ': {true, true}}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n != code.Size+2*quietZone || n > terminalWidth {
			t.Errorf("line %d has %d characters", i, n)
		}
		for j, block := range []rune(line) {
			x, y := j-quietZone, 2*i-quietZone
			if got, want := dark[block], [2]bool{code.Black(x, y), code.Black(x, y+1)}; got != want {
				t.Errorf("modules %d, %d and %d: %v, want %v", x, y, y+1, got, want)
			}
		}
	}
	if got := drawQRCode(text + strings.Repeat("x", 1000)); got != "" {
		t.Errorf("a code of %d bytes, which fits on no terminal", len(got))
	}
}
