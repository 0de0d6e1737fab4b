//go:build !linux

package store

import "os"

// renameNew is os.Rename: these systems have no call that replaces nothing.
func renameNew(from, to string) error { return os.Rename(from, to) }
