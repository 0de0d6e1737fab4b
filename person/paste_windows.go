package person

import (
	"context"
	"os"

	"golang.org/x/term"
)

// Foreground reports whether a file is a console. Windows knows no jobs.
func Foreground(fd int) bool { return term.IsTerminal(fd) }

// A Terminal reads what a person pastes into the console.
type Terminal struct {
	file *os.File
	read chan string
}

// Open returns the console of the process, nil if nobody can be asked there.
func Open() *Terminal {
	file, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	return &Terminal{file: file}
}

// Show writes to the console.
func (t *Terminal) Show(text string) {
	if console, err := os.OpenFile("CONOUT$", os.O_RDWR, 0); err == nil {
		console.WriteString(text)
		console.Close()
	}
}

// Hide does nothing here: the console shows what is entered.
func (t *Terminal) Hide() (showAgain func()) { return func() {} }

// Paste returns what is entered next. A read that has begun cannot be called back; it ends with the process.
func (t *Terminal) Paste(ctx context.Context) (string, error) {
	if t.read == nil {
		t.read = make(chan string)
		go t.readAll()
	}
	select {
	case text, ok := <-t.read:
		if !ok {
			return "", os.ErrClosed
		}
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (t *Terminal) readAll() {
	defer close(t.read)
	buffer := make([]byte, 4096)
	for {
		n, err := t.file.Read(buffer)
		if err != nil {
			return
		}
		t.read <- string(buffer[:n])
	}
}
