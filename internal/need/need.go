// Package need skips tests of what is not installed. With GIT_CREDENTIAL_GRANT_TEST=all in the environment, where
// everything should be, such a test fails instead.
package need

import (
	"os"
	"os/exec"
	"testing"
)

// variable lets nothing be skipped if it is "all".
const variable = "GIT_CREDENTIAL_GRANT_TEST"

// All reports whether nothing may be skipped, or made smaller to save time.
func All() bool { return os.Getenv(variable) == "all" }

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
	if All() {
		t.Fatal("cannot run, and GIT_CREDENTIAL_GRANT_TEST=all lets nothing be skipped: " + reason)
	}
	t.Skip(reason)
}
