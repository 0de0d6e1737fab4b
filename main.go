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
