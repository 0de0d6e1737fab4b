package store

import (
	"io/fs"
	"os"
	"os/exec"
)

// userOf knows only one user, because access lists and not owners say there who may do what.
func userOf(fs.FileInfo) user { return user{os.Geteuid(), os.Getegid()} }

func (user) runAs(*exec.Cmd) {}
