// Command testforge runs a forge for tests, steers a running one, and signs in
// to it as a person with a browser would. See package flowtest.
package main

import (
	"os"

	"git-credential-grant/flow/flowtest"
)

func main() {
	os.Exit(flowtest.Main(os.Args[1:], os.Stdout, os.Stderr))
}
