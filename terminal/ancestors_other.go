//go:build !linux

package terminal

// Ancestors returns nothing: only on Linux is it known how to ask.
func Ancestors() []Process { return nil }
