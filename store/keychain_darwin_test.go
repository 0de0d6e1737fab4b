package store

import (
	"os"
	"testing"
)

// The login keychain, which is a person's: it is written to only where all shall be tested.
func TestKeychain(t *testing.T) {
	if os.Getenv("GIT_CREDENTIAL_GRANT_TEST") != "all" {
		t.Skip("it would write into your keychain")
	}
	testContract(t, openStore(t, "keychain", Options{Dir: shortDir(t)}))
}

func TestKeychainManyProcesses(t *testing.T) {
	if os.Getenv("GIT_CREDENTIAL_GRANT_TEST") != "all" {
		t.Skip("it would write into your keychain")
	}
	testManyProcesses(t, "keychain", shortDir(t), 16)
}
