package store

import "testing"

// The Credential Manager, which Wine has too.
func TestWincred(t *testing.T) {
	testContract(t, openStore(t, "wincred", Options{Dir: shortDir(t)}))
}

func TestWincredManyProcesses(t *testing.T) { testManyProcesses(t, "wincred", shortDir(t), 16) }
