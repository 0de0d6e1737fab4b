//go:build unix

package person

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"git-credential-grant/internal/shellwords"
)

// escape is what a shell here takes for one.
const escape = shellwords.Backslash

// systemBrowser returns what opens pages on the screen before the person, nothing where there is no such screen.
func systemBrowser() [][]string {
	display := os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
	var commands [][]string
	if onWindows(kernel()) && !overSSH() {
		commands = windowsBrowser()
	}
	switch {
	case runtime.GOOS == "darwin" && !overSSH():
		commands = [][]string{{"/usr/bin/open"}}
	case display:
		commands = append(commands, []string{"xdg-open"}, []string{"gio", "open"}, []string{"x-www-browser"})
	}
	return installed(commands)
}

// kernel names the kernel, "" where that is not Linux.
func kernel() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return string(release)
}

// onWindows reports whether this is the Windows Subsystem for Linux, whose kernel has Microsoft's name in its release
// (https://github.com/microsoft/WSL/issues/423). A container on that kernel looks the same, but has no Windows programs.
func onWindows(release string) bool {
	return os.Getenv("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(release), "microsoft")
}

// windowsBrowser returns what opens pages on the Windows around this Linux: wslview from wslu, or Windows' own handler,
// also where the PATH of Windows is left out. No shell comes between, so nothing in an address means anything to one.
func windowsBrowser() [][]string {
	const handler = "url.dll,FileProtocolHandler"
	return [][]string{
		{"wslview"},
		{"rundll32.exe", handler},
		{"/mnt/c/Windows/System32/rundll32.exe", handler},
	}
}

// installed returns those of the commands that there are, with their paths.
func installed(commands [][]string) [][]string {
	var found [][]string
	for _, command := range commands {
		if path, err := exec.LookPath(command[0]); err == nil {
			found = append(found, append([]string{path}, command[1:]...))
		}
	}
	return found
}

// maxInherited is above every descriptor that git leaves open in a helper.
const maxInherited = 256

// detach gives the child a session of its own, so that Ctrl-C in the terminal does not reach it and it cannot use the
// terminal, and closes what we have inherited.
func detach(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	for fd := 3; fd < maxInherited; fd++ {
		syscall.CloseOnExec(fd)
	}
}
