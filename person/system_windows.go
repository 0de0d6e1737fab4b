package person

// ProcessGroup is not known on Windows.
func ProcessGroup() int { return 0 }

// consoleInput and consoleOutput are the console of the process.
const consoleInput, consoleOutput = "CONIN$", "CONOUT$"
