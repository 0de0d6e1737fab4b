package flow

import (
	"strings"

	"rsc.io/qr"
)

const (
	// quietZone is the light border that a QR code needs (ISO/IEC 18004, section 5.3.8).
	quietZone = 4
	// terminalWidth is how wide a code may be: a broken line would make it unreadable.
	terminalWidth = 80
)

// drawQRCode draws text for a terminal, on lines of its own, two modules a character, light on the terminal's dark. It
// returns "" for a text that does not fit.
func drawQRCode(text string) string {
	code, err := qr.Encode(text, qr.L)
	if err != nil || code.Size+2*quietZone > terminalWidth {
		return ""
	}
	// By whether the upper module is dark, and the lower.
	blocks := map[[2]bool]string{{false, false}: "█", {false, true}: "▀", {true, false}: "▄", {true, true}: " "}
	var drawing strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		drawing.WriteString("\n")
		for x := -quietZone; x < code.Size+quietZone; x++ {
			drawing.WriteString(blocks[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
	}
	return drawing.String()
}
