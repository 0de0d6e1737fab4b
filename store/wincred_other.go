//go:build !windows

package store

// newWincred is never called: [kind.missing] comes first.
var newWincred func(*Store) (backend, error)
