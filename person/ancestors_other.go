//go:build !linux

package person

// Ancestors returns nothing: only on Linux is it known how to ask.
func Ancestors() []Process { return nil }
