package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

// An output is standard output, where a failure is not forgotten whoever has written.
type output struct {
	to     io.Writer
	failed error // the first that went wrong
}

// Write implements [io.Writer].
func (o *output) Write(text []byte) (n int, err error) {
	if o.failed != nil {
		return 0, o.failed
	}
	n, err = o.to.Write(text)
	if on, ok := errors.AsType[*fs.PathError](err); ok {
		err = on.Err
	}
	if err != nil {
		o.failed = fmt.Errorf("cannot write to standard output: %w", err)
	}
	return n, o.failed
}

// Exit statuses beside 0. Above them, 128 and the number of the signal that has ended a command, as shells have it.
const (
	statusFailed = 1
	statusMisuse = 2
	statusSignal = 128
)

// conclude shows what a command has failed with, and what has become of its output, and returns the exit status. Whoever has
// interrupted it, or reads no further, knows that.
func (v *voice) conclude(err error) (status int) {
	unwritten := v.stdout.failed
	if stopped, ok := errors.AsType[interruption](err); ok {
		return statusSignal + int(stopped.by)
	}
	if err != nil && !errors.Is(err, unwritten) {
		v.complain(err)
		status = statusFailed
		if _, misuse := errors.AsType[*usageError](err); misuse {
			status = statusMisuse
		}
	}
	switch {
	case unwritten == nil:
		return status
	case isReaderGone(unwritten):
		return max(status, statusSignal+int(syscall.SIGPIPE))
	}
	v.complain(unwritten)
	return max(status, statusFailed)
}
