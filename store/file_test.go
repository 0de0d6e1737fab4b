package store

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func recordPath(dir, key string) string {
	return filepath.Join(dir, newItem(key).name+recordSuffix)
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
		{name: "wrong passphrase", write: Options{Passphrase: phrase("a")}, read: Options{Passphrase: phrase("b")}, mentions: "passphrase"},
		{name: "passphrase forgotten", write: Options{Passphrase: phrase("a")}, mentions: "passphrase", want: ErrPassphrase},
		{name: "passphrase set later", read: Options{Passphrase: phrase("a")}, mentions: "not written with a passphrase"},
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
