// Package need is what tests need of the machine: they are skipped where it is not installed. With
// GIT_CREDENTIAL_GRANT_TEST=all in the environment, where everything should be, such a test fails instead.
package need

import (
	"os"
	"os/exec"
	"testing"
)

// all is the variable that lets nothing be skipped.
const all = "GIT_CREDENTIAL_GRANT_TEST"

// Programs skips the test unless all these programs are installed.
func Programs(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			Skip(t, name+" is not installed")
		}
	}
}

// Skip skips the test for that reason.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv(all) == "all" {
		t.Fatal("cannot run: " + reason)
	}
	t.Skip(reason)
}
