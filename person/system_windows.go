package person

import "golang.org/x/sys/windows"

// ProcessGroup is not known on Windows.
func ProcessGroup() int { return 0 }

// consoleInput and consoleOutput are the console of the process.
const consoleInput, consoleOutput = "CONIN$", "CONOUT$"

// hide has a console show nothing of what is typed, until show is called.
func hide(fd int) (show func(), err error) {
	console, mode := windows.Handle(fd), uint32(0)
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return nil, err
	}
	hidden := mode&^windows.ENABLE_ECHO_INPUT | windows.ENABLE_PROCESSED_INPUT | windows.ENABLE_LINE_INPUT
	return func() { windows.SetConsoleMode(console, mode) }, windows.SetConsoleMode(console, hidden)
}
