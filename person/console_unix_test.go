//go:build unix

package person

import (
	"bufio"
	"io"
	"os"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"git-credential-grant/internal/need"
)

// TestSecretHidesFirst: what is typed as soon as the question is there is not shown, and later all is as it was.
func TestSecretHidesFirst(t *testing.T) {
	tty, child, err := pty.Open()
	if err != nil {
		need.Skip(t, "no terminals here: "+err.Error())
	}
	defer tty.Close()
	questions, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	console := &Console{in: child, out: out, lines: bufio.NewReader(child)}
	defer console.Close()
	go func() {
		io.ReadFull(questions, make([]byte, len("Secret: ")))
		if echoes(t, child) {
			t.Error("the question is there before the terminal hides what is typed")
		}
		io.WriteString(tty, "hush\n")
		io.Copy(io.Discard, questions)
	}()
	if answer, err := console.Secret(t.Context(), "Secret: "); answer != "hush" || err != nil {
		t.Errorf("answer %q, %v", answer, err)
	}
	if !echoes(t, child) {
		t.Error("the terminal does not show any more what is typed")
	}
}

func echoes(t *testing.T, terminal *os.File) bool {
	mode, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
	if err != nil {
		t.Error(err)
		return false
	}
	return mode.Lflag&unix.ECHO != 0
}
