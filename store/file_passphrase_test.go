package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Records of one passphrase have one salt, so that one key serves them all, and
// each can do without the file of the salt.
func TestSalt(t *testing.T) {
	opts := Options{Dir: t.TempDir(), Passphrase: phrase("correct horse")}
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

// With a passphrase in use no key file is made, and one that somebody has put there opens and seals nothing.
func TestPassphraseInUse(t *testing.T) {
	planted := t.TempDir()
	put(t, openStore(t, "file", Options{Dir: planted}), key, "planted")
	dir := t.TempDir()
	with, without := openStore(t, "file", Options{Dir: dir, Passphrase: phrase("a")}), openStore(t, "file", Options{Dir: dir})
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
	with := openStore(t, "file", Options{Dir: dir, Passphrase: phrase("a")})
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
