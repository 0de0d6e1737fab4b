//go:build unix

package flow

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// systemBrowser returns what opens pages on this desktop, nothing where there is no desktop.
func systemBrowser() [][]string {
	if runtime.GOOS == "darwin" {
		return [][]string{{"/usr/bin/open"}}
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil
	}
	var found [][]string
	for _, opener := range []string{"xdg-open", "x-www-browser", "www-browser"} {
		if path, err := exec.LookPath(opener); err == nil {
			found = append(found, []string{path})
		}
	}
	return found
}

// maxInherited is above every descriptor that git leaves open in a helper.
const maxInherited = 256

// detach gives the child a session of its own, so that Ctrl-C in the terminal does not reach it, and closes what we
// have inherited.
func detach(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	for fd := 3; fd < maxInherited; fd++ {
		syscall.CloseOnExec(fd)
	}
}
