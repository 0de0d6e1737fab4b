package command

import (
	"slices"
	"strings"

	"git-credential-grant/helper"
	"git-credential-grant/person"
)

// shells are what stands between git and the programs that it starts.
var shells = []string{"sh", "bash", "dash", "zsh", "ksh", "busybox", "env"}

// callerAmong finds on whose behalf git asks, among the processes above this one. Git starts a helper through a shell and
// itself, and another program asks for a credential by "git credential fill": the process is the first that is none of these.
// The command is the last git before a program that is no part of git.
func callerAmong(ancestors []person.Process) (caller helper.Caller) {
	for _, process := range ancestors {
		isHelper := strings.HasPrefix(process.Name, "git-credential")
		isGit := process.Name == "git" || strings.HasPrefix(process.Name, "git-") && !isHelper
		between := process.Name == "git" || isHelper || slices.Contains(shells, process.Name)
		if !between && caller.Process == "" {
			caller.Process = process.ID
		}
		switch {
		case isGit:
			caller.Command = process.ID
		case !between:
			return caller
		}
	}
	return caller
}
