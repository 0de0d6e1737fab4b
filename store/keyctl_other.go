//go:build !linux

package store

// newKeyctl is never called: [kind.missing] comes first.
var newKeyctl func(*Store) (backend, error)
