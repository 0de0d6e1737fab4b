package store

import (
	"strings"
	"testing"

	"github.com/danieljoos/wincred"
)

// The Credential Manager, which Wine has too.
func TestWincred(t *testing.T) {
	testContract(t, openStore(t, "wincred", Options{Dir: shortDir(t)}))
}

func TestWincredManyProcesses(t *testing.T) { testManyProcesses(t, "wincred", shortDir(t), 16) }

// Credentials have the names that they have always had, and what earlier versions have stored under them opens for ever.
func TestWincredGolden(t *testing.T) {
	items := goldenItems(t)
	for name, data := range items {
		credential := wincred.NewGenericCredential("git-credential-grant:credentials:" + name)
		credential.CredentialBlob = data
		if err := credential.Write(); err != nil {
			t.Fatal(err)
		}
	}
	s := openStore(t, "wincred", Options{Dir: shortDir(t)})
	wantValue(t, s, goldenKey, goldenValue)
	wantValue(t, s, "https://large.example", strings.Repeat("0123456789", 700))
	wantListed(t, s, goldenKey, "https://large.example")
	for _, key := range []string{goldenKey, "https://large.example"} {
		put(t, s, key, "")
	}
	for name := range items {
		if _, err := wincred.GetGenericCredential("git-credential-grant:credentials:" + name); err == nil {
			t.Errorf("%s is left", name)
		}
	}
}
