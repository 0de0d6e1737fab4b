//go:build unix

package person

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ProcessGroup returns the job that the process belongs to.
func ProcessGroup() int { return syscall.Getpgrp() }

// consoleInput and consoleOutput are the terminal of the process.
const consoleInput, consoleOutput = "/dev/tty", "/dev/tty"

// hide has a terminal show nothing of what is typed, until show is called.
func hide(fd int) (show func(), err error) {
	mode, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	hidden := *mode
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	return func() { unix.IoctlSetTermios(fd, setTermios, mode) }, unix.IoctlSetTermios(fd, setTermios, &hidden)
}
