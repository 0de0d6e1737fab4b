// Package nodial keeps a package that is initialized later from dialing the
// session bus.
//
// On Linux, github.com/99designs/keyring dials the bus in its init functions,
// without a deadline: a bus that accepts and never answers hangs every program
// that imports it, and without an address it starts a dbus-daemon that nobody
// ends (https://github.com/99designs/keyring/issues/103,
// https://github.com/godbus/dbus/issues/268). While this package has the
// address hidden, that dial fails at once.
//
// It imports only os, and its path sorts before github.com, so it is
// initialized first: "the list of all packages is sorted by import path; [...]
// the first package in the list that has no uninitialized imports is
// initialized" (https://go.dev/doc/go1.21#language).
package nodial

import "os"

const variable = "DBUS_SESSION_BUS_ADDRESS"

var address, set = hide()

func hide() (string, bool) {
	address, set := os.LookupEnv(variable)
	// There is no such transport, so a dial fails without a system call.
	os.Setenv(variable, "disabled:")
	return address, set
}

// Restore puts the address back as it was. The importing package calls it in
// its own init, which runs after those of the packages it imports.
func Restore() {
	if set {
		os.Setenv(variable, address)
	} else {
		os.Unsetenv(variable)
	}
}
