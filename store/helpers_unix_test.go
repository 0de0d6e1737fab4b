//go:build unix

package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// ordinaryUser is one without an entry in passwd, as containers have them.
const ordinaryUser = 54321

// childAs is childCommand as another user, if root runs the test, and else as the one who does.
func childAs(t *testing.T, uid int, child string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := childCommand(t, child, args...)
	if os.Getuid() != 0 {
		return cmd
	}
	cmd.Path = readableByAll(t)
	cmd.Env = append(cmd.Env, "TMPDIR=/tmp")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	return cmd
}

// readableByAll returns a copy of this program where all users can run it.
func readableByAll(t *testing.T) string {
	t.Helper()
	path, err := copied()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var copied = sync.OnceValues(func() (path string, err error) {
	content, err := os.ReadFile(os.Args[0])
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		return "", err
	}
	atEnd = func() { os.RemoveAll(dir) }
	path = filepath.Join(dir, "program")
	return path, errors.Join(os.Chmod(dir, 0o755), os.WriteFile(path, content, 0o755))
})
