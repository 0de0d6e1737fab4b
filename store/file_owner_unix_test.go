//go:build unix

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

func init() { children["try"] = childTry }

// childTry says how each operation on the store in the home ends.
func childTry(args []string) error {
	s, err := Open("file", Options{})
	if err != nil {
		return err
	}
	for operation, err := range tryAll(context.Background(), s, key) {
		fmt.Println(operation+":", err, kindOf(err))
	}
	return nil
}

func kindOf(err error) string {
	var kinds []string
	for _, k := range []struct {
		name string
		is   error
	}{
		{"none", fs.ErrNotExist}, {"owner", ErrOwner}, {"place", ErrNoPlace}, {"room", ErrNoRoom},
	} {
		if errors.Is(err, k.is) {
			kinds = append(kinds, k.name)
		}
	}
	return "[" + strings.Join(kinds, " ") + "]"
}

// homeOf makes a home for a user, and makes it this process's.
func homeOf(t *testing.T, uid int) string {
	t.Helper()
	if os.Getuid() != 0 {
		need.Skip(t, "only root can make files for others")
	}
	home := shortDir(t)
	if err := os.Chown(home, uid, uid); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_DATA_HOME", "")
	return home
}

func wantOwner(t *testing.T, root string, uid int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && userOf(info) != (user{uid, uid}) {
			t.Errorf("%s belongs to %v, want %d", path, userOf(info), uid)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What root writes in the home of a person belongs to that person, whoever comes first.
func TestRootInTheHomeOfAPerson(t *testing.T) {
	for _, passphrase := range []string{"", "correct horse"} {
		home := homeOf(t, ordinaryUser)
		s := openStore(t, "file", Options{Passphrase: phrase(passphrase), Fingerprint: func(value []byte) string { return "print" }})
		put(t, s, key, "value")
		holdOnce(t, s, key)
		if s.Fingerprint(key) != "print" {
			t.Error("there is no fingerprint")
		}
		wantOwner(t, home, ordinaryUser)
		put(t, s, key, "other value")
		put(t, s, "another", "value")
		wantOwner(t, home, ordinaryUser)
		put(t, s, key, "")
	}

	home := homeOf(t, ordinaryUser)
	const processes = 64
	startMany(t, processes, func(i int) *exec.Cmd {
		uid := i % 2 * ordinaryUser // root, and the person
		return childAs(t, uid, "append", "file", "", fmt.Sprint(i))
	})
	value, err := openStore(t, "file", Options{}).Get(t.Context(), "shared")
	if got := len(strings.Fields(string(value))); got != processes || err != nil {
		t.Errorf("%d of %d updates survive, %v", got, processes, err)
	}
	wantOwner(t, home, ordinaryUser)
}

// What belongs to somebody else is left as it is, and the error says whose it has to be.
func TestOwners(t *testing.T) {
	dir := filepath.Join(".local", "share", application)
	lock := filepath.Join(dir, "locks", newItem(key).name)
	for path, refuses := range map[string]string{
		dir: "get update lock", filepath.Join(dir, "key"): "get update", recordPath(dir, key): "get update lock",
		filepath.Join(dir, "locks"): "update lock", lock: "lock", lock + ".write": "update",
	} {
		for _, c := range []struct{ runs, home, has int }{
			{ordinaryUser, ordinaryUser, 0},
			{0, ordinaryUser, 0},
			{0, 0, ordinaryUser},
			{0, ordinaryUser, ordinaryUser + 1},
		} {
			home := homeOf(t, c.home)
			s := openStore(t, "file", Options{})
			put(t, s, key, "value")
			holdOnce(t, s, key)
			path := filepath.Join(home, path)
			if err := errors.Join(os.Lchown(path, c.has, c.has), os.Chmod(path, 0o755)); err != nil {
				t.Fatal(err)
			}
			before := listTree(t, path)
			out, err := childAs(t, c.runs, "try").Output()
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(out)) {
				operation, err, _ := strings.Cut(line, ": ")
				want := "<nil> []\n"
				if strings.Contains(refuses, operation) {
					want = fmt.Sprintf(": %s belongs to user %d, and has to belong to user %d [owner]\n", path, c.has, c.home)
				}
				if !strings.HasSuffix(err, want) {
					t.Errorf("%+v: %s: got %swant %s", c, operation, err, want)
				}
			}
			if after := listTree(t, path); after != before {
				t.Errorf("%+v: what was\n%shas become\n%s", c, before, after)
			}
		}
	}
}

// The directory is made where the home is, through what the person has as a link, and never in what is somebody else's: of
// that the person is told, and root makes nothing there either.
func TestParents(t *testing.T) {
	for _, c := range []struct {
		name       string
		has, runs  int // whose .local is, and who runs
		link, made bool
	}{
		{name: "missing", has: -1, runs: ordinaryUser, made: true},
		{name: "left by root", has: 0, runs: ordinaryUser},
		{name: "left by root, who comes again", has: 0, runs: 0},
		{name: "a link to what is root's", has: 0, runs: 0, link: true},
		{name: "a link to what is the person's", has: ordinaryUser, runs: ordinaryUser, link: true, made: true},
		{name: "a link to what is the person's, for root", has: ordinaryUser, runs: 0, link: true, made: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := homeOf(t, ordinaryUser)
			local := filepath.Join(home, ".local")
			parent := local
			if c.link {
				parent = shortDir(t)
				if err := os.Symlink(parent, local); err != nil {
					t.Fatal(err)
				}
			}
			if c.has >= 0 {
				if err := errors.Join(os.MkdirAll(parent, 0o755), os.Chmod(parent, 0o755), os.Lchown(parent, c.has, c.has)); err != nil {
					t.Fatal(err)
				}
			}
			want := "[]"
			if !c.made {
				want = "[owner]"
			}
			wantKinds(t, c.runs, map[string]string{"update": want, "lock": want})
			if c.made {
				wantOwner(t, filepath.Join(home, ".local", "share"), ordinaryUser)
			} else {
				wantFiles(t, parent)
			}
		})
	}
}
