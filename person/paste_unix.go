//go:build unix

package person

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// pasteRest is how long a terminal must be silent for a paste to be complete.
	pasteRest = 200 * time.Millisecond
	// pasteTurn is how often to look whether the terminal has become ours.
	pasteTurn = 500 * time.Millisecond
)

// Foreground reports whether a file is our terminal, and we are the job that may use it: one in the background that
// tried would be stopped.
func Foreground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// A Terminal reads what a person pastes. It takes nothing that is entered before or after, nor while this is a job in
// the background or another program reads, and it shows none of it: what is pasted holds a code, and the line is in
// use. Nor is a line limited to the 1,024 bytes that some systems allow.
type Terminal struct {
	fd           int
	found, quiet *unix.Termios // its mode before we came, and the one that we gave it; nil while it has its own
}

// Open returns the terminal of the process, nil if nobody can be asked there.
func Open() *Terminal {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	if !Foreground(fd) {
		unix.Close(fd)
		return nil
	}
	return &Terminal{fd: fd}
}

// Show writes to the terminal.
func (t *Terminal) Show(text string) { unix.Write(t.fd, []byte(text)) }

// Hide keeps the terminal from showing what is entered, from before it is asked for. Show again makes the terminal as it was.
func (t *Terminal) Hide() (showAgain func()) {
	t.silence()
	return t.restore
}

// Paste returns what is entered next, once the terminal has been silent for a moment, or an error when ctx has ended. It is for
// between [Terminal.Hide] and its end.
func (t *Terminal) Paste(ctx context.Context) (string, error) {
	ended, end, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer ended.Close()
	defer end.Close()
	defer context.AfterFunc(ctx, func() { end.Close() })()
	var text []byte
	for ctx.Err() == nil {
		switch {
		case !t.silence():
			readable(pasteTurn, int(ended.Fd()))
		case readable(t.patience(text), int(ended.Fd()), t.fd):
			if text, err = t.read(text); err != nil {
				return "", err
			}
		case len(text) > 0:
			return string(text), nil
		}
	}
	return "", ctx.Err()
}

// patience is how long to wait for the next piece.
func (t *Terminal) patience(text []byte) time.Duration {
	if len(text) > 0 {
		return pasteRest
	}
	return pasteTurn
}

// read adds what there is to the text.
func (t *Terminal) read(text []byte) ([]byte, error) {
	buffer := make([]byte, 4096)
	n, err := unix.Read(t.fd, buffer)
	if err == unix.EAGAIN || err == unix.EINTR {
		return text, nil
	}
	if n <= 0 {
		return nil, os.ErrClosed
	}
	return append(text, buffer[:n]...), nil
}

// readable waits until one of the files can be read, and reports whether one can.
func readable(wait time.Duration, fds ...int) bool {
	var set unix.FdSet
	for _, fd := range fds {
		set.Set(fd)
	}
	timeout := unix.NsecToTimeval(wait.Nanoseconds())
	n, err := unix.Select(slices.Max(fds)+1, &set, nil, nil, &timeout)
	return err == nil && n > 0
}

// silence has the terminal hand over each character and show none. It reports whether the terminal is ours: we are in
// the foreground, and no other program has it in a mode of its own.
func (t *Terminal) silence() bool {
	mode, err := unix.IoctlGetTermios(t.fd, getTermios)
	if err != nil || !Foreground(t.fd) {
		return false
	}
	if t.quiet != nil && *mode == *t.quiet {
		return true
	}
	if mode.Lflag&unix.ICANON == 0 {
		return false
	}
	quiet := *mode
	quiet.Lflag &^= unix.ICANON | unix.ECHO
	quiet.Cc[unix.VMIN], quiet.Cc[unix.VTIME] = 1, 0
	t.found, t.quiet = mode, &quiet
	return unix.IoctlSetTermios(t.fd, setTermios, t.quiet) == nil
}

// restore gives the terminal back. After Ctrl-C the shell may have it already, and have set a mode of its own: that one
// stays. One that is still ours goes, also from the background, which SIGTTOU is there to prevent.
func (t *Terminal) restore() {
	if t.quiet == nil {
		return
	}
	if mode, err := unix.IoctlGetTermios(t.fd, getTermios); err == nil && *mode == *t.quiet {
		signal.Ignore(unix.SIGTTOU)
		unix.IoctlSetTermios(t.fd, setTermios, t.found)
		signal.Reset(unix.SIGTTOU)
	}
	t.found, t.quiet = nil, nil
}
