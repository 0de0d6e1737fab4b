package main

import (
	"os/exec"
	"syscall"
	"testing"
	"time"

	"git-credential-grant/internal/need"
)

// TestNoCore: a helper that is aborted leaves nothing of its memory, also where everything else does.
func TestNoCore(t *testing.T) {
	if !leavesCore(t, "sleep", "10") {
		need.Skip(t, "no program leaves a core here")
	}
	if leavesCore(t, "git-credential-grant", "get") {
		t.Error("the helper leaves a core")
	}
}

// leavesCore aborts a program that waits.
func leavesCore(t *testing.T, program ...string) bool {
	command := exec.Command("sh", append([]string{"-c", `ulimit -c unlimited; exec "$@"`, "sh"}, program...)...)
	command.Dir = t.TempDir()
	command.Env = append(command.Environ(), "GOTRACEBACK=crash")
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	command.Process.Signal(syscall.SIGABRT)
	command.Wait()
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signal() != syscall.SIGABRT {
		t.Fatalf("%s ended with %v", program[0], command.ProcessState)
	}
	return status.CoreDump()
}
