package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"git-credential-grant/internal/need"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestDirectory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the places of Linux")
	}
	for _, c := range []struct{ chosen, home, data, want string }{
		{"/chosen", "/home/me", "/data", "/chosen"},
		{"", "/home/me", "/data", "/data/git-credential-grant"},
		{"", "/home/me", "", "/home/me/.local/share/git-credential-grant"},
		{"", "/home/me", "relative", "/home/me/.local/share/git-credential-grant"},
		{"", "", "/data", "/data/git-credential-grant"},
		{"", "", "", ""},
		{"", "relative", "", ""},
	} {
		t.Setenv("HOME", c.home)
		t.Setenv("XDG_DATA_HOME", c.data)
		_, got, err := place(c.chosen)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "store")
	s := openStore(t, "file", Options{Dir: dir})
	put(t, s, key, "the secret")
	modes := map[string]os.FileMode{
		dir:                         0o700,
		filepath.Join(dir, "locks"): 0o700,
		filepath.Join(dir, "key"):   0o600,
		recordPath(dir, key):        0o600,
		filepath.Join(dir, "locks/"+newItem(key).name+".write"): 0o600,
	}
	for path, want := range modes {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
	if file, _ := os.ReadFile(recordPath(dir, key)); bytes.Contains(file, []byte("secret")) {
		t.Error("the record is not encrypted")
	}
}

func TestModesAreMended(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	var mended []string
	opts := Options{Dir: filepath.Join(t.TempDir(), "new"), Mended: func(path string) { mended = append(mended, path) }}
	s := openStore(t, "file", opts)
	put(t, s, key, "value")
	if mended != nil {
		t.Errorf("%q were new, and mended", mended)
	}
	for _, path := range []string{opts.Dir, filepath.Join(opts.Dir, "key"), recordPath(opts.Dir, key)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
		mended = nil
		wantValue(t, s, key, "value")
		if info, _ := os.Stat(path); !isPrivate(info) {
			t.Errorf("%s stays open to others: %v", path, info.Mode())
		}
		if !slices.Equal(mended, []string{path}) {
			t.Errorf("mended %q, want %q", mended, path)
		}
	}
}

// A link in the place of anything of ours is refused, and where it leads to nothing is read or changed.
func TestLinksAreRefused(t *testing.T) {
	lock := filepath.Join("locks", newItem(key).name)
	for name, refuses := range map[string]string{
		".": "get update lock", "locks": "update lock", "key": "get update", filepath.Base(recordPath("", key)): "get update lock",
		lock: "lock", lock + ".write": "update",
	} {
		dir := filepath.Join(shortDir(t), "dir")
		put(t, openStore(t, "file", Options{Dir: dir}), key, "value")
		holdOnce(t, openStore(t, "file", Options{Dir: dir}), key)
		path, elsewhere := filepath.Join(dir, name), filepath.Join(shortDir(t), "elsewhere")
		if err := errors.Join(os.Rename(path, elsewhere), os.Chmod(elsewhere, 0o755)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(elsewhere, path); err != nil {
			need.Skip(t, err.Error())
		}
		before := listTree(t, elsewhere)
		opts := Options{Dir: dir, Mended: func(path string) { t.Errorf("%s: mended %s", name, path) }}
		for operation, err := range tryAll(t.Context(), openStore(t, "file", opts), key) {
			var of *FileError
			refused := errors.Is(err, ErrLink) && errors.As(err, &of) && of.Path == filepath.Clean(path)
			if want := strings.Contains(refuses, operation); refused != want || err != nil && !want {
				t.Errorf("%s: %s: got %v", name, operation, err)
			}
		}
		if after := listTree(t, elsewhere); after != before {
			t.Errorf("%s: what was\n%s\nhas become\n%s", name, before, after)
		}
	}
}

// listTree describes what is at a path and below it, as far as reading does not change it.
func listTree(t *testing.T, root string) string {
	t.Helper()
	var tree strings.Builder
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		content, _ := os.ReadFile(path)
		fmt.Fprintf(&tree, "%s %v %d %x\n", path, info.Mode(), userOf(info).uid, sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree.String()
}
