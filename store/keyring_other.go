//go:build !darwin && !windows

package store

// These are never called: [kind.missing] comes first.
var newKeychain, newWincred func(*Store) (backend, error)

func hasKeychain() bool { return false }
