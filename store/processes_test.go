package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Every one of many updates at once survives.
func TestManyProcesses(t *testing.T) {
	t.Run("file", func(t *testing.T) { testManyProcesses(t, "file", shortDir(t), 64) })
	t.Run("secret-service", func(t *testing.T) {
		startGnomeKeyring(t, startBus(t))
		testManyProcesses(t, "secret-service", shortDir(t), 64)
	})
	t.Run("secret-service of KDE", func(t *testing.T) {
		startKWallet(t, startBus(t))
		testManyProcesses(t, "secret-service", shortDir(t), 64)
	})
	t.Run("auto, of what is in the file", func(t *testing.T) {
		startGnomeKeyring(t, startBus(t))
		b := openEach(t, shortDir(t))
		put(t, b.file, "shared", "0")
		testManyProcesses(t, "auto", b.dir, 64)
		wantNothing(t, b.service, "shared")
	})
	t.Run("pass", func(t *testing.T) {
		initPass(t)
		testManyProcesses(t, "pass", shortDir(t), 16) // gpg runs several times for each
	})
}

func testManyProcesses(t *testing.T, backend, dir string, processes int) {
	var stdout bytes.Buffer // belongs to git
	startMany(t, processes, func(i int) *exec.Cmd {
		cmd := childCommand(t, "append", backend, dir, fmt.Sprint(i))
		if i == 0 {
			cmd.Stdout = &stdout
		}
		return cmd
	})
	if stdout.Len() > 0 {
		t.Errorf("standard output: %q", &stdout)
	}
	s := openStore(t, backend, Options{Dir: dir})
	defer put(t, s, "shared", "")
	got, err := s.Get(t.Context(), "shared")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range strings.Fields(string(got)) {
		seen[id] = true
	}
	if len(seen) != processes {
		t.Errorf("%d of %d updates survive", len(seen), processes)
	}
}

// startMany runs many commands at once.
func startMany(t *testing.T, n int, command func(i int) *exec.Cmd) {
	t.Helper()
	var running []*exec.Cmd
	for i := range n {
		running = append(running, command(i))
	}
	for _, cmd := range running {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// Who holds the long lock is alone, from reading to writing, however many wait.
func TestLockManyProcesses(t *testing.T) {
	const processes = 64
	dir := t.TempDir()
	startMany(t, processes, func(int) *exec.Cmd { return childCommand(t, "count", dir) })
	wantValue(t, openStore(t, "file", Options{Dir: dir}), key, fmt.Sprint(processes))
}

// childCount counts one further under the lock.
func childCount(args []string) error {
	ctx := context.Background()
	s, err := Open("file", Options{Dir: args[0]})
	if err != nil {
		return err
	}
	unlock, err := s.Lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	value, err := s.Get(ctx, key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	n, _ := strconv.Atoi(string(value))
	time.Sleep(time.Millisecond)
	return s.Update(ctx, key, func([]byte) ([]byte, error) { return strconv.AppendInt(nil, int64(n+1), 10), nil })
}

func childDelete(args []string) error {
	s, err := Open("file", Options{Dir: args[0]})
	if err != nil {
		return err
	}
	return s.Update(context.Background(), "shared", func([]byte) ([]byte, error) { return nil, nil })
}

func childAppend(args []string) error {
	s, err := Open(args[0], Options{Dir: args[1]})
	if err != nil {
		return err
	}
	return s.Update(context.Background(), "shared", func(old []byte) ([]byte, error) {
		return append(old, " "+args[2]...), nil
	})
}

// A process killed at any moment leaves a whole value, and the next one
// cleans up behind it.
func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, "file", Options{Dir: dir})
	for range 100 {
		killWhileWriting(t, dir)
		value, err := s.Get(t.Context(), "churn")
		if errors.Is(err, fs.ErrNotExist) {
			continue // killed before its first write
		}
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(value[sha256.Size:]); string(sum[:]) != string(value[:sha256.Size]) {
			t.Fatal("the value is not whole")
		}
	}
	put(t, s, "churn", "last")
	wantFiles(t, dir, "key", "locks", newItem("churn").name+recordSuffix)
}

// What it has left is in nobody's way.
func TestLeftFiles(t *testing.T) {
	dir := t.TempDir()
	record := newItem(key).name + recordSuffix
	for _, name := range []string{"key.tmp", record + ".tmp", record + ".room"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := openStore(t, "file", Options{Dir: dir})
	put(t, s, key, "value")
	holdOnce(t, s, key)
	wantFiles(t, dir, "key", "locks", record)
}

func killWhileWriting(t *testing.T, dir string) {
	t.Helper()
	cmd := childCommand(t, "churn", dir)
	startTalking(t, cmd)
	time.Sleep(rand.N(5 * time.Millisecond))
	cmd.Process.Kill()
	cmd.Wait()
}

func childChurn(args []string) error {
	s, err := Open("file", Options{Dir: args[0]})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		value := randomBytes(rand.N(100_000))
		sum := sha256.Sum256(value)
		err := s.Update(context.Background(), "churn", func([]byte) ([]byte, error) {
			return append(sum[:], value...), nil
		})
		if err != nil {
			return err
		}
	}
}

// The long lock excludes other processes, not updates; the death of its
// holder frees it.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	holder := childCommand(t, "hold", dir)
	startTalking(t, holder)

	s := openStore(t, "file", Options{Dir: dir})
	put(t, s, "key", "value")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, "key"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the lock of another process: got %v", err)
	}
	if unlock, err := s.Lock(t.Context(), "other"); err != nil {
		t.Error(err)
	} else {
		unlock()
	}

	holder.Process.Kill()
	holder.Wait()
	unlock, err := s.Lock(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if unlock, err = s.Lock(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}
	unlock()
}

func childHold(args []string) error {
	s, err := Open("file", Options{Dir: args[0]})
	if err != nil {
		return err
	}
	if _, err := s.Lock(context.Background(), "key"); err != nil {
		return err
	}
	fmt.Println("held")
	time.Sleep(time.Hour)
	return nil
}
