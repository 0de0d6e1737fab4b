package store

import (
	"errors"
	"syscall"
)

// isFull reports whether the quota of the kernel's keyring is used up.
func isFull(err error) bool { return errors.Is(err, syscall.EDQUOT) }
