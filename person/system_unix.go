//go:build unix

package person

import "syscall"

// ProcessGroup returns the job that the process belongs to.
func ProcessGroup() int { return syscall.Getpgrp() }

// consoleInput and consoleOutput are the terminal of the process.
const consoleInput, consoleOutput = "/dev/tty", "/dev/tty"
