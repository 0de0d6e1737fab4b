package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testdata/golden has what earlier versions have stored, which opens for ever. A format may be added; none of these files
// is ever written anew.
const (
	goldenKey   = "https://bitbucket.org"
	goldenName  = "v1-12743b921297b77f1135e41fdedd4a846afe82e1f36932a9912f3b0d8dfb7d0e"
	goldenValue = "first value"
	goldenText  = "git-credential-grant item\n" + goldenKey + "\x00\x01" + goldenValue
)

// golden returns a copy of what a directory of the file backend has held.
func golden(t *testing.T, name string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "golden", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestGoldenFiles(t *testing.T) {
	for name, passphrase := range map[string]string{"key-file": "", "passphrase": "correct horse battery staple"} {
		t.Run(name, func(t *testing.T) {
			dir := golden(t, name)
			s := openStore(t, "file", Options{Dir: dir, Passphrase: phrase(passphrase)})
			wantValue(t, s, goldenKey, goldenValue)
			wantValue(t, s, "a\x00b \xff", allBytes())
			wantValue(t, s, "https://earlier.example", "value without a label")
			wantListed(t, s, "a\x00b \xff", goldenKey)
			if got := s.Fingerprint(goldenKey); got != "note of "+goldenValue {
				t.Errorf("the fingerprint is %q", got)
			}

			// What is written now is laid out in the same way, and has the same locks, for a program of an earlier version.
			record := filepath.Join(dir, goldenName+".record")
			before := headerOf(t, record)
			put(t, s, goldenKey, "new value")
			if after := headerOf(t, record); after != before {
				t.Errorf("a record began with %q, and begins with %q", before, after)
			}
			holdOnce(t, s, goldenKey)
			wantFiles(t, filepath.Join(dir, "locks"), goldenName, goldenName+".write")
		})
	}
}

// headerOf returns what comes before the nonce of a record.
func headerOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content[:len("git-credential-grant record\n")+1+1+16])
}

// goldenItems returns the items of the Credential Manager, by their names.
func goldenItems(t *testing.T) (items map[string][]byte) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "golden", "wincred.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &items); err != nil {
		t.Fatal(err)
	}
	return items
}

// The items of Windows, written in the same order, are the same ones.
func TestGoldenChunks(t *testing.T) {
	items := goldenItems(t)
	large, larger := strings.Repeat("0123456789", 600), strings.Repeat("0123456789", 700)

	m := newMemory(wincredLimit)
	m.items = items
	s := storeOn(t, &splitter{m, wincredLimit})
	wantValue(t, s, goldenKey, goldenValue)
	wantValue(t, s, "https://large.example", larger)
	wantListed(t, s, goldenKey, "https://large.example")

	m = newMemory(wincredLimit)
	s = storeOn(t, &splitter{m, wincredLimit})
	put(t, s, goldenKey, goldenValue)
	put(t, s, "https://large.example", large)
	put(t, s, "https://large.example", larger)
	for name, want := range items {
		if got := m.items[name]; string(got) != string(want) {
			t.Errorf("%s is %.40q, want %.40q", name, got, want)
		}
	}
	if len(m.items) != len(items) {
		t.Errorf("there are %d items, want %d", len(m.items), len(items))
	}
}
