package person

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"git-credential-grant/internal/shellwords"
)

// escape is nothing: the backslash is in every path.
const escape = shellwords.NoEscape

// systemBrowser returns what opens pages on Windows. rundll32 takes the address as it is; cmd's start would not.
func systemBrowser() [][]string {
	if overSSH() {
		return nil
	}
	return [][]string{{filepath.Join(os.Getenv("SystemRoot"), "System32", "rundll32.exe"), "url.dll,FileProtocolHandler"}}
}

// detach keeps the child from inheriting our handles and console.
func detach(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{NoInheritHandles: true, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
