package store

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
)

// autoChooser takes the system's own keyring. Only where one may well be
// missing, on the session bus, is there another choice.
func autoChooser() (chooser, error) {
	switch {
	case runtime.GOOS == "darwin":
		return fixed("keychain", "it is the keyring of macOS")
	case runtime.GOOS == "windows":
		return fixed("wincred", "it is the keyring of Windows")
	case slices.Contains(strings.Fields(busSystems), runtime.GOOS):
		return chooseOnBus, nil
	default:
		return fixed("file", "no other store is known for "+runtime.GOOS)
	}
}

// chooseOnBus takes the Secret Service if there is one to talk to, locked or
// not, and else the file. One that hangs or does not start is an error: what
// it holds would seem lost, and what is stored meanwhile would be lost later.
func chooseOnBus(ctx context.Context, s *Store) (choice, error) {
	service := newSecretService(s)
	err := service.reach(ctx)
	var none absent
	if errors.As(err, &none) {
		file, err := newFileBackend(s)
		return choice{file, "file", string(none)}, err
	}
	return choice{service, "secret-service", "there is a Secret Service on the session bus"}, err
}
