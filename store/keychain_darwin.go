package store

import (
	"slices"

	"github.com/99designs/keyring"
)

func newKeychain(s *Store) (backend, error) {
	return keyed{newRing(s, keyring.KeychainBackend, keyring.Config{
		ServiceName:              application,
		KeychainTrustApplication: true,
	})}, nil
}

func hasKeychain() bool {
	return slices.Contains(keyring.AvailableBackends(), keyring.KeychainBackend)
}
