package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// childVariable makes the test binary do what a child does, as a process of its own.
const childVariable = "STORE_TEST_CHILD"

var children = map[string]func(args []string) error{
	"append":  childAppend,
	"address": childAddress,
	"churn":   childChurn,
	"hold":    childHold,
	"count":   childCount,
	"delete":  childDelete,
}

// atEnd is done after all tests.
var atEnd = func() {}

func TestMain(m *testing.M) {
	child, ok := children[os.Getenv(childVariable)]
	if !ok {
		status := m.Run()
		atEnd()
		os.Exit(status)
	}
	if err := child(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func childCommand(t *testing.T, child string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), childVariable+"="+child)
	cmd.Stderr = os.Stderr
	return cmd
}

func somebody() bool { return true }

func openStore(t *testing.T, name string, opts Options) *Store {
	t.Helper()
	s, err := Open(name, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Store, key, value string) {
	t.Helper()
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte(value), nil })
	if err != nil {
		t.Fatalf("Update(%q): %v", key, err)
	}
}

func wantValue(t *testing.T, s *Store, key, want string) {
	t.Helper()
	got, err := s.Get(t.Context(), key)
	if err != nil || string(got) != want {
		t.Fatalf("Get(%q) = %.40q, %v, want %.40q", key, got, err, want)
	}
}

// memory is a backend that keeps at most limit bytes an item.
type memory struct {
	mu    sync.Mutex
	items map[string][]byte
	limit int
	left  int // changes until it fails, if positive
}

// startServer starts a program that serves until the test ends.
func startServer(t *testing.T, stdin io.Reader, name string, args ...string) *exec.Cmd {
	t.Helper()
	return startServerOf(t, me(), nil, stdin, name, args...)
}

// startServerOf starts it as a user, with more in its environment.
func startServerOf(t *testing.T, u user, env []string, stdin io.Reader, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = stdin
	cmd.Env = append(os.Environ(), env...)
	u.runAs(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

// eventually waits until done is true.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(bytes.TrimSpace(out))
}
