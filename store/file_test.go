package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"git-credential-grant/internal/need"
)

func recordPath(dir, key string) string {
	return filepath.Join(dir, newItem(key).name+recordSuffix)
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

// Records of one passphrase have one salt, so that one key serves them all, and
// each can do without the file of the salt.
func TestSalt(t *testing.T) {
	opts := Options{Dir: t.TempDir(), Passphrase: "correct horse"}
	salt := filepath.Join(opts.Dir, "salt")
	saltOf := func(key string) (salt [saltSize]byte) {
		file, err := os.ReadFile(recordPath(opts.Dir, key))
		if err != nil {
			t.Fatal(err)
		}
		r, err := parseRecord(file)
		if err != nil {
			t.Fatal(err)
		}
		return r.salt
	}
	for value, damage := range map[string]func(){
		"first": func() {}, "lost": func() { os.Remove(salt) }, "damaged": func() { os.Truncate(salt, 3) },
	} {
		damage()
		put(t, openStore(t, "file", opts), "a", value)
		put(t, openStore(t, "file", opts), "b", value)
		if saltOf("a") != saltOf("b") {
			t.Error("the records have different salts")
		}
		damage()
		wantValue(t, openStore(t, "file", opts), "a", value)
	}
}

// What cannot be decrypted is neither taken for nothing nor overwritten.
func TestUndecipherable(t *testing.T) {
	for _, c := range []struct {
		name        string
		write, read Options
		damage      func(t *testing.T, dir string)
		mentions    string
		want        error // instead of ErrUndecipherable
	}{
		{name: "wrong passphrase", write: Options{Passphrase: "a"}, read: Options{Passphrase: "b"}, mentions: "passphrase"},
		{name: "passphrase forgotten", write: Options{Passphrase: "a"}, mentions: "passphrase", want: ErrPassphrase},
		{name: "passphrase set later", read: Options{Passphrase: "a"}, mentions: "not written with a passphrase"},
		{name: "key file gone", damage: func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "key"))
		}, mentions: "key file"},
		{name: "another key file", damage: func(t *testing.T, dir string) {
			os.WriteFile(filepath.Join(dir, "key"), make([]byte, keySize), 0o600)
		}, mentions: "another key"},
		{name: "key file cut", damage: func(t *testing.T, dir string) {
			os.Truncate(filepath.Join(dir, "key"), 5)
		}, mentions: "key file"},
		{name: "record cut", damage: func(t *testing.T, dir string) {
			os.Truncate(recordPath(dir, key), int64(headerSize)+3)
		}, mentions: "damaged"},
		{name: "record empty", damage: func(t *testing.T, dir string) {
			os.Truncate(recordPath(dir, key), 0)
		}, mentions: "damaged"},
		{name: "record of a newer version", damage: func(t *testing.T, dir string) {
			exchange(t, recordPath(dir, key), len(recordMagic), recordVersion+1)
		}, mentions: "newer version"},
		{name: "record with a newer kind of key", damage: func(t *testing.T, dir string) {
			exchange(t, recordPath(dir, key), len(recordMagic)+1, byte(fromPassphrase+1))
		}, mentions: "newer version"},
		{name: "record of another key", damage: func(t *testing.T, dir string) {
			put(t, openStore(t, "file", Options{Dir: dir}), "other", "other value")
			os.Rename(recordPath(dir, "other"), recordPath(dir, key))
		}, mentions: "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.write.Dir, c.read.Dir = dir, dir
			put(t, openStore(t, "file", c.write), key, "value")
			if c.damage != nil {
				c.damage(t, dir)
			}
			before, _ := os.ReadFile(recordPath(dir, key))
			s := openStore(t, "file", c.read)
			want := cmp.Or(c.want, ErrUndecipherable)
			_, err := s.Get(t.Context(), key)
			if !errors.Is(err, want) || !strings.Contains(err.Error(), c.mentions) {
				t.Errorf("Get: got %v", err)
			}
			err = s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte("new"), nil })
			if !errors.Is(err, want) {
				t.Errorf("Update: got %v", err)
			}
			if after, _ := os.ReadFile(recordPath(dir, key)); !bytes.Equal(before, after) {
				t.Error("the record has changed")
			}
		})
	}
}

// exchange writes one byte of a file anew.
func exchange(t *testing.T, path string, at int, value byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[at] = value
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A lost key file is not replaced while there are records of it.
func TestKeyIsNotMadeTwice(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, "file", Options{Dir: dir})
	put(t, s, key, "value")
	os.Remove(filepath.Join(dir, "key"))
	err := s.Update(t.Context(), "other", func([]byte) ([]byte, error) { return []byte("x"), nil })
	if !errors.Is(err, ErrUndecipherable) {
		t.Errorf("got %v", err)
	}
}

// All who come at once to an empty directory end up with one key.
func TestKeyFileRace(t *testing.T) {
	for range 10 {
		dir := t.TempDir()
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				s := openStore(t, "file", Options{Dir: dir})
				put(t, s, string(rune('a'+i)), "value")
			})
		}
		group.Wait()
		for i := range 16 {
			wantValue(t, openStore(t, "file", Options{Dir: dir}), string(rune('a'+i)), "value")
		}
	}
}

// With a passphrase in use no key file is made, and one that somebody has put there opens and seals nothing.
func TestPassphraseInUse(t *testing.T) {
	planted := t.TempDir()
	put(t, openStore(t, "file", Options{Dir: planted}), key, "planted")
	dir := t.TempDir()
	with, without := openStore(t, "file", Options{Dir: dir, Passphrase: "a"}), openStore(t, "file", Options{Dir: dir})
	put(t, with, "own", "value")
	wantRefused := func(s *Store, key string, want error, operations ...string) {
		t.Helper()
		if operations == nil {
			operations = []string{"get", "update"}
		}
		for operation, err := range tryAll(t.Context(), s, key) {
			if slices.Contains(operations, operation) && !errors.Is(err, want) {
				t.Errorf("%s of %q: got %v, want %v", operation, key, err, want)
			}
		}
	}
	if err := without.Update(t.Context(), "new", func([]byte) ([]byte, error) { return []byte("x"), nil }); !errors.Is(err, ErrPassphrase) {
		t.Errorf("Update: got %v", err)
	}
	wantFiles(t, dir, "locks", "salt", newItem("own").name+recordSuffix)

	for _, name := range []string{"key", newItem(key).name + recordSuffix} {
		if err := os.Rename(filepath.Join(planted, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	wantRefused(without, key, ErrPassphrase)
	wantRefused(without, "another new one", ErrPassphrase, "update")
	wantRefused(without, "own", ErrPassphrase)
	wantRefused(with, key, ErrUndecipherable)
	wantValue(t, with, "own", "value")
	put(t, with, "own", "new value")
	put(t, with, "another", "value")

	// Without the salt, which nothing needs, it is the same.
	for _, name := range []string{"salt", "key"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(recordPath(dir, key)); err != nil {
		t.Fatal(err)
	}
	if err := without.Update(t.Context(), "new", func([]byte) ([]byte, error) { return []byte("x"), nil }); !errors.Is(err, ErrPassphrase) {
		t.Errorf("Update without the salt: got %v", err)
	}
}

// Who has set a passphrase by mistake does not lose what the key file opens.
func TestPassphraseSetOnce(t *testing.T) {
	dir := t.TempDir()
	without := openStore(t, "file", Options{Dir: dir})
	put(t, without, key, "value")
	with := openStore(t, "file", Options{Dir: dir, Passphrase: "a"})
	err := with.Update(t.Context(), "new", func([]byte) ([]byte, error) { return []byte("x"), nil })
	if !errors.Is(err, ErrUndecipherable) {
		t.Errorf("got %v", err)
	}
	wantValue(t, without, key, "value")
	put(t, without, "other", "value")

	// When nothing needs the key file any more, the passphrase is used, and the other way round.
	put(t, without, key, "")
	put(t, without, "other", "")
	put(t, with, key, "with")
	wantValue(t, with, key, "with")
	put(t, with, key, "")
	put(t, without, key, "without")
	wantValue(t, without, key, "without")
}

func TestUnchangedValueIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, "file", Options{Dir: dir})
	put(t, s, key, "value")
	before, _ := os.ReadFile(recordPath(dir, key))
	put(t, s, key, "value")
	if after, _ := os.ReadFile(recordPath(dir, key)); !bytes.Equal(before, after) {
		t.Error("the record was written again")
	}
}

// Nothing that has to be random is ever the same: two seals of one value, two keys, two salts.
func TestRandomness(t *testing.T) {
	seen := map[string]bool{}
	wantNew := func(what, content string) {
		t.Helper()
		if seen[content] || strings.Trim(content, "\x00") == "" {
			t.Errorf("%s %x is not random", what, content)
		}
		seen[content] = true
	}
	k := sealingKey{kdf: fromKeyFile, key: make([]byte, keySize)}
	for range 1000 {
		file, err := seal([]byte("value"), "name", k)
		if err != nil {
			t.Fatal(err)
		}
		wantNew("the nonce", string(file[headerSize-nonceSize:headerSize]))
	}
	for range 3 {
		for file, passphrase := range map[string]string{"key": "", "salt": "a"} {
			dir := t.TempDir()
			put(t, openStore(t, "file", Options{Dir: dir, Passphrase: passphrase}), key, "value")
			content, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			wantNew("the "+file, string(content))
		}
	}
}

func FuzzRecord(f *testing.F) {
	k := sealingKey{kdf: fromKeyFile, key: make([]byte, keySize)}
	file, err := seal([]byte("value"), "name", k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(file[:headerSize])
	f.Add([]byte(recordMagic))
	f.Fuzz(func(t *testing.T, file []byte) {
		if r, err := parseRecord(file); err == nil {
			if again := append(r.header(), r.sealed...); !bytes.Equal(again, file) {
				t.Errorf("%q becomes %q", file, again)
			}
			r.open("name", k.key)
		}
		sealed, err := seal(file, "name", k)
		if err != nil {
			t.Fatal(err)
		}
		r, err := parseRecord(sealed)
		if err != nil {
			t.Fatal(err)
		}
		if value, err := r.open("name", k.key); err != nil || !bytes.Equal(value, file) {
			t.Errorf("sealed %q, opened %q, %v", file, value, err)
		}
		if _, err := r.open("other name", k.key); err == nil {
			t.Error("opened under another name")
		}
	})
}
