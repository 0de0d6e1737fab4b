package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

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
			put(t, openStore(t, "file", Options{Dir: dir, Passphrase: phrase(passphrase)}), key, "value")
			content, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			wantNew("the "+file, string(content))
		}
	}
}
