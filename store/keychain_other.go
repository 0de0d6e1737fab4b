//go:build !darwin

package store

// newKeychain is never called: [kind.missing] comes first.
var newKeychain func(*Store) (backend, error)

func hasKeychain() bool { return false }
