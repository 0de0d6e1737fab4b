//go:build unix

package command

import (
	"errors"
	"syscall"
)

// isReaderGone reports whether nobody reads the other end of a pipe any more.
func isReaderGone(err error) bool { return errors.Is(err, syscall.EPIPE) }
