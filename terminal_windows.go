package main

import (
	"context"
	"os"

	"golang.org/x/term"
)

// foreground reports whether a file is a console. Windows knows no jobs.
func foreground(fd int) bool { return term.IsTerminal(fd) }

// A terminal reads what a person pastes into the console.
type terminal struct {
	file *os.File
	read chan string
}

// openTerminal returns the console of the process, nil if nobody can be asked there.
func openTerminal() *terminal {
	file, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	return &terminal{file: file}
}

// show writes to the console.
func (t *terminal) show(text string) {
	if console, err := os.OpenFile("CONOUT$", os.O_RDWR, 0); err == nil {
		console.WriteString(text)
		console.Close()
	}
}

// paste returns what is entered next. A read that has begun cannot be called back; it ends with the process.
func (t *terminal) paste(ctx context.Context) (string, error) {
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

func (t *terminal) readAll() {
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
