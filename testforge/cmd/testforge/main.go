// Command testforge runs a forge for tests, steers a running one, and signs in
// to it as a person with a browser would. See package testforge.
package main

import (
	"os"

	"git-credential-grant/testforge"
)

func main() {
	os.Exit(testforge.Main(os.Args[1:], os.Stdout, os.Stderr))
}
