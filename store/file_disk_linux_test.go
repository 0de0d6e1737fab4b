package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"git-credential-grant/internal/need"
)

// A disk that is read-only gives what it has, and says that nothing can be kept.
func TestReadOnlyDisk(t *testing.T) {
	home := homeOf(t, ordinaryUser)
	if err := syscall.Mount("tmpfs", home, "tmpfs", 0, "mode=755"); err != nil {
		need.Skip(t, "mounting a disk: "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(home, 0) })
	remount := func() {
		if err := syscall.Mount("tmpfs", home, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(home, ordinaryUser, ordinaryUser); err != nil {
		t.Fatal(err)
	}
	put(t, openStore(t, "file", Options{}), key, "value")
	remount()
	wantKinds(t, ordinaryUser, map[string]string{"get": "[]", "update": "[room]", "lock": "[room]"})
}

// A full disk keeps the old value, and takes a new one when there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=700"); err != nil {
		need.Skip(t, "mounting a small disk: "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	s := openStore(t, "file", Options{Dir: dir})
	put(t, s, key, "value")

	ballast := filepath.Join(dir, "ballast")
	os.WriteFile(ballast, make([]byte, 1<<20), 0o600)
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte(strings.Repeat("new", 5000)), nil })
	if err == nil {
		t.Error("no error on a full disk")
	}
	wantValue(t, s, key, "value")
	wantFiles(t, dir, "ballast", "key", "locks", newItem(key).name+recordSuffix)
	if _, err := s.Lock(t.Context(), key); !errors.Is(err, ErrNoRoom) {
		t.Errorf("the lock, for what could not be kept: got %v", err)
	}
	os.Remove(ballast)
	if unlock, err := s.Lock(t.Context(), key); err != nil {
		t.Error(err)
	} else {
		unlock()
	}
	put(t, s, key, "new")
	wantFiles(t, dir, "key", "locks", newItem(key).name+recordSuffix)
}
