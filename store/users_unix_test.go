//go:build unix

package store

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// ordinaryUser is one without an entry in passwd, as containers have them.
const ordinaryUser = 54321

// childAs is childCommand as another user, if root runs the test, and else as the one who does.
func childAs(t *testing.T, uid int, child string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := childCommand(t, child, args...)
	cmd.Stderr = nil
	if os.Getuid() != 0 {
		return cmd
	}
	cmd.Path = readable(t, os.Args[0])
	cmd.Env = append(cmd.Env, "TMPDIR=/tmp")
	cmd.Dir = filepath.Dir(cmd.Path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	return cmd
}

// readable copies a program to where all users can run it.
func readable(t *testing.T, program string) string {
	t.Helper()
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	dir := shortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
