package store

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestOpenNames(t *testing.T) {
	for _, k := range kinds {
		s, err := Open(k.name, Options{})
		elsewhere := k.systems != "" && !strings.Contains(k.systems, runtime.GOOS) ||
			k.name == "keychain" && !hasKeychain()
		if elsewhere != errors.Is(err, errors.ErrUnsupported) || (s == nil) != (err != nil) {
			t.Errorf("Open(%q) = %v, %v", k.name, s, err)
		}
	}
	_, err := Open("keyring", Options{})
	if err == nil || !strings.Contains(err.Error(), "secret-service, keychain, wincred, pass, keyctl, file") {
		t.Errorf("an unknown name: got %v", err)
	}
	if _, err := Open("kwallet", Options{}); err == nil || !strings.Contains(err.Error(), "use secret-service") {
		t.Errorf("kwallet: got %v", err)
	}
}

// A program for macOS that was built without cgo has no keychain, and says so
// instead of keeping sign-ins elsewhere.
func TestKeychainNeedsCgo(t *testing.T) {
	keychain := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == "keychain" })]
	if err := keychain.missing("darwin", true); err != nil {
		t.Errorf("with cgo: got %v", err)
	}
	err := keychain.missing("darwin", false)
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "CGO_ENABLED=1") {
		t.Errorf("without cgo: got %v", err)
	}
	if err := keychain.missing("linux", false); err == nil || !strings.Contains(err.Error(), "does not exist on linux") {
		t.Errorf("on linux: got %v", err)
	}
}
