package store

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

// TestContract holds every backend that can run here to the same promises.
func TestContract(t *testing.T) {
	for _, b := range []struct {
		name string
		open func(t *testing.T) *Store
	}{
		{"file", func(t *testing.T) *Store { return openStore(t, "file", Options{Dir: t.TempDir()}) }},
		{"file with passphrase", func(t *testing.T) *Store {
			return openStore(t, "file", Options{Dir: t.TempDir(), Passphrase: "correct horse"})
		}},
		{"splitter", func(t *testing.T) *Store {
			return storeOn(t, &splitter{newMemory(wincredLimit), wincredLimit})
		}},
		{"secret-service", func(t *testing.T) *Store {
			startGnomeKeyring(t, startBus(t))
			return openStore(t, "secret-service", Options{Dir: t.TempDir(), Interactive: somebody})
		}},
		{"secret-service of KDE", func(t *testing.T) *Store {
			startKWallet(t, startBus(t))
			return openStore(t, "secret-service", Options{Dir: t.TempDir()})
		}},
		{"pass", func(t *testing.T) *Store {
			initPass(t)
			return openStore(t, "pass", Options{Dir: t.TempDir()})
		}},
		{"keyctl", openKeyctl},
	} {
		t.Run(b.name, func(t *testing.T) { testContract(t, b.open(t)) })
	}
}

func testContract(t *testing.T, s *Store) {
	key := "https://bitbucket.org/" + t.Name()
	wantNothing(t, s, key)

	put(t, s, key, "first")
	wantValue(t, s, key, "first")
	put(t, s, key, "second")
	wantValue(t, s, key, "second")
	wantNothing(t, s, key+"/other")

	failed := errors.New("failed")
	err := s.Update(t.Context(), key, func(old []byte) ([]byte, error) { return []byte("x"), failed })
	if err != failed {
		t.Errorf("Update gives %v for the error of its change", err)
	}
	wantValue(t, s, key, "second")

	put(t, s, key, "")
	wantNothing(t, s, key)
	put(t, s, key, "") // to delete what is not there is no error

	for _, value := range []string{allBytes(), strings.Repeat("token ", 1500)} {
		put(t, s, key, value)
		wantValue(t, s, key, value)
	}
	put(t, s, key, "")
	if got := listed(t, s); slices.Contains(got, key) {
		t.Errorf("List gives %.40q, with a key that was deleted", got)
	}
	testAnyKey(t, s)
}

// testAnyKey stores under keys that are no file names, no D-Bus strings and no paths.
func testAnyKey(t *testing.T, s *Store) {
	keys := []string{"", ".", "../up", "c:stream", "a\x00b", "\xff\xfe", strings.Repeat("long", 200)}
	if testing.Short() {
		keys = keys[:2]
	}
	for _, key := range keys {
		put(t, s, key, "value of "+key)
	}
	got := listed(t, s)
	for _, key := range keys {
		// A label, which is all that the Secret Service has, cannot show every key.
		if !slices.Contains(got, key) && printable(key) == key {
			t.Errorf("List gives %.40q, without %.40q", got, key)
		}
	}
	for _, key := range keys {
		wantValue(t, s, key, "value of "+key)
		put(t, s, key, "")
	}
	got = listed(t, s)
	for _, key := range keys {
		if slices.Contains(got, key) {
			t.Errorf("List gives %.40q, with %.40q, which was deleted", got, key)
		}
	}
}

// listed is what the store has, which in the keyring of the person who runs the tests may be more than the test's.
func listed(t *testing.T, s *Store) []string {
	t.Helper()
	keys, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func wantNothing(t *testing.T, s *Store, key string) {
	t.Helper()
	value, err := s.Get(t.Context(), key)
	if !errors.Is(err, fs.ErrNotExist) || value != nil {
		t.Fatalf("Get(%q) = %q, %v, want nothing", key, value, err)
	}
}

func allBytes() string {
	var b bytes.Buffer
	for i := range 256 {
		b.WriteByte(byte(i))
	}
	return b.String()
}

// initPass makes a password store, encrypted to a key without passphrase.
func initPass(t *testing.T) {
	need.Programs(t, "pass", "gpg")
	// The socket of gpg-agent is in there, and its name must be short.
	home := shortDir(t)
	t.Setenv("GNUPGHOME", home)
	t.Setenv("PASSWORD_STORE_DIR", filepath.Join(home, "store"))
	output(t, "gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "",
		"--quick-generate-key", "test", "future-default", "default", "never")
	t.Cleanup(func() { output(t, "gpgconf", "--kill", "all") })
	output(t, "pass", "init", "test")
}

// openKeyctl uses the user's own keyring in the kernel. The contract deletes
// all that it stores.
func openKeyctl(t *testing.T) *Store {
	s, err := Open("keyctl", Options{Dir: t.TempDir()})
	if err != nil {
		need.Skip(t, err.Error())
	}
	if _, err := s.Get(t.Context(), "probe"); !errors.Is(err, fs.ErrNotExist) {
		need.Skip(t, err.Error())
	}
	return s
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Int())
	}
	return b
}
