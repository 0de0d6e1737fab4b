package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"git-credential-grant/internal/need"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
	beUnhurried()
	if err := child(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func childCommand(t *testing.T, child string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), childVariable+"="+child)
	cmd.Stderr = os.Stderr
	return cmd
}

func somebody() bool { return true }

// phrase is a passphrase as [Options] have it, none for "".
func phrase(text string) func() (string, error) {
	if text == "" {
		return nil
	}
	return func() (string, error) { return text, nil }
}

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
	startForTest(t, cmd)
	return cmd
}

// startForTest starts a program that lives at most as long as the test.
func startForTest(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

// startTalking is startForTest that waits for the first line of a program.
func startTalking(t *testing.T, cmd *exec.Cmd) (line string) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	startForTest(t, cmd)
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
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

func wantListed(t *testing.T, s *Store, want ...string) {
	t.Helper()
	got := listed(t, s)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("List gives %q, want %q", got, want)
	}
}

// tryAll returns the error of each operation.
func tryAll(ctx context.Context, s *Store, key string) map[string]error {
	_, get := s.Get(ctx, key)
	update := s.Update(ctx, key, func(old []byte) ([]byte, error) { return append(old, '.'), nil })
	unlock, lock := s.Lock(ctx, key)
	if lock == nil {
		unlock()
	}
	return map[string]error{"get": get, "update": update, "lock": lock}
}

func holdOnce(t *testing.T, s *Store, key string) {
	t.Helper()
	unlock, err := s.Lock(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

// listed is what the store has, which in the keyring of the person who runs the tests may be more than the test's.
func listed(t *testing.T, s *Store) []string {
	t.Helper()
	keys, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func wantNothing(t *testing.T, s *Store, key string) {
	t.Helper()
	value, err := s.Get(t.Context(), key)
	if !errors.Is(err, fs.ErrNotExist) || value != nil {
		t.Fatalf("Get(%q) = %q, %v, want nothing", key, value, err)
	}
}

func allBytes() string {
	var b bytes.Buffer
	for i := range 256 {
		b.WriteByte(byte(i))
	}
	return b.String()
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Int())
	}
	return b
}

// initPass makes a password store, encrypted to a key without passphrase.
func initPass(t *testing.T) {
	need.Programs(t, "pass", "gpg")
	unhurried(t)
	// The socket of gpg-agent is in there, and its name must be short.
	home := shortDir(t)
	t.Setenv("GNUPGHOME", home)
	t.Setenv("PASSWORD_STORE_DIR", filepath.Join(home, "store"))
	output(t, "gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "",
		"--quick-generate-key", "test", "future-default", "default", "never")
	t.Cleanup(func() { output(t, "gpgconf", "--kill", "all") })
	output(t, "pass", "init", "test")
}

// unhurried gives a keyring that does answer as long as a busy machine may need.
func unhurried(t *testing.T) {
	before := []patience{reading, writing, slow}
	t.Cleanup(func() { reading, writing, slow = before[0], before[1], before[2] })
	beUnhurried()
}

func beUnhurried() {
	long := patience{alone: 5 * time.Minute, attended: 5 * time.Minute}
	reading, writing, slow = long, long, long
}

// openKeyctl uses the user's own keyring in the kernel. The contract deletes
// all that it stores.
func openKeyctl(t *testing.T) *Store {
	s, err := Open("keyctl", Options{Dir: t.TempDir()})
	if err != nil {
		need.Skip(t, err.Error())
	}
	if _, err := s.Get(t.Context(), "probe"); !errors.Is(err, fs.ErrNotExist) {
		need.Skip(t, err.Error())
	}
	return s
}
