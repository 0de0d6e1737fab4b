package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A fingerprint follows the value, and nobody else can read it.
func TestFingerprints(t *testing.T) {
	opts := Options{Dir: t.TempDir(), Fingerprint: func(value []byte) string { return strings.TrimPrefix(string(value), "secret") }}
	s := openStore(t, "file", opts)
	for value, want := range map[string]string{"": "", "secret": "", "secret 1": " 1", "secret 2": " 2"} {
		put(t, s, key, "secret before")
		put(t, s, key, value)
		if got := openStore(t, "file", opts).Fingerprint(key); got != want {
			t.Errorf("the fingerprint of %q is %q, want %q", value, got, want)
		}
		if got := s.Fingerprint("another"); got != "" {
			t.Errorf("there is a fingerprint %q of nothing", got)
		}
		info, err := os.Stat(filepath.Join(opts.Dir, fingerprintFile(newItem(key))))
		if os.IsNotExist(err) != (want == "") || err == nil && !isPrivate(info) {
			t.Errorf("the fingerprint of %q: %v", value, err)
		}
	}
}

// A fingerprint that cannot be kept or read is none, and no error.
func TestFingerprintsFail(t *testing.T) {
	opts := Options{Dir: t.TempDir(), Fingerprint: func(value []byte) string { return "fingerprint" }}
	s := openStore(t, "file", opts)
	if err := os.Mkdir(filepath.Join(opts.Dir, fingerprintFile(newItem(key))), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, s, key, "value")
	wantValue(t, s, key, "value")
	if got := s.Fingerprint(key); got != "" {
		t.Errorf("got %q", got)
	}
	if got := openStore(t, "file", Options{Dir: filepath.Join(opts.Dir, "none")}).Fingerprint(key); got != "" {
		t.Errorf("got %q", got)
	}
}
