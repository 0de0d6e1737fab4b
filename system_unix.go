//go:build unix

package main

import "syscall"

// terminal is the terminal of the process.
const terminal = "/dev/tty"

// processGroup returns the job that the process belongs to.
func processGroup() int { return syscall.Getpgrp() }
