package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A note follows the value, and tells nobody else of it.
func TestNotes(t *testing.T) {
	opts := Options{Dir: t.TempDir(), Note: func(value []byte) string { return strings.TrimPrefix(string(value), "secret") }}
	s := openStore(t, "file", opts)
	for value, want := range map[string]string{"": "", "secret": "", "secret 1": " 1", "secret 2": " 2"} {
		put(t, s, key, "secret before")
		put(t, s, key, value)
		if got := openStore(t, "file", opts).Noted(key); got != want {
			t.Errorf("the note of %q is %q, want %q", value, got, want)
		}
		if got := s.Noted("another"); got != "" {
			t.Errorf("there is a note %q of nothing", got)
		}
		info, err := os.Stat(filepath.Join(opts.Dir, noteOf(newItem(key))))
		if os.IsNotExist(err) != (want == "") || err == nil && !isPrivate(info) {
			t.Errorf("the note of %q: %v", value, err)
		}
	}
}

// A note that cannot be kept or read is none, and no error.
func TestNotesFail(t *testing.T) {
	opts := Options{Dir: t.TempDir(), Note: func(value []byte) string { return "note" }}
	s := openStore(t, "file", opts)
	if err := os.Mkdir(filepath.Join(opts.Dir, noteOf(newItem(key))), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, s, key, "value")
	wantValue(t, s, key, "value")
	if got := s.Noted(key); got != "" {
		t.Errorf("got %q", got)
	}
	if got := openStore(t, "file", Options{Dir: filepath.Join(opts.Dir, "none")}).Noted(key); got != "" {
		t.Errorf("got %q", got)
	}
}
