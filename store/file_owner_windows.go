package store

import (
	"io/fs"
	"os/exec"
)

// userOf knows only one user, because access lists and not owners say there who may do what.
func userOf(fs.FileInfo) user { return me() }

func (user) runAs(*exec.Cmd) {}
