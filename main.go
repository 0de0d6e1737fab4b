// Command git-credential-grant is a git credential helper that answers with a live OAuth2 access token.
// Which package does what is drawn in docs/architecture.md.
package main

import (
	"os"

	"git-credential-grant/command"
)

// version and commit are set by install.sh and by the release build.
var version, commit = "", ""

func main() { os.Exit(command.Main(version, commit)) }
