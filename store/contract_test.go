package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestContract holds every backend that can run here to the same promises.
func TestContract(t *testing.T) {
	for _, b := range []struct {
		name string
		open func(t *testing.T) *Store
	}{
		{"file", func(t *testing.T) *Store { return openStore(t, "file", Options{Dir: t.TempDir()}) }},
		{"file with passphrase", func(t *testing.T) *Store {
			return openStore(t, "file", Options{Dir: t.TempDir(), Passphrase: phrase("correct horse")})
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
		if !slices.Contains(got, key) && dbusString(key) == key {
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
