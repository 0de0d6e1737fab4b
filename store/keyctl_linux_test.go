package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestKeyctlTooLarge(t *testing.T) {
	s := openKeyctl(t)
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return make([]byte, keyctlLimit+1), nil })
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// The kernel gives each thread a session keyring of its own, and Go moves its work between threads. However often keys
// are made and deleted, no more of the 200 that an ordinary user may have count than there are, or soon.
func TestKeyctlOnManyThreads(t *testing.T) {
	openKeyctl(t)
	cmd := childAs(t, ordinaryUser, "threads")
	if out, err := cmd.Output(); err != nil {
		t.Error(string(out), err)
	}
}

func childThreads(s *Store) error {
	errs := make(chan error)
	const threads = 8
	for i := range threads {
		go func() {
			key := fmt.Sprint("thread ", os.Getpid(), i)
			var err error
			for n := 0; n < 300 && err == nil; n++ {
				value := []string{"one", "two", ""}[n%3]
				err = s.Update(context.Background(), key, func([]byte) ([]byte, error) { return []byte(value), nil })
			}
			errs <- err
		}()
	}
	var all error
	for range threads {
		all = errors.Join(all, <-errs)
	}
	return all
}

// A key has the name, the access and the payload that it has always had, and one like that opens for ever.
func TestGoldenKeyctl(t *testing.T) {
	const (
		key  = "https://golden.example"
		name = "git-credential-grant:v1-5d5649e0baf1f9e86f8d5403fbe7c212feb83294a5ee5b63d76bd743ad81ea94"
		text = "git-credential-grant item\n" + key + "\x00\x01value"
	)
	s := openKeyctl(t)
	t.Cleanup(func() { put(t, s, key, "") })
	put(t, s, key, "value")
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := payload(id); string(got) != text || err != nil {
		t.Errorf("the payload is %q, %v", got, err)
	}
	if got, _ := unix.KeyctlString(unix.KEYCTL_DESCRIBE, id); !strings.HasSuffix(got, ";3f3f0000;"+name) {
		t.Errorf("the key is %s", got)
	}

	put(t, s, key, "")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	id, err = unix.AddKey("user", name, []byte(text), unix.KEY_SPEC_SESSION_KEYRING)
	if err == nil {
		err = unix.KeyctlSetperm(id, 0x3f3f0000)
	}
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	wantValue(t, s, key, "value")
}

// A user's keys may take 20,000 bytes, and be 200. One more is not called too large, and what is there can be changed.
func TestKeyctlFull(t *testing.T) {
	openKeyctl(t)
	cmd := childAs(t, ordinaryUser, "fill")
	if out, err := cmd.Output(); err != nil {
		t.Error(string(out), err)
	}
}

func init() {
	children["threads"] = func([]string) error { return onKeyctl(childThreads) }
	children["fill"] = func([]string) error { return onKeyctl(childFill) }
}

// onKeyctl does something on the kernel's keyring, with locks of its own.
func onKeyctl(do func(*Store) error) error {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := Open("keyctl", Options{Dir: dir})
	if err != nil {
		return err
	}
	return do(s)
}

// childFill fills the user's keyring, and stores something all the same.
func childFill(s *Store) error {
	write := func(name string, size int, fill byte) error {
		value := bytes.Repeat([]byte{fill}, size)
		return s.Update(context.Background(), fmt.Sprint(name, os.Getpid()), func([]byte) ([]byte, error) { return value, nil })
	}
	if err := write("old", 1000, 1); err != nil {
		return err
	}
	defer write("old", 0, 0)
	var keys []int
	for refused := 0; refused < 20; { // what others have just deleted still counts at first
		name := fmt.Sprint("filling ", len(keys))
		key, err := unix.AddKey("user", name, make([]byte, 500), unix.KEY_SPEC_USER_KEYRING)
		if err != nil {
			refused++
			time.Sleep(5 * time.Millisecond)
			continue
		}
		keys = append(keys, key)
	}
	unlink := func(keys []int) {
		for _, key := range keys {
			unix.KeyctlInt(unix.KEYCTL_UNLINK, key, unix.KEY_SPEC_USER_KEYRING, 0, 0)
		}
	}
	changed, made := write("old", 1000, 2), write("new", 1000, 3)
	unlink(keys[:4])
	later := write("new", 1000, 3)
	unlink(keys[4:])
	if changed != nil || !errors.Is(made, ErrFull) || later != nil {
		return fmt.Errorf("of a full keyring: changing: %v, making: %v, making when there is room: %v", changed, made, later)
	}
	return write("new", 0, 0)
}
