package command

import "golang.org/x/sys/unix"

// guardMemory keeps the secrets in memory out of core dumps, and from other programs of the user, which could attach to
// this one or read its environment (PR_SET_DUMPABLE in prctl(2)). Programs that this one starts are as they were.
func guardMemory() { unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
