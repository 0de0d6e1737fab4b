package command

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isReaderGone reports whether nobody reads the other end of a pipe any more.
func isReaderGone(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}
