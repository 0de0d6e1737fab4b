//go:build unix

package main

import "syscall"

// processGroup returns the job that the process belongs to.
func processGroup() int { return syscall.Getpgrp() }
