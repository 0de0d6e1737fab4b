package command

import (
	"strconv"
	"strings"
	"testing"

	"git-credential-grant/helper"
	"git-credential-grant/person"
)

// TestCaller: chains of processes as ps shows them, the nearest first.
func TestCaller(t *testing.T) {
	for chain, want := range map[string]helper.Caller{
		"sh git git-remote-http git bash sshd":                           {Process: "2", Command: "3"},
		"git-remote-http git zsh":                                        {Process: "0", Command: "1"},
		"sh git git-remote-http git sh git git-submodule git bash login": {Process: "2", Command: "7"},
		"sh git git git-lfs sh git git-remote-http git bash":             {Process: "3", Command: "7"},
		"sh git-credential- git git-lfs git-lfs git fish":                {Process: "3", Command: "5"},
		"sh git git code": {Process: "3", Command: "2"},
		"sh git git-remote-http git go bash git bash": {Process: "2", Command: "3"},
		"bash sshd": {Process: "1"},
		"":          {},
	} {
		var ancestors []person.Process
		for i, name := range strings.Fields(chain) {
			ancestors = append(ancestors, person.Process{Name: name, ID: strconv.Itoa(i)})
		}
		if got := callerAmong(ancestors); got != want {
			t.Errorf("%s: %+v, want %+v", chain, got, want)
		}
	}
}
