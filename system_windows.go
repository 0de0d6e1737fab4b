package main

// terminal is the console of the process.
const terminal = "CONIN$"

// processGroup is not known on Windows.
func processGroup() int { return 0 }
