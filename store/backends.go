package store

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// kind is a backend that can be asked for by name.
type kind struct {
	name    string
	systems string // those of runtime.GOOS that have it; empty means all
	open    func(*Store) (backend, error)
}

// Only these have a session bus to find a keyring on.
const busSystems = "linux freebsd openbsd netbsd dragonfly"

var kinds = []kind{
	{"secret-service", busSystems, func(s *Store) (backend, error) { return newSecretService(s), nil }},
	{"keychain", "darwin", newKeychain},
	{"wincred", "windows", newWincred},
	{"pass", busSystems + " darwin", newPass},
	{"keyctl", "linux", newKeyctl},
	{"file", "", newFileBackend},
}

// opener is how a store comes to its backends, at first use.
type opener func(*Store) ([]named, error)

// openerOf returns what opens the backend called name.
func openerOf(name string) (opener, error) {
	if name == "" || name == "auto" {
		return autoOpener()
	}
	return fixed(name, "it was asked for")
}

// fixed leaves no choice but the backend called name.
func fixed(name, reason string) (opener, error) {
	if name == "kwallet" {
		// https://kde.org/announcements/frameworks/5/5.97.0/
		return nil, errors.New("KDE's wallet is a Secret Service, from KDE Frameworks 5.97 on: use secret-service")
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return nil, fmt.Errorf("no store is called %q: use auto, %s", name, kindNames())
	}
	if err := kinds[i].missing(runtime.GOOS, hasKeychain()); err != nil {
		return nil, err
	}
	return func(s *Store) ([]named, error) {
		b, err := kinds[i].open(s)
		if err != nil {
			return nil, withName(name, err)
		}
		return []named{{b, name, reason}}, nil
	}, nil
}

// missing returns why a program for that system cannot have the backend, or
// nil. keychain says whether it was built with that of macOS.
func (k kind) missing(system string, keychain bool) error {
	if k.systems != "" && !slices.Contains(strings.Fields(k.systems), system) {
		return fmt.Errorf("the store %s does not exist on %s: %w", k.name, system, errors.ErrUnsupported)
	}
	if k.name == "keychain" && !keychain {
		return fmt.Errorf("the store keychain needs a program built with CGO_ENABLED=1: %w", errors.ErrUnsupported)
	}
	return nil
}

func kindNames() string { return strings.Join(Names()[1:], ", ") }

// Names are the names that [Open] takes, on this system or another.
func Names() []string {
	names := []string{"auto"}
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}
