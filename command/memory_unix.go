//go:build unix && !linux

package command

import "syscall"

// guardMemory keeps the secrets in memory out of core dumps. Programs that this one starts may raise the limit again.
func guardMemory() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
}
