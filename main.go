// To look for the limits of a container at start costs a tenth of a millisecond, and nothing here runs in parallel.
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0

// Command git-credential-grant is a git credential helper that answers with a live OAuth2 access token.
//
//	       main.go
//	       command            commands, wiring, hints: the only room that knows all three
//	     /    |    \
//	helper   flow   store     talks to git | to the OAuth2 server | to the keyring
package main

import (
	"os"

	"git-credential-grant/command"
)

// version is set by the release build.
var version = ""

func main() { os.Exit(command.Main(version)) }
