package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"git-credential-grant/internal/need"
)

// TestNoCore: a helper that is aborted leaves nothing of its memory, also where everything else does.
func TestNoCore(t *testing.T) {
	if !leavesCore(t, "cat") {
		need.Skip(t, "no program leaves a core here")
	}
	if leavesCore(t, "git-credential-grant", "get") {
		t.Error("the helper leaves a core")
	}
}

// leavesCore aborts a program that waits for more, once it has read the first line.
func leavesCore(t *testing.T, program ...string) bool {
	command := exec.Command("sh", append([]string{"-c", `ulimit -c unlimited; exec "$@"`, "sh"}, program...)...)
	command.Dir = t.TempDir()
	command.Env = append(command.Environ(), "GOTRACEBACK=crash")
	stdin, line, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	defer line.Close()
	command.Stdin = stdin
	if _, err := line.WriteString("protocol=https\n"); err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, program[0]+" to read", func() bool {
		left, err := unix.IoctlGetInt(int(line.Fd()), unix.TIOCINQ) // FIONREAD
		return err == nil && left == 0
	})
	command.Process.Signal(syscall.SIGABRT)
	command.Wait()
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signal() != syscall.SIGABRT {
		t.Fatalf("%s ended with %v", program[0], command.ProcessState)
	}
	return status.CoreDump()
}
