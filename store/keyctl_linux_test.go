package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
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
// are made and deleted, no more count than there are, or soon.
func TestKeyctlOnManyThreads(t *testing.T) {
	s := openKeyctl(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			key := fmt.Sprint(t.Name(), os.Getpid(), i)
			for range 100 {
				for _, value := range []string{"one", "two", ""} {
					if err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte(value), nil }); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
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
	if got, err := readKey(id); string(got) != text || err != nil {
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

// A user's keys may take 20,000 bytes, and be 200. One more is not called too large.
func TestKeyctlFull(t *testing.T) {
	openKeyctl(t)
	cmd := childAs(t, ordinaryUser, "fill")
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), "full") {
		t.Errorf("got %s, %v", out, err)
	}
}

func init() { children["fill"] = childFill }

// childFill fills the user's keyring, stores a value all the same, and prints the error.
func childFill([]string) error {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := Open("keyctl", Options{Dir: dir})
	if err != nil {
		return err
	}
	name := fmt.Sprint("full ", os.Getpid())
	defer s.Update(context.Background(), name, func([]byte) ([]byte, error) { return nil, nil })
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
	err = s.Update(context.Background(), name, func([]byte) ([]byte, error) { return make([]byte, 1000), nil })
	for _, key := range keys {
		unix.KeyctlInt(unix.KEYCTL_UNLINK, key, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
	if !errors.Is(err, ErrFull) {
		return fmt.Errorf("of a full keyring: %w", err)
	}
	fmt.Fprintln(os.Stdout, err)
	return nil
}
