//go:build unix

package main

import "syscall"

// processGroup returns the job that the process belongs to.
func processGroup() int { return syscall.Getpgrp() }

// consoleInput and consoleOutput are the terminal of the process.
const consoleInput, consoleOutput = "/dev/tty", "/dev/tty"
