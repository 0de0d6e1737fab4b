package main

// processGroup is not known on Windows.
func processGroup() int { return 0 }
