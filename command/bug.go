package command

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// A bug is a panic, of which only the place is told: what it carries may be a secret.
type bug struct{ function, file string }

// Is makes it an errBug.
func (b *bug) Is(target error) bool { return target == errBug }

func (b *bug) Error() string { return "internal error in " + b.function + " (" + b.file + ")" }

// guarded makes a panic of run an error.
func guarded(run func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = whereItHappened()
		}
	}()
	return run()
}

// whereItHappened finds the function that has panicked, below those of the runtime that deal with it.
func whereItHappened() *bug {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") || !more {
			return &bug{path.Base(frame.Function), fmt.Sprintf("%s:%d", path.Base(frame.File), frame.Line)}
		}
	}
}
